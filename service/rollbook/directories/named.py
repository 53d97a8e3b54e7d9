"""Creates, loads, lists, changes and removes roles, locations and units.

`kinds` describes their differences, and their values and rows.
"""

import asyncio
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Generic, NamedTuple

import structlog

from rollbook.access import Caller, Scope, denied, enter
from rollbook.checking import echo
from rollbook.checking.cells import printable
from rollbook.checking.request_text import REQUEST, Origin
from rollbook.context import AppContext
from rollbook.directories import csv_file
from rollbook.directories.kinds import Kind, Row, Value
from rollbook.directories.settings import users_counted
from rollbook.errors import Reason, Refusal
from rollbook.store import Connection
from rollbook.store.name_lookup import DirectoryRow, Held
from rollbook.store.staging import take_turn

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


class Loaded(NamedTuple):
    """How many rows of a file were made, and how many were stored already as the file has them."""

    created: int
    unchanged: int


class _Wanted(NamedTuple, Generic[Row]):
    """A row to be made. One that is stored already must be the same in these `columns`.

    No columns: it must not be stored yet.
    """

    origin: Origin
    row: Row
    columns: Collection[str] = ()


async def create(
    kind: Kind[Row, Value], app: AppContext, caller: Caller, directory: str, value: Value
) -> Value:
    """Make one, and answer it as it is stored.

    Raises:
        Refusal: PERMISSION_DENIED, no such directory, or privileged; INVALID_OPTIONS;
            RESOURCE_EXISTS.
    """
    found = await enter(app, caller, directory)
    row = kind.keyed(REQUEST, value)
    await _make(kind, app, caller, found.id, [_Wanted(REQUEST, row)])
    _log_change("created", kind, found, caller, name=row.name.text)
    return kind.plain(row)


async def load(
    kind: Kind[Row, Value], app: AppContext, caller: Caller, directory: str, csv: bytes
) -> Loaded:
    """Make what a CSV file lists: all of it, or nothing.

    Raises:
        Refusal: as `create`, naming line and column.
        FileFault: the file cannot be read.
    """
    found = await enter(app, caller, directory)
    wanted = await asyncio.to_thread(_read, kind, csv)
    created = await _make(kind, app, caller, found.id, wanted)
    _log_change("loaded", kind, found, caller, created=created)
    return Loaded(created, len(wanted) - created)


async def get(
    kind: Kind[Row, Value], app: AppContext, caller: Caller, directory: str, name: str
) -> Value:
    """The one of that name.

    Raises:
        Refusal: PERMISSION_DENIED, no such directory; INVALID_OPTIONS; RESOURCE_NOT_FOUND.
    """
    found = await enter(app, caller, directory)
    async with app.database.within(found.id).connection() as connection:
        return kind.plain(await _named(kind, connection, found.id, name))


async def page(
    kind: Kind[Row, Value], app: AppContext, directory_id: int, after: str, most: int
) -> list[tuple[str, Value]]:
    """At most `most` with their keys, by key, beginning after the key `after`."""
    async with app.database.within(directory_id).connection() as connection:
        rows = await kind.store.page(connection, directory_id, after, most)
    return [(row.name.key, kind.plain(row)) for row in rows]


async def update(
    kind: Kind[Row, Value],
    app: AppContext,
    caller: Caller,
    directory: str,
    name: str,
    changes: dict[str, Any],
) -> Value:
    """Set the fields `changes` of the one of that name. It keeps its id, and its users keep it.

    Raises:
        Refusal: PERMISSION_DENIED, no such directory, or privileged; INVALID_OPTIONS;
            RESOURCE_NOT_FOUND; RESOURCE_EXISTS, a text of it means another.
    """
    found = await enter(app, caller, directory)
    for path in changes:
        if path not in kind.columns:
            known = ", ".join(kind.columns)
            message = f"{echo(path)} cannot be changed; known: {known}."
            raise REQUEST.wrong("update_mask", message, value=path)
    async with app.database.within(found.id).turn() as connection:
        await take_turn(connection, found.id)
        stored = await _named(kind, connection, found.id, name)
        row = kind.keyed(REQUEST, kind.plain(stored)._replace(**changes))
        _check_privileged(kind, caller, stored, row)
        keys = {text.key for _, text in kind.own(row)}
        others = [
            other
            for other in await kind.store.holding(connection, found.id, keys)
            if other.name.key != stored.name.key
        ]
        _claim(kind, REQUEST, row, _meanings(kind, others))
        if row != stored:
            await kind.store.change(connection, found.id, stored.name.key, row)
    _log_change("changed", kind, found, caller, name=stored.name.text, fields=sorted(changes))
    return kind.plain(row)


async def delete(
    kind: Kind[Row, Value], app: AppContext, caller: Caller, directory: str, name: str
) -> Value:
    """Remove the one of that name; answers what it was.

    Raises:
        Refusal: PERMISSION_DENIED, no such directory, or privileged; INVALID_OPTIONS;
            RESOURCE_NOT_FOUND; RESOURCE_IN_USE, with the number of users who hold it.
    """
    found = await enter(app, caller, directory)
    async with app.database.within(found.id).turn() as connection:
        await take_turn(connection, found.id)  # so that no user gets it meanwhile
        stored = await _named(kind, connection, found.id, name)
        _check_privileged(kind, caller, stored)
        held = await kind.store.held(connection, found.id, stored.name.key)
        if held.is_default or held.users:
            raise _in_use(f"{kind.noun} {echo(stored.name.text)}", stored.name.text, held)
        await kind.store.remove(connection, found.id, stored.name.key)
    _log_change("removed", kind, found, caller, name=stored.name.text)
    return kind.plain(stored)


