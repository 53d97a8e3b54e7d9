"""The command `rollbook`."""

from rollbook.cli.exit_codes import main

__all__ = ["main"]
