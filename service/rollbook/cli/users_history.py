"""`rollbook users history`: what became of one user, change by change."""

from collections.abc import Iterator

import click

from rollbook.cli.connection import ask, connection_options
from rollbook.cli.screen.formats import (
    brief,
    directory_option,
    first_of,
    output_option,
    print_csv,
    show,
)
from rollbook.cli.screen.streams import printable
from rollbook.cli.user_key import key_of, who_argument
from rollbook.client.json_values import plain
from rollbook.v1.results_pb2 import FieldChange
from rollbook.v1.users_pb2 import UserChange, UserChangeKind

_COLUMNS = ("version", "changeTime", "kind", "importId", "source", "principal")
_FIELDS = ("field", "oldValue", "newValue")
_TABLE_MOST = 20


@click.command("history")
@who_argument
@click.option(
    "--most",
    type=click.IntRange(min=1),
    help=f"Show at most so many changes. [table: {_TABLE_MOST}, else all]",
)
@click.option("--field", default="", help="Only changes of this field, such as role or status.")
@directory_option
@output_option
@connection_options
def history(who: str, by: str, most: int | None, field: str, directory: str, output: str) -> None:
    """Show each change of the user WHO, newest first: when, who, by which import, old and new.

    The creation is the last. CSV has a line for each field of each change.

    Example: rollbook users history 4711 --most 5
    """
    limit = most or (_TABLE_MOST if output == "table" else None)
    asked = 0 if limit is None else limit + 1
    key = key_of(who, by)
    found = ask(
        lambda client: first_of(
            client.users.changes(directory, most=asked, field=field, **key), limit
        )
    )
    shown = found[:limit]
    match output:
        case "table":
            for change in shown:
                click.echo("\n".join(_lines(change)))
            if len(found) > len(shown):
                click.echo(f"the last {len(shown):,}; --most N shows more", err=True)
        case "csv":
            print_csv((*_COLUMNS, *_FIELDS), *(row for change in shown for row in _rows(change)))
        case _:
            show(shown, _COLUMNS, output)


def _lines(change: UserChange) -> Iterator[str]:
    kind = UserChangeKind.Name(change.kind).removeprefix("USER_CHANGE_KIND_").lower()
    who = f" by {printable(change.principal)}" if change.principal else ""
    how = f", import {change.import_id}" if change.import_id else ""
    of = f" of {printable(change.source)}" if change.source else ""
    yield f"{brief('changeTime', plain(change)['changeTime'])}  {kind}{who}{how}{of}"
    for one in change.changes:
        is_new = change.kind == UserChangeKind.USER_CHANGE_KIND_CREATED
        before = "" if is_new else f"{_quoted(one.old_value)} → "
        yield f"  {printable(one.field)}: {before}{_quoted(one.new_value)}"


def _quoted(value: str) -> str:
    return f"“{printable(value)}”" if value else "nothing"


def _rows(change: UserChange) -> Iterator[list[object]]:
    """A row a field, and one for a change of none."""
    facts = plain(change)
    for field in map(plain, change.changes or [FieldChange()]):
        yield [facts[name] for name in _COLUMNS] + [field[name] for name in _FIELDS]
