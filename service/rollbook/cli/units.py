"""`rollbook units` → organizational units: made, listed, shown, loaded."""

import click

from rollbook.cli.connection import ask, connection_options
from rollbook.cli.listing import directory_option, gathered, output_option, read_csv, show
from rollbook.v1.directories_pb2 import OrganizationalUnit

_COLUMNS = ("name",)


@click.group()
def units() -> None:
    """Organizational units of a directory."""


@units.command("add")
@click.argument("name")
@directory_option
@output_option
@connection_options
def _add(name: str, directory: str, output: str) -> None:
    """Make the organizational unit NAME."""
    unit = OrganizationalUnit(name=name)
    show([ask(lambda client: client.units.create(directory, unit))], _COLUMNS, output)


@units.command("list")
@directory_option
@output_option
@connection_options
def _list(directory: str, output: str) -> None:
    """All organizational units, by name."""
    show(ask(lambda client: gathered(client.units.list(directory))), _COLUMNS, output)


@units.command("show")
@click.argument("name")
@directory_option
@output_option
@connection_options
def _show(name: str, directory: str, output: str) -> None:
    """The organizational unit NAME."""
    show([ask(lambda client: client.units.get(directory, name))], _COLUMNS, output)


@units.command("load")
@click.argument("file")
@directory_option
@connection_options
def _load(file: str, directory: str) -> None:
    """Make the organizational units of FILE: CSV with the column name."""
    csv = read_csv(file)
    loaded = ask(lambda client: client.units.load(directory, csv))
    click.echo(f"{loaded.created:,} created, {loaded.unchanged:,} unchanged")
