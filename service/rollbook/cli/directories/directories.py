"""`rollbook directories`: creates, changes, lists, shows and removes directories."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import click

from rollbook.cli.connection import ask, connection_options
from rollbook.cli.directories.named import need_something, removing
from rollbook.cli.directories.page import ALL, COLUMNS, print_directory
from rollbook.cli.screen.formats import collect, output_option, show
from rollbook.model.passwords import DEFAULT_LENGTH, LEAST_LENGTH, MOST_LENGTH
from rollbook.v1.directories_pb2 import Directory, SafeguardLimit, Safeguards

Decorated = TypeVar("Decorated", bound=Callable[..., object])

_NONE = "none"
_EVENTS = ("created", "updated", "suspended", "reactivated")
_OFF, _DEFAULT = "off", "default"


class _Limit(click.ParamType[SafeguardLimit]):
    """A number, `off` or `default`."""

    name = "limit"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> SafeguardLimit:
        word = str(value).strip().lower()
        if word == _OFF:
            return SafeguardLimit(off=True)
        if word == _DEFAULT:
            return SafeguardLimit()
        if not (word.isdecimal() and len(word) < 16):
            self.fail(f"{value!r} must be a number, off or default", param, ctx)
        return SafeguardLimit(at_most=int(word))


class _Seats(click.ParamType[int]):
    """A number, or `off`: -1."""

    name = "seats"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> int:
        word = str(value).strip().lower()
        if word == _OFF:
            return -1
        if not (word.isdecimal() and len(word) < 16):
            self.fail(f"{value!r} must be a number, or off", param, ctx)
        return int(word)


class _Source(click.ParamType[tuple[str, str]]):
    """A source and its principal, `SOURCE=PRINCIPAL`."""

    name = "source"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        source, equals, principal = str(value).rpartition("=")
        if not (source and equals):
            self.fail(f"{value!r} must be SOURCE=PRINCIPAL", param, ctx)
        return source, principal


def _settings(command: Decorated) -> Decorated:
    for name, what in reversed(_LIMITS.items()):
        option = f"--{name.replace('_', '-')}"
        command = click.option(
            option, type=_Limit(), metavar="N|off|default", help=f"Safeguard: {what}."
        )(command)
    command = click.option(
        "--default-role", metavar="ROLE", help="The role of new users, by its name."
    )(command)
    command = click.option(
        "--notices-per-minute",
        type=_Seats(),
        metavar="N|off",
        help="Send at most so many; off: all.",
    )(command)
    command = click.option(
        "--password-min-length",
        type=click.IntRange(LEAST_LENGTH, MOST_LENGTH),
        metavar="N",
        help=f"The least characters of a password. [new: {DEFAULT_LENGTH}]",
    )(command)
    command = click.option(
        "--notice",
        "notices",
        multiple=True,
        type=click.Choice([*_EVENTS, _NONE]),
        help="Send notices of this event, or of none. Repeatable.",
    )(command)
    command = click.option(
        "--source",
        "sources",
        multiple=True,
        type=_Source(),
        metavar="SOURCE=PRINCIPAL",
        help="Let only PRINCIPAL run full syncs of SOURCE; SOURCE= lifts this. Repeatable.",
    )(command)
    return click.option(
        "--seats", type=_Seats(), metavar="N|off", help="The most active users; off: no limit."
    )(command)


_LIMITS = {
    "max_suspended_percent": "percent of the users that a full sync may suspend",
    "max_suspended": "users that a full sync may suspend",
    "max_email_percent": "percent of the users whose e-mail an import may change",
    "max_role_percent": "percent of the users whose role an import may change",
}


@click.group()
def directories() -> None:
    """Create, change, list and remove directories.

    A directory is a set of users with its own roles, locations, units and settings. Users,
    imports and tokens of one directory never see another.
    """


@directories.command("add")
@click.argument("name")
@click.option("--display-name", default="", help="The name that people see.")
@_settings
@output_option
@connection_options
def _add(
    name: str,
    display_name: str,
    default_role: str | None,
    output: str,
    *,
    seats: int | None,
    notices: Sequence[str],
    notices_per_minute: int | None,
    password_min_length: int | None,
    sources: Sequence[tuple[str, str]],
    **limits: SafeguardLimit | None,
) -> None:
    """Create the directory NAME, with the roles Standard and admin.

    Example: rollbook directories add acme --display-name "Acme Ltd" --seats 500
    """
    given = {key: limit for key, limit in limits.items() if limit is not None}
    made = ask(
        lambda client: client.directories.create(
            name,
            display_name,
            default_role=default_role or "",
            seats=None if seats == -1 else seats,
            safeguards=Safeguards(**given),
            notices=_events(notices),
            notices_per_minute=None if notices_per_minute == -1 else notices_per_minute,
            password_min_length=password_min_length,
            sources=dict(sources),
        )
    )
    show([made], COLUMNS if output == "table" else ALL, output)


@directories.command("set")
@click.argument("name")
@click.option("--display-name", help="The name that people see.")
@_settings
@output_option
@connection_options
def _set(
    name: str,
    display_name: str | None,
    default_role: str | None,
    output: str,
    *,
    seats: int | None,
    notices: Sequence[str],
    notices_per_minute: int | None,
    password_min_length: int | None,
    sources: Sequence[tuple[str, str]],
    **limits: SafeguardLimit | None,
) -> None:
    """Change settings of the directory NAME; those that are not given stay."""
    given = {key: limit for key, limit in limits.items() if limit is not None}
    paths = [f"safeguards.{key}" for key in given]
    paths += ["display_name"] if display_name is not None else []
    paths += ["default_role"] if default_role is not None else []
    paths += ["seats"] if seats is not None else []
    paths += ["notices"] if notices else []
    paths += ["sources"] if sources else []
    paths += ["notices_per_minute"] if notices_per_minute is not None else []
    paths += ["password_min_length"] if password_min_length is not None else []
    need_something(paths)
    changed = Directory(
        name=name,
        display_name=display_name or "",
        default_role=default_role or "",
        seats=None if seats == -1 else seats,
        safeguards=Safeguards(**given),
        notices=[f"NOTICE_EVENT_{event}" for event in _events(notices)],
        notices_per_minute=None if notices_per_minute == -1 else notices_per_minute,
        password_min_length=password_min_length,
        sources=dict(sources),
    )
    print_directory(ask(lambda client: client.directories.update(changed, paths)), output)


@directories.command("remove")
@click.argument("name")
@output_option
@connection_options
def _remove(name: str, output: str) -> None:
    """Remove the directory NAME, which must have no users, and print it.

    Its imports, reports, history, roles, locations and units are removed, too.
    """
    with removing("", name, name):
        removed = ask(lambda client: client.directories.delete(name))
    show([removed], ALL, output)


def _events(changed: Sequence[str]) -> list[str]:
    """The events by their names in the contract; `none` goes with no other."""
    if _NONE in changed and len(set(changed)) > 1:
        raise click.UsageError("--notice none goes with no other --notice")
    return [event.upper() for event in changed if event != _NONE]


@directories.command("list")
@output_option
@connection_options
def _list(output: str) -> None:
    """List all directories, by name."""
    show(ask(lambda client: collect(client.directories.list())), COLUMNS, output)


@directories.command("show")
@click.argument("name")
@output_option
@connection_options
def _show(name: str, output: str) -> None:
    """Show the settings of the directory NAME."""
    print_directory(ask(lambda client: client.directories.get(name)), output)
