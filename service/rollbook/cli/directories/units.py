"""`rollbook units`: creates, renames, lists, shows, loads and removes units."""

import click

from rollbook.cli.connection import ask, connection_options
from rollbook.cli.directories.named import add_commands
from rollbook.cli.screen.formats import directory_option, output_option, show
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


add_commands(
    units,
    lambda client: client.units,
    one="organizational unit",
    many="organizational units",
    columns=_COLUMNS,
    csv_columns="the column name",
    filter_option="--unit",
)
