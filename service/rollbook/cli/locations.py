"""`rollbook locations` → where users work: made, listed, shown, loaded."""

import click

from rollbook.cli.connection import ask, connection_options
from rollbook.cli.listing import directory_option, gathered, output_option, read_csv, show
from rollbook.v1.directories_pb2 import Location

_COLUMNS = ("name", "code", "aliases")


@click.group()
def locations() -> None:
    """Locations of a directory."""


@locations.command("add")
@click.argument("name")
@click.option("--code", default="", help="Its code, such as LHR.")
@click.option("--alias", multiple=True, help="Another name that a file may use. Repeatable.")
@directory_option
@output_option
@connection_options
def _add(name: str, code: str, alias: tuple[str, ...], directory: str, output: str) -> None:
    """Make the location NAME."""
    location = Location(name=name, code=code, aliases=alias)
    show([ask(lambda client: client.locations.create(directory, location))], _COLUMNS, output)


@locations.command("list")
@directory_option
@output_option
@connection_options
def _list(directory: str, output: str) -> None:
    """All locations, by name."""
    show(ask(lambda client: gathered(client.locations.list(directory))), _COLUMNS, output)


@locations.command("show")
@click.argument("name")
@directory_option
@output_option
@connection_options
def _show(name: str, directory: str, output: str) -> None:
    """The location NAME."""
    show([ask(lambda client: client.locations.get(directory, name))], _COLUMNS, output)


@locations.command("load")
@click.argument("file")
@directory_option
@connection_options
def _load(file: str, directory: str) -> None:
    """Make the locations of FILE: CSV with the columns name, code and aliases (joined by |)."""
    csv = read_csv(file)
    loaded = ask(lambda client: client.locations.load(directory, csv))
    click.echo(f"{loaded.created:,} created, {loaded.unchanged:,} unchanged")
