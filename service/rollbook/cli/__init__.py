"""The command `rollbook`: what a person types → what a server answers, on one screen."""

from rollbook.cli.exit_codes import main

__all__ = ["main"]
