"""Roles, locations or units of a directory: made, found, listed and loaded, all in one way."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, Protocol, TypeVar

from google.protobuf.message import Message

from rollbook.checking import echo
from rollbook.checking.cells import printable
from rollbook.errors import Reason, Refusal
from rollbook.importing.job import House
from rollbook.rpc import paging, sheets
from rollbook.rpc.part import directory_of
from rollbook.rpc.texts import REQUEST, Place
from rollbook.store import Connection
from rollbook.store.keyed import Keyed
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
    whose own texts have any of these keys.
    """

    noun: str
    columns: tuple[str, ...]
    of_line: Callable[[sheets.Line], Said]
    of_message: Callable[[Place, Said], Row]
    message: Callable[[Row], Said]
    own: Callable[[Row], Iterable[tuple[str, Keyed]]]
    page: Callable[[Connection, int, str, int], Awaitable[Sequence[Row]]]
    holding: Callable[[Connection, int, Collection[str]], Awaitable[Sequence[Row]]]
    make: Callable[[Connection, int, Sequence[Row]], Awaitable[None]]


class Loaded(NamedTuple):
    """How many rows of a file were new, and how many were there as it says."""

    created: int
    unchanged: int


class _Wanted(NamedTuple, Generic[Row]):
    """A row to be made, and where it was said.

    If it is there already, it is fine where it is the same in the columns `said`; where there are
    none, it is refused.
    """

    place: Place
    row: Row
    said: Collection[str] = ()


async def create(shelf: Shelf[Row, Said], house: House, directory: str, said: Said) -> Said:
    """Make one, and answer it as it is stored.

    Raises:
        Refusal: PERMISSION_DENIED, no such directory; INVALID_OPTIONS; RESOURCE_EXISTS.
    """
    found = await directory_of(house, directory)
    row = shelf.of_message(REQUEST, said)
    await _make(shelf, house, found.id, [_Wanted(REQUEST, row)])
    return shelf.message(row)


async def get(shelf: Shelf[Row, Said], house: House, directory: str, name: str) -> Said:
    """The one of that name.

    Raises:
        Refusal: PERMISSION_DENIED, no such directory; INVALID_OPTIONS; RESOURCE_NOT_FOUND.
    """
    found = await directory_of(house, directory)
    key = REQUEST.name("name", name).key
    async with house.database.within(found.id).connection() as connection:
        for row in await shelf.holding(connection, found.id, [key]):
            if row.name.key == key:
                return shelf.message(row)
    raise Refusal(
        Reason.RESOURCE_NOT_FOUND,
        f"There is no {shelf.noun} {echo(name)} in this directory.",
        {"option": "name", "value": printable(name)},
    )


async def page(
    shelf: Shelf[Row, Said], house: House, directory: str, size: int, token: str
) -> tuple[list[Said], str]:
    """A page by name, and the token of the next.

    Raises:
        Refusal: PERMISSION_DENIED, no such directory; INVALID_OPTIONS.
    """
    found = await directory_of(house, directory)
    asked = paging.page(f"{shelf.noun} of {found.id}", size, token)
    async with house.database.within(found.id).connection() as connection:
        rows = await shelf.page(connection, found.id, asked.after, asked.most + 1)
    messages = [(row.name.key, shelf.message(row)) for row in rows]
    return asked.cut(messages, house.settings.max_sent_bytes)


async def load(shelf: Shelf[Row, Said], house: House, directory: str, csv: bytes) -> Loaded:
    """Make what a CSV file names, all or none.

    Raises:
        Refusal: PERMISSION_DENIED, no such directory; INVALID_OPTIONS, naming line and column.
        FileFault: the file cannot be read.
    """
    found = await directory_of(house, directory)
    wanted = await asyncio.to_thread(_read, shelf, csv)
    created = await _make(shelf, house, found.id, wanted)
    return Loaded(created, len(wanted) - created)


def _read(shelf: Shelf[Row, Said], csv: bytes) -> list[_Wanted[Row]]:
    return [
        _Wanted(line.place, shelf.of_message(line.place, shelf.of_line(line)), tuple(line.cells))
        for line in sheets.read(csv, shelf.columns)
    ]


async def _make(
    shelf: Shelf[Row, Said], house: House, directory_id: int, wanted: Sequence[_Wanted[Row]]
) -> int:
    """Make what is not there yet; answers how many that were."""
    keys = {text.key for _, row, _ in wanted for _, text in shelf.own(row)}
    async with house.database.within(directory_id).transaction() as connection:
        await take_turn(connection, directory_id)  # as imports do, which make places too
        there = await shelf.holding(connection, directory_id, keys)
        new = await asyncio.to_thread(_new, shelf, wanted, there)
        if new:
            await shelf.make(connection, directory_id, new)
    return len(new)


def _new(
    shelf: Shelf[Row, Said], wanted: Sequence[_Wanted[Row]], there: Iterable[Row]
) -> list[Row]:
    """Those of the wanted that are not there, nor earlier among them.

    Raises:
        Refusal: one is there otherwise, or a text of it means another.
    """
    means = {text.key: row for row in there for _, text in shelf.own(row)}
    new: list[Row] = []
    for place, row, said in wanted:
        same = means.get(row.name.key)
        if same is not None and same.name.key == row.name.key:
            _refuse_unless_same(shelf, place, row, same, said)
            continue
        for column, text in shelf.own(row):
            holder = means.setdefault(text.key, row)
            if holder is not row:
                held_by = f"{shelf.noun} {echo(holder.name.text)}"
                message = f"{echo(text.text)} already means the {held_by}."
                raise place.taken(column, text.text, message)
        new.append(row)
    return new


def _refuse_unless_same(
    shelf: Shelf[Row, Said], place: Place, row: Row, same: Row, said: Collection[str]
) -> None:
    """Refuse a row that is there already, unless it was said so and is the same."""
    there = f"The {shelf.noun} {echo(same.name.text)} is already there"
    if not said:
        raise place.taken("name", row.name.text, f"{there}.")
    for column in said:
        if getattr(row, column) != getattr(same, column):
            stored = getattr(shelf.message(same), column)
            raise place.wrong(column, f"{there}, and its {column}: {_shown(stored)}.")


def _shown(stored: object) -> str:
    """What a message's field holds, in the words of a file."""
    match stored:
        case "" | []:
            return "none"
        case bool():
            return "yes" if stored else "no"
        case str():
            return echo(stored)
        case Iterable():
            return echo("|".join(map(str, stored)))
    return str(stored)
