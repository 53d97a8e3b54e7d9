"""`rollbook directories` → the walls around users: made, listed, shown."""

import click

from rollbook.cli.connection import ask, connection_options
from rollbook.cli.listing import gathered, output_option, show

_COLUMNS = ("name", "displayName", "defaultRole")


@click.group()
def directories() -> None:
    """Directories, the walls around users."""


@directories.command("add")
@click.argument("name")
@click.option("--display-name", default="", help="Its name for people.")
@output_option
@connection_options
def _add(name: str, display_name: str, output: str) -> None:
    """Make the directory NAME, with the roles Standard and admin."""
    show([ask(lambda client: client.directories.create(name, display_name))], _COLUMNS, output)


@directories.command("list")
@output_option
@connection_options
def _list(output: str) -> None:
    """All directories, by name."""
    show(ask(lambda client: gathered(client.directories.list())), _COLUMNS, output)


@directories.command("show")
@click.argument("name")
@output_option
@connection_options
def _show(name: str, output: str) -> None:
    """The directory NAME."""
    show([ask(lambda client: client.directories.get(name))], _COLUMNS, output)
