"""`rollbook locations`: creates, changes, lists, shows, loads and removes locations."""

import click

from rollbook.cli.connection import ask, connection_options
from rollbook.cli.directories.named import (
    add_commands,
    alias_options,
    aliases_typed,
    need_something,
)
from rollbook.cli.screen.formats import directory_option, output_option, show
from rollbook.client import Client
from rollbook.v1.directories_pb2 import Location

_COLUMNS = ("name", "code", "aliases")


@click.group()
def locations() -> None:
    """Create, change, list, load and remove locations of a directory."""


@locations.command("add")
@click.argument("name")
@click.option("--code", default="", help="The code, such as LHR.")
@click.option("--alias", multiple=True, help="Another name that a file may use. Repeatable.")
@directory_option
@output_option
@connection_options
def _add(name: str, code: str, alias: tuple[str, ...], directory: str, output: str) -> None:
    """Create the location NAME.

    Example: rollbook locations add Lisbon --code LIS --alias Lisboa
    """
    location = Location(name=name, code=code, aliases=alias)
    show([ask(lambda client: client.locations.create(directory, location))], _COLUMNS, output)


@locations.command("set")
@click.argument("name")
@click.option("--name", "new_name", metavar="NEW", help="The new name.")
@click.option("--code", help="The new code, such as LHR; '' for none.")
@alias_options
@directory_option
@output_option
@connection_options
def _set(
    name: str,
    new_name: str | None,
    code: str | None,
    directory: str,
    output: str,
    **typed: tuple[str, ...],
) -> None:
    """Change the location NAME. Its users keep it; what is not given stays."""
    aliases = aliases_typed(typed["alias"], typed["add_alias"], typed["remove_alias"])
    paths = [] if new_name is None else ["name"]
    paths += [] if code is None else ["code"]
    paths += ["aliases"] if aliases else []
    need_something(paths)

    async def changed(client: Client) -> Location:
        stored = await client.locations.get(directory, name)
        wanted = Location(name=new_name or "", code=code or "", aliases=aliases.of(stored.aliases))
        return await client.locations.update(directory, name, wanted, paths)

    show([ask(changed)], _COLUMNS, output)


add_commands(
    locations,
    lambda client: client.locations,
    one="location",
    many="locations",
    columns=_COLUMNS,
    csv_columns="the columns name, code and aliases (joined by |)",
    filter_option="--location",
)
