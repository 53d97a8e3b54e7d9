"""The command `rollbook`: what a person types → what a server answers, on one screen."""

from rollbook.cli.exits import main

__all__ = ["main"]
