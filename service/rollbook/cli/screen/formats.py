"""Prints messages as a table, JSON lines or CSV; options that commands share."""

import csv
import functools
import json
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeVar

import click
from click.core import ParameterSource
from rich.console import RenderableType
from rich.table import Table

from rollbook.cli.connection import ask
from rollbook.cli.exit_codes import OUTPUT
from rollbook.cli.screen.streams import (
    print_block,
    printable,
    stdout_console,
)
from rollbook.client import Client, Message, plain
from rollbook.errors import Reason, RollbookError
from rollbook.model.formulas import defused

Listed = TypeVar("Listed")
Result = TypeVar("Result")
Decorated = TypeVar("Decorated", bound=Callable[..., object])


def _remember_output(ctx: click.Context, _: click.Parameter, value: str) -> str:
    """Keep it for an error, which has the same format."""
    ctx.meta[OUTPUT] = value
    return value


def directory_name(command: Decorated) -> Decorated:
    """--directory as it was typed or as the environment has it; empty if neither names one."""
    return click.option(
        "--directory",
        default="",
        envvar="ROLLBOOK_DIRECTORY",
        help="The directory's name. [ROLLBOOK_DIRECTORY; else the only directory, else main]",
    )(command)


def directory_option(command: Callable[..., Result]) -> Callable[..., Result]:
    """--directory, for a command that takes the directory's name; looked up if it is not given."""

    @functools.wraps(command)
    def with_directory(*args: object, directory: str, **given: object) -> Result:
        return command(*args, directory=directory or ask(default_directory), **given)

    return directory_name(with_directory)


async def default_directory(client: Client) -> str:
    """The only directory that the caller may see; `main` if there are more, or it may not look.

    What it may not look at is not asked for: the server's log would have a refusal of it.

    Raises:
        RollbookError: the server does not answer, or the token is not accepted.
    """
    names: list[str] = []
    try:
        caller = await client.sessions.caller()
        if "directories:read" in caller.scopes:
            async for one in client.directories.list():
                names.append(one.name)
                if len(names) > 1:
                    break
        elif not caller.all_directories:
            names.extend(caller.directories)
    except RollbookError as refused:
        if refused.reason not in _MAY_NOT_LOOK:
            raise
    return names[0] if len(names) == 1 else "main"


def is_directory_typed(context: click.Context) -> bool:
    """Whether --directory was typed, so that the next command has to repeat it."""
    return context.get_parameter_source("directory") is ParameterSource.COMMANDLINE


_MAY_NOT_LOOK = frozenset({Reason.PERMISSION_DENIED, Reason.INVALID_OPTIONS})
"""The second is the answer of an older server, which does not know the call."""
import_id_argument = click.argument("import_id", metavar="ID", type=click.UUID)
output_option = click.option(
    "--output",
    type=click.Choice(["table", "ndjson", "csv"]),
    default="table",
    show_default=True,
    callback=_remember_output,
    help="Print a table for people, or JSON lines or CSV for programs.",
)


class Time(click.ParamType[datetime]):
    """UTC if no zone is given."""

    name = "time"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """The time, or a usage error."""
        try:
            parsed = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no time such as 2026-01-31 or 2026-01-31T08:00Z", param, ctx)
        return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def set_conditions(wanted: Message, conditions: Mapping[str, object]) -> None:
    """Set the fields of a request by the options of their names; one that is not given is not set.

    A `Time` becomes a Timestamp.
    """
    for name, value in conditions.items():
        if isinstance(value, datetime):
            getattr(wanted, name).FromDatetime(value)
        elif value:
            setattr(wanted, name, value)


async def collect(listed: AsyncIterator[Listed]) -> list[Listed]:
    """All of a list."""
    return [one async for one in listed]


async def first_of(listed: AsyncIterator[Listed], limit: int | None) -> list[Listed]:
    """As many of a list as are asked for, None: all; and one more, if there is one."""
    found: list[Listed] = []
    async for one in listed:
        found.append(one)
        if limit is not None and len(found) > limit:
            break
    return found


def show(found: Sequence[Message], columns: Sequence[str], output: str) -> None:
    """Print messages; `columns` are the names of their protobuf JSON, in their order."""
    rows = [plain(one) for one in found]
    match output:
        case "ndjson":
            for one in rows:
                print(json.dumps(one, ensure_ascii=False))  # noqa: T201
        case "csv":
            print_csv(columns, *([one.get(name, "") for name in columns] for one in rows))
        case _:
            _table(rows, columns)


class _Lines:
    """Ends each record in LF. Python 3.11 quotes a CR only where it is part of the line end."""

    def write(self, record: str) -> None:
        sys.stdout.write(record.removesuffix("\r\n") + "\n")


def print_csv(*rows: Sequence[object]) -> None:
    """Print rows of values as CSV; a spreadsheet takes no cell for a formula.

    Every CSV of the command is printed here.
    """
    writer = csv.writer(_Lines(), lineterminator="\r\n")
    writer.writerows([defused(cell(value)) for value in row] for row in rows)


def _table(rows: Sequence[dict[str, object]], columns: Sequence[str]) -> None:
    table = Table(box=None, header_style="dim", padding=(0, 1))
    columns = [
        name for name in columns if not rows or any(brief(name, one.get(name, "")) for one in rows)
    ]
    for name in columns:
        table.add_column(spaced(name), overflow="fold")
    for one in rows:
        table.add_row(*(printable(brief(name, one.get(name, ""))) for name in columns))
    print_block(stdout_console(), table)


def labelled(lines: Iterable[tuple[str, RenderableType]]) -> Table:
    """A table of two columns: labels, dim and to the left, and their values."""
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    table.add_column(style="dim", no_wrap=True, min_width=8)
    table.add_column(ratio=1)
    for label, value in lines:
        table.add_row(f" {label}", value)
    return table


_PASSWORD_STATES = {
    "PASSWORD_STATE_NONE": "none: the user cannot log in",
    "PASSWORD_STATE_MUST_CHANGE": "to be changed at the next login",
    "PASSWORD_STATE_SET": "set",
}


def brief(name: str, value: object) -> str:
    """A value for a person.

    A time to the minute; a list that breaks between its words; of what is on or off, what is on.
    """
    match value:
        case str() if name == "status":
            return value.removeprefix("USER_STATUS_").lower().replace("_", " ")
        case str() if name == "passwordState":
            return _PASSWORD_STATES.get(value, value)
        case str() if name.endswith("Time"):
            return value[:16].replace("T", " ")
        case list():
            return ", ".join(map(str, value))
        case dict():
            return ", ".join(k if one is True else f"{k}={one}" for k, one in value.items() if one)
    return cell(value)


def cell(value: object) -> str:
    """A value of a protobuf JSON as text."""
    match value:
        case bool():
            return "true" if value else "false"
        case list():
            return "|".join(map(str, value))  # as the files are written that `load` reads
        case dict():
            return json.dumps(value, ensure_ascii=False)
    return str(value)


def spaced(name: str) -> str:
    """A name of the protobuf JSON in words."""
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name)


def read_file(file: str) -> bytes:
    """The bytes of a file that is sent in one message; `-` is stdin.

    Raises:
        click.UsageError: it cannot be read.
    """
    try:
        with click.open_file(file, "rb") as opened:
            content: bytes = opened.read()
    except OSError as wrong:
        raise click.UsageError(f"{file}: {wrong.strerror}") from None
    return content
