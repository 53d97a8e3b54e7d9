"""Messages of the contract → a table, JSON lines or CSV on stdout."""

import csv
import json
import sys
from collections.abc import AsyncIterator, Sequence
from typing import TypeVar

import click
from rich.table import Table

from rollbook.cli.screen.output import defused, paper, put, visible
from rollbook.client import Message
from rollbook.client.json_values import plain

Listed = TypeVar("Listed")

directory_option = click.option(
    "--directory", default="main", show_default=True, help="The directory's name."
)
output_option = click.option(
    "--output",
    type=click.Choice(["table", "ndjson", "csv"]),
    default="table",
    show_default=True,
    help="For a person, or for a program.",
)


async def gathered(listed: AsyncIterator[Listed]) -> list[Listed]:
    """All of a list."""
    return [one async for one in listed]


def show(found: Sequence[Message], columns: Sequence[str], output: str) -> None:
    """Print messages; `columns` are the names of their protobuf JSON, in their order."""
    told = [plain(one) for one in found]
    match output:
        case "ndjson":
            for one in told:
                print(json.dumps(one, ensure_ascii=False))  # noqa: T201
        case "csv":
            writer = csv.writer(sys.stdout, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows([defused(cell(one.get(name, ""))) for name in columns] for one in told)
        case _:
            _table(told, columns)


def _table(told: Sequence[dict[str, object]], columns: Sequence[str]) -> None:
    table = Table(box=None, header_style="dim", padding=(0, 1))
    columns = [name for name in columns if not told or any(one.get(name) for one in told)]
    for name in columns:
        table.add_column(spaced(name), overflow="fold")
    for one in told:
        table.add_row(*(visible(brief(name, one.get(name, ""))) for name in columns))
    put(paper(), table)


def brief(name: str, value: object) -> str:
    """A value for a person: a time to the minute, a list that breaks between its words."""
    match value:
        case str() if name == "status":
            return value.removeprefix("USER_STATUS_").lower().replace("_", " ")
        case str() if name.endswith("Time"):
            return value[:16].replace("T", " ")
        case list():
            return ", ".join(map(str, value))
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


def read_csv(file: str) -> bytes:
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
