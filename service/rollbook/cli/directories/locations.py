"""`rollbook locations`: creates, changes, lists, shows, loads and removes locations."""

import click

from rollbook.cli.connection import ask, connection_options
from rollbook.cli.directories.changes import alias_options, aliases_typed, need_something, removing
from rollbook.cli.screen.formats import collect, directory_option, output_option, read_file, show
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


@locations.command("remove")
@click.argument("name")
@directory_option
@output_option
@connection_options
def _remove(name: str, directory: str, output: str) -> None:
    """Remove the location NAME, which must have no users, and print it."""
    with removing("--location", name, directory):
        removed = ask(lambda client: client.locations.delete(directory, name))
    show([removed], _COLUMNS, output)


@locations.command("list")
@directory_option
@output_option
@connection_options
def _list(directory: str, output: str) -> None:
    """List all locations, by name."""
    show(ask(lambda client: collect(client.locations.list(directory))), _COLUMNS, output)


@locations.command("show")
@click.argument("name")
@directory_option
@output_option
@connection_options
def _show(name: str, directory: str, output: str) -> None:
    """Show the location NAME."""
    show([ask(lambda client: client.locations.get(directory, name))], _COLUMNS, output)


@locations.command("load")
@click.argument("file")
@directory_option
@connection_options
def _load(file: str, directory: str) -> None:
    """Create the locations of FILE, CSV with the columns name, code and aliases (joined by |)."""
    csv = read_file(file)
    loaded = ask(lambda client: client.locations.load(directory, csv))
    click.echo(f"{loaded.created:,} created, {loaded.unchanged:,} unchanged")
