"""Roles, locations or units of a directory, all in one way: found, listed, changed, removed."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from google.protobuf.message import Message

from rollbook.access import Scope, denied
from rollbook.checking import echo
from rollbook.checking.cells import printable
from rollbook.context import AppContext
from rollbook.errors import Reason, Refusal
from rollbook.rpc.directories import csv_file
from rollbook.rpc.wire import paging
from rollbook.rpc.wire.caller import caller
from rollbook.rpc.wire.request_text import REQUEST, Place
from rollbook.rpc.wire.servicer import directory_of
from rollbook.store import Connection
from rollbook.store.keyed_text import Held, Keyed
from rollbook.store.staging import take_turn


class Named(Protocol):
    """A row of a shelf. Its other fields are called as the columns of a file are."""

    @property
    def name(self) -> Keyed:
        """What it is called."""


Row = TypeVar("Row", bound=Named)
Said = TypeVar("Said", bound=Message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf(Generic[Row, Said]):
    """One kind of what directories hold: in which it differs from the others.

    `own` are the texts of a row, by column, that may mean no other row; `holding` finds the rows
    whose own texts have any of these keys. `change` makes of the row of a key what it is to be,
    `held` says whose it is, and `remove` takes it away. What is `privileged` is changed and removed
    only by who may grant it. A message's fields are called as columns.
    """

    noun: str
    columns: tuple[str, ...]
    of_line: Callable[[csv_file.Line], Said]
    of_message: Callable[[Place, Said], Row]
    message: Callable[[Row], Said]
    own: Callable[[Row], Iterable[tuple[str, Keyed]]]
    page: Callable[[Connection, int, str, int], Awaitable[Sequence[Row]]]
    holding: Callable[[Connection, int, Collection[str]], Awaitable[Sequence[Row]]]
    make: Callable[[Connection, int, Sequence[Row]], Awaitable[None]]
    change: Callable[[Connection, int, str, Row], Awaitable[None]]
    held: Callable[[Connection, int, str], Awaitable[Held]]
    remove: Callable[[Connection, int, str], Awaitable[None]]
    privileged: Callable[[Row], bool] = lambda _: False


async def get(shelf: Shelf[Row, Said], app: AppContext, directory: str, name: str) -> Said:
    """The one of that name.

    Raises:
        Refusal: PERMISSION_DENIED, no such directory; INVALID_OPTIONS; RESOURCE_NOT_FOUND.
    """
    found = await directory_of(app, directory)
    async with app.database.within(found.id).connection() as connection:
        return shelf.message(await _named(shelf, connection, found.id, name))


async def update(
    shelf: Shelf[Row, Said],
    app: AppContext,
    directory: str,
    name: str,
    said: Said,
    paths: Sequence[str],
) -> Said:
    """Make of the one of that name what is said under these paths; none: whatever is said.

    It keeps its id, and so its users keep it.

    Raises:
        Refusal: PERMISSION_DENIED, no such directory; INVALID_OPTIONS; RESOURCE_NOT_FOUND;
            RESOURCE_EXISTS, a text of it means another.
    """
    found = await directory_of(app, directory)
    async with app.database.within(found.id).turn() as connection:
        await take_turn(connection, found.id)
        stored = await _named(shelf, connection, found.id, name)
        row = shelf.of_message(REQUEST, _changed(shelf, stored, said, paths))
        _check_may(shelf, stored, row)
        keys = {text.key for _, text in shelf.own(row)}
        others = [
            other
            for other in await shelf.holding(connection, found.id, keys)
            if other.name.key != stored.name.key
        ]
        claim(shelf, REQUEST, row, meanings(shelf, others))
        if row != stored:
            await shelf.change(connection, found.id, stored.name.key, row)
    return shelf.message(row)


async def delete(shelf: Shelf[Row, Said], app: AppContext, directory: str, name: str) -> Said:
    """Remove the one of that name; answers what it was.

    Raises:
        Refusal: PERMISSION_DENIED, no such directory; INVALID_OPTIONS; RESOURCE_NOT_FOUND;
            RESOURCE_IN_USE, with the number of users who hold it.
    """
    found = await directory_of(app, directory)
    async with app.database.within(found.id).turn() as connection:
        await take_turn(connection, found.id)  # nobody gives it to a user meanwhile
        stored = await _named(shelf, connection, found.id, name)
        _check_may(shelf, stored)
        held = await shelf.held(connection, found.id, stored.name.key)
        if held.is_default or held.users:
            raise _in_use(f"{shelf.noun} {echo(stored.name.text)}", stored.name.text, held)
        await shelf.remove(connection, found.id, stored.name.key)
    return shelf.message(stored)


async def page(
    shelf: Shelf[Row, Said], app: AppContext, directory: str, size: int, token: str
) -> tuple[list[Said], str]:
    """A page by name, and the token of the next.

    Raises:
        Refusal: PERMISSION_DENIED, no such directory; INVALID_OPTIONS.
    """
    found = await directory_of(app, directory)
    asked = paging.page(f"{shelf.noun} of {found.id}", size, token)
    async with app.database.within(found.id).connection() as connection:
        rows = await shelf.page(connection, found.id, asked.after, asked.most + 1)
    messages = [(row.name.key, shelf.message(row)) for row in rows]
    return asked.cut(messages, app.settings.max_sent_bytes)


async def _named(
    shelf: Shelf[Row, Said], connection: Connection, directory_id: int, name: str
) -> Row:
    key = REQUEST.name("name", name).key
    for row in await shelf.holding(connection, directory_id, [key]):
        if row.name.key == key:
            return row
    raise Refusal(
        Reason.RESOURCE_NOT_FOUND,
        f"There is no {shelf.noun} {echo(name)} in this directory.",
        {"option": "name", "value": printable(name)},
    )


def _changed(shelf: Shelf[Row, Said], stored: Row, said: Said, paths: Sequence[str]) -> Said:
    """What is stored, with what is said under these paths; none: all that is set there."""
    changed = shelf.message(stored)
    for path in paths or [field.name for field, _ in said.ListFields()]:
        if path not in shelf.columns:
            known = ", ".join(shelf.columns)
            message = f"{echo(path)} cannot be changed; known: {known}."
            raise REQUEST.wrong("update_mask", message, value=path)
        changed.ClearField(path)
        changed.MergeFrom(type(said)(**{path: getattr(said, path)}))
    return changed


def _check_may(shelf: Shelf[Row, Said], *rows: Row) -> None:
    """Whether the caller may change such rows: privileged ones only who may grant them."""
    if any(map(shelf.privileged, rows)) and not caller().may(Scope.ROLES_PRIVILEGED):
        raise denied()


def _in_use(what: str, name: str, held: Held) -> Refusal:
    if held.is_default:
        message = f"The {what} is the default one: make another the default first."
    else:
        users = "1 user holds" if held.users == 1 else f"{held.users} users hold"
        message = f"{users} the {what}: give them another first."
    facts = {"option": "name", "value": printable(name), "users": str(held.users)}
    return Refusal(Reason.RESOURCE_IN_USE, message, facts)


def meanings(shelf: Shelf[Row, Said], rows: Iterable[Row]) -> dict[str, Row]:
    """Which row each key means that may mean no other."""
    return {text.key: row for row in rows for _, text in shelf.own(row)}


def claim(shelf: Shelf[Row, Said], place: Place, row: Row, means: dict[str, Row]) -> None:
    """Let the row's own texts mean it from now on.

    Raises:
        Refusal: one of them means another already.
    """
    for column, text in shelf.own(row):
        holder = means.setdefault(text.key, row)
        if holder is not row:
            held_by = f"{shelf.noun} {echo(holder.name.text)}"
            message = f"{echo(text.text)} already means the {held_by}."
            raise place.taken(column, text.text, message)
