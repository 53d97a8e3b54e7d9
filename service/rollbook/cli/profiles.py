"""`rollbook profiles`: lists and shows profiles, and prints a sample file for one."""

import click
from rich.console import RenderableType
from rich.text import Text

from rollbook.cli.connection import ask, connection_options
from rollbook.cli.screen.formats import directory_option, labelled, output_option, show
from rollbook.cli.screen.streams import print_block, printable, stdout_console
from rollbook.v1.server_pb2 import Profile

_COLUMNS = ("name", "title", "description")
_ALL = (*_COLUMNS, "requiredFields", "options", "columns")


@click.group()
def profiles() -> None:
    """List and show profiles, and print sample files.

    A profile describes a kind of file: its options, its headers and its required columns.
    """


@profiles.command("list")
@output_option
@connection_options
def _list(output: str) -> None:
    """List the profiles of the server."""
    show(ask(lambda client: client.get_server_info()).profiles, _COLUMNS, output)


@profiles.command("show")
@click.argument("name", default="default")
@output_option
@connection_options
def _show(name: str, output: str) -> None:
    """Show the profile NAME: required fields, options, headers."""
    known = {one.name: one for one in ask(lambda client: client.get_server_info()).profiles}
    if name not in known:
        raise click.UsageError(f"there is no profile {name}; known: {', '.join(known)}")
    if output == "table":
        _page(known[name])
    else:
        show([known[name]], _ALL, output)


@profiles.command("sample")
@click.argument("name", default="default")
@directory_option
@connection_options
def _sample(name: str, directory: str) -> None:
    """Print a correct file of the profile NAME on stdout.

    Example: rollbook profiles sample > staff.csv
    """
    click.echo(ask(lambda client: client.get_sample(directory, name)), nl=False)


def _page(profile: Profile) -> None:
    lines: list[tuple[str, RenderableType]] = [
        (
            "profile",
            Text.assemble((printable(profile.name), "bold"), f": {printable(profile.title)}"),
        ),
        ("", printable(profile.description)),
        ("required", ", ".join(profile.required_fields)),
    ]
    options = [f"{name}={value}" for name, value in sorted(profile.options.items())]
    lines.append(("options", ", ".join(options)))
    for at, column in enumerate(profile.columns):
        headers = ", ".join(map(printable, column.aliases))
        line = Text.assemble((column.field, "bold"), " is also ", headers)
        lines.append(("headers" if at == 0 else "", line))
    print_block(stdout_console(), labelled(lines))
