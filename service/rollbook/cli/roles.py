"""`rollbook roles` → what users may be: made, listed, shown, loaded."""

import click

from rollbook.cli.connection import ask, connection_options
from rollbook.cli.listing import directory_option, gathered, output_option, read_csv, show
from rollbook.v1.directories_pb2 import Role

_COLUMNS = ("name", "aliases", "privileged")


@click.group()
def roles() -> None:
    """Roles of a directory."""


@roles.command("add")
@click.argument("name")
@click.option("--alias", multiple=True, help="Another name that a file may use. Repeatable.")
@click.option("--privileged", is_flag=True, help="Only who may grant privileges may grant it.")
@directory_option
@output_option
@connection_options
def _add(name: str, alias: tuple[str, ...], privileged: bool, directory: str, output: str) -> None:
    """Make the role NAME."""
    role = Role(name=name, aliases=alias, privileged=privileged)
    show([ask(lambda client: client.roles.create(directory, role))], _COLUMNS, output)


@roles.command("list")
@directory_option
@output_option
@connection_options
def _list(directory: str, output: str) -> None:
    """All roles, by name."""
    show(ask(lambda client: gathered(client.roles.list(directory))), _COLUMNS, output)


@roles.command("show")
@click.argument("name")
@directory_option
@output_option
@connection_options
def _show(name: str, directory: str, output: str) -> None:
    """The role NAME."""
    show([ask(lambda client: client.roles.get(directory, name))], _COLUMNS, output)


@roles.command("load")
@click.argument("file")
@directory_option
@connection_options
def _load(file: str, directory: str) -> None:
    """Make the roles of FILE: CSV with the columns name, aliases (joined by |) and privileged."""
    csv = read_csv(file)
    loaded = ask(lambda client: client.roles.load(directory, csv))
    click.echo(f"{loaded.created:,} created, {loaded.unchanged:,} unchanged")
