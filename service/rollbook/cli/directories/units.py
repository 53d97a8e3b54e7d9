"""`rollbook units`: creates, renames, lists, shows, loads and removes units."""

import click

from rollbook.cli.connection import ask, connection_options
from rollbook.cli.directories.changes import removing
from rollbook.cli.screen.formats import collect, directory_option, output_option, read_file, show
from rollbook.v1.directories_pb2 import OrganizationalUnit

_COLUMNS = ("name",)


@click.group()
def units() -> None:
    """Create, rename, list, load and remove organizational units of a directory."""


@units.command("add")
@click.argument("name")
@directory_option
@output_option
@connection_options
def _add(name: str, directory: str, output: str) -> None:
    """Create the organizational unit NAME.

    Example: rollbook units add "Research and Development"
    """
    unit = OrganizationalUnit(name=name)
    show([ask(lambda client: client.units.create(directory, unit))], _COLUMNS, output)


@units.command("set")
@click.argument("name")
@click.option("--name", "new_name", metavar="NEW", required=True, help="The new name.")
@directory_option
@output_option
@connection_options
def _set(name: str, new_name: str, directory: str, output: str) -> None:
    """Rename the organizational unit NAME; its users stay in it."""
    unit = OrganizationalUnit(name=new_name)
    changed = ask(lambda client: client.units.update(directory, name, unit, ["name"]))
    show([changed], _COLUMNS, output)


@units.command("remove")
@click.argument("name")
@directory_option
@output_option
@connection_options
def _remove(name: str, directory: str, output: str) -> None:
    """Remove the organizational unit NAME, which must have no users, and print it."""
    with removing("--unit", name, directory):
        removed = ask(lambda client: client.units.delete(directory, name))
    show([removed], _COLUMNS, output)


@units.command("list")
@directory_option
@output_option
@connection_options
def _list(directory: str, output: str) -> None:
    """List all organizational units, by name."""
    show(ask(lambda client: collect(client.units.list(directory))), _COLUMNS, output)


@units.command("show")
@click.argument("name")
@directory_option
@output_option
@connection_options
def _show(name: str, directory: str, output: str) -> None:
    """Show the organizational unit NAME."""
    show([ask(lambda client: client.units.get(directory, name))], _COLUMNS, output)


@units.command("load")
@click.argument("file")
@directory_option
@connection_options
def _load(file: str, directory: str) -> None:
    """Create the organizational units of FILE, CSV with the column name."""
    csv = read_file(file)
    loaded = ask(lambda client: client.units.load(directory, csv))
    click.echo(f"{loaded.created:,} created, {loaded.unchanged:,} unchanged")