def _log_change(
    verb: str, kind: Kind[Row, Value], found: DirectoryRow, caller: Caller, **facts: object
) -> None:
    """Log who changed what is named; its other texts are left out."""
    _log.info(f"{kind.noun} {verb}", directory=found.name, principal=caller.principal, **facts)


def _read(kind: Kind[Row, Value], csv: bytes) -> list[_Wanted[Row]]:
    return [
        _Wanted(line.origin, kind.keyed(line.origin, kind.from_cells(line)), tuple(line.cells))
        for line in csv_file.read(csv, kind.columns)
    ]


async def _make(
    kind: Kind[Row, Value],
    app: AppContext,
    caller: Caller,
    directory_id: int,
    wanted: Sequence[_Wanted[Row]],
) -> int:
    """Make those that are not stored yet; answers how many they were."""
    keys = {text.key for _, row, _ in wanted for _, text in kind.own(row)}
    async with app.database.within(directory_id).turn() as connection:
        await take_turn(connection, directory_id)  # imports make locations and units too
        stored = await kind.store.holding(connection, directory_id, keys)
        new = await asyncio.to_thread(_new, kind, wanted, stored)
        _check_privileged(kind, caller, *new)
        if new:
            await kind.store.make(connection, directory_id, new)
    return len(new)


def _new(
    kind: Kind[Row, Value], wanted: Sequence[_Wanted[Row]], stored: Iterable[Row]
) -> list[Row]:
    """The wanted rows that are neither stored nor earlier among the wanted.

    Raises:
        Refusal: one is stored otherwise, or a text of it means another.
    """
    means = _meanings(kind, stored)
    new: list[Row] = []
    for origin, row, columns in wanted:
        same = means.get(row.name.key)
        if same is not None and same.name.key == row.name.key:
            _refuse_unless_same(kind, origin, row, same, columns)
            continue
        _claim(kind, origin, row, means)
        new.append(row)
    return new


async def _named(
    kind: Kind[Row, Value], connection: Connection, directory_id: int, name: str
) -> Row:
    key = REQUEST.name("name", name).key
    for row in await kind.store.holding(connection, directory_id, [key]):
        if row.name.key == key:
            return row
    raise Refusal(
        Reason.RESOURCE_NOT_FOUND,
        f"There is no {kind.noun} {echo(name)} in this directory.",
        {"option": "name", "value": printable(name)},
    )


def _meanings(kind: Kind[Row, Value], rows: Iterable[Row]) -> dict[str, Row]:
    """Which row each key means, of the keys that may mean one row only."""
    return {text.key: row for row in rows for _, text in kind.own(row)}


def _claim(kind: Kind[Row, Value], origin: Origin, row: Row, means: dict[str, Row]) -> None:
    """Let the row's own texts mean it from now on.

    Raises:
        Refusal: one of them means another already.
    """
    for column, text in kind.own(row):
        holder = means.setdefault(text.key, row)
        if holder is not row:
            held_by = f"{kind.noun} {echo(holder.name.text)}"
            message = f"{echo(text.text)} already means the {held_by}."
            raise origin.taken(column, text.text, message)


def _refuse_unless_same(
    kind: Kind[Row, Value], origin: Origin, row: Row, same: Row, columns: Collection[str]
) -> None:
    """Refuse a row that is stored already, unless it comes from a file and is the same there."""
    stored = f"The {kind.noun} {echo(same.name.text)} is already there"
    if not columns:
        raise origin.taken("name", row.name.text, f"{stored}.")
    for column in columns:
        if getattr(row, column) != getattr(same, column):
            shown = _shown(getattr(kind.plain(same), column))
            raise origin.wrong(column, f"{stored}, and its {column}: {shown}.")


def _shown(value: object) -> str:
    """A field of a value, as a file has it."""
    match value:
        case "" | ():
            return "none"
        case bool():
            return "yes" if value else "no"
        case tuple():
            return echo("|".join(value))
    return echo(str(value))


def _check_privileged(kind: Kind[Row, Value], caller: Caller, *rows: Row) -> None:
    """Refuse to make, change or remove privileged rows, if the caller may not grant them."""
    if any(map(kind.privileged, rows)) and not caller.may(Scope.ROLES_PRIVILEGED):
        raise denied()


def _in_use(what: str, name: str, held: Held) -> Refusal:
    if held.is_default:
        message = f"The {what} is the default one: make another the default first."
    else:
        hold = "holds" if held.users == 1 else "hold"
        users = users_counted(held.users)
        message = f"{users[0].upper()}{users[1:]} {hold} the {what}: give them another first."
    facts = {"option": "name", "value": printable(name), "users": str(held.users)}
    return Refusal(Reason.RESOURCE_IN_USE, message, facts)
