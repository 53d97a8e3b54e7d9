"""`python -m rollbook` → the command `rollbook`."""

from rollbook.cli import main

main()
