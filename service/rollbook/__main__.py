"""Runs the command `rollbook` as `python -m rollbook`."""

from rollbook.cli import main

main()
