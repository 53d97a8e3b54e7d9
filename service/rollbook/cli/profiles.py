"""`rollbook profiles`: lists and shows profiles, and prints a sample file for one."""

from collections.abc import Awaitable, Iterator, Sequence

import click
from rich.console import RenderableType
from rich.text import Text

from rollbook.cli.connection import ask, connection_options
from rollbook.cli.screen.formats import directory_option, labelled, output_option, show
from rollbook.cli.screen.streams import print_block, print_error, printable, stdout_console
from rollbook.client import Client
from rollbook.errors import Reason, RollbookError
from rollbook.v1.directories_pb2 import Location, OrganizationalUnit
from rollbook.v1.imports_pb2 import GetSampleResponse
from rollbook.v1.server_pb2 import Profile

_COLUMNS = ("name", "title", "description")
_LOGIN = {
    "NONE": "a new user has none yet",
    "FROM_FILE": "a new user's is in the file",
    "GENERATE": "a new user's is generated when it is mailed",
}
_MAIL = {
    "NOBODY": "; nobody is mailed",
    "WELCOME_NEW": "; a mail welcomes the user",
    "INVITE_NEW": "; a mail invites to set one",
    "LOGIN_DETAILS": ", at once",
}
"""What becomes of new users, by the profile's options."""
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
@click.option(
    "--make-places",
    is_flag=True,
    help="Add the locations and units that the sample names to the directory.",
)
@directory_option
@connection_options
def _sample(name: str, make_places: bool, directory: str) -> None:
    """Print a correct file of the profile NAME on stdout.

    A location or unit that it names must exist before it is imported; --make-places adds those
    that do not.

    Example: rollbook profiles sample > staff.csv
    """

    async def asked(client: Client) -> GetSampleResponse:
        found = await client.get_sample_with_places(directory, name)
        if make_places:
            for location in found.locations:
                await _add(client.locations.create(directory, Location(name=location)))
            for unit in found.organizational_units:
                await _add(client.units.create(directory, OrganizationalUnit(name=unit)))
        return found

    found = ask(asked)
    click.echo(found.csv, nl=False)
    if not make_places:
        for what in (("location", found.locations), ("unit", found.organizational_units)):
            _tell_places(*what)


async def _add(creation: Awaitable[object]) -> None:
    """Add a place, unless it exists already."""
    try:
        await creation
    except RollbookError as refused:
        if refused.reason is not Reason.RESOURCE_EXISTS:
            raise


def _tell_places(one: str, names: Sequence[str]) -> None:
    """On stderr, what must exist before the sample is imported."""
    if names:
        print_error(
            f"{one} {', '.join(names)}: must exist before this file is imported; with "
            "--make-places this command adds what is missing"
        )


def _page(profile: Profile) -> None:
    lines: list[tuple[str, RenderableType]] = [
        (
            "profile",
            Text.assemble((printable(profile.name), "bold"), f": {printable(profile.title)}"),
        ),
        ("", printable(profile.description)),
        ("required", ", ".join(profile.required_fields)),
    ]
    lines += [
        ("number", f"from the column {profile.options['identity'].lower()}"),
        ("username", _username(profile)),
        *_places(profile),
        ("password", _password(profile)),
    ]
    options = [f"{name}={value}" for name, value in sorted(profile.options.items())]
    lines.append(("options", ", ".join(options)))
    for at, column in enumerate(profile.columns):
        headers = ", ".join(map(printable, column.aliases))
        line = Text.assemble((column.field, "bold"), " is also ", headers)
        lines.append(("headers" if at == 0 else "", line))
    print_block(stdout_console(), labelled(lines))


def _password(profile: Profile) -> str:
    """How a new user gets one."""
    first = profile.options.get("first_password", "NONE")
    mail = profile.options.get("notify", "NOBODY")
    return f"{_LOGIN.get(first, first)}{_MAIL.get(mail, f'; {mail}')}"


def _username(profile: Profile) -> str:
    """Where the username of a row comes from."""
    other = "the e-mail" if profile.username_from == "email" else profile.username_from
    if profile.username_from == "username" or "username" in profile.required_fields:
        return "from the column username"
    if "username" in profile.without_fields:
        return other
    return f"{other}, unless a column username gives another"


def _places(profile: Profile) -> Iterator[tuple[str, str]]:
    """What happens to a location or unit that the directory does not have."""
    for label, field, option, add in (
        ("location", "location", "unknown_location", "rollbook locations add NAME"),
        ("unit", "organizational_unit", "unknown_unit", "rollbook units add NAME"),
    ):
        if field in profile.without_fields:
            continue
        match profile.options.get(option, "REJECT"):
            case "CREATE":
                yield label, "an unknown one is added to the directory"
            case "WARN":
                yield label, "an unknown one is left out, with a warning"
            case _:
                yield label, f"must exist first ({add}), or --set {option}=CREATE"
