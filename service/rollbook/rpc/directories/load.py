"""Roles, locations or units that a request or its CSV names → made, where they are not there."""

import asyncio
from collections.abc import Collection, Iterable, Sequence
from typing import Generic, NamedTuple

from rollbook.checking import echo
from rollbook.context import AppContext
from rollbook.rpc.directories import csv_file
from rollbook.rpc.directories.named import Row, Said, Shelf, claim, meanings
from rollbook.rpc.wire.request_text import REQUEST, Place
from rollbook.rpc.wire.servicer import directory_of
from rollbook.store.staging import take_turn


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


async def create(shelf: Shelf[Row, Said], app: AppContext, directory: str, said: Said) -> Said:
    """Make one, and answer it as it is stored.

    Raises:
        Refusal: PERMISSION_DENIED, no such directory; INVALID_OPTIONS; RESOURCE_EXISTS.
    """
    found = await directory_of(app, directory)
    row = shelf.of_message(REQUEST, said)
    await _make(shelf, app, found.id, [_Wanted(REQUEST, row)])
    return shelf.message(row)


async def load(shelf: Shelf[Row, Said], app: AppContext, directory: str, csv: bytes) -> Loaded:
    """Make what a CSV file names, all or none.

    Raises:
        Refusal: PERMISSION_DENIED, no such directory; INVALID_OPTIONS, naming line and column.
        FileFault: the file cannot be read.
    """
    found = await directory_of(app, directory)
    wanted = await asyncio.to_thread(_read, shelf, csv)
    created = await _make(shelf, app, found.id, wanted)
    return Loaded(created, len(wanted) - created)


def _read(shelf: Shelf[Row, Said], csv: bytes) -> list[_Wanted[Row]]:
    return [
        _Wanted(line.place, shelf.of_message(line.place, shelf.of_line(line)), tuple(line.cells))
        for line in csv_file.read(csv, shelf.columns)
    ]


async def _make(
    shelf: Shelf[Row, Said], app: AppContext, directory_id: int, wanted: Sequence[_Wanted[Row]]
) -> int:
    """Make what is not there yet; answers how many that were."""
    keys = {text.key for _, row, _ in wanted for _, text in shelf.own(row)}
    async with app.database.within(directory_id).turn() as connection:
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
    means = meanings(shelf, there)
    new: list[Row] = []
    for place, row, said in wanted:
        same = means.get(row.name.key)
        if same is not None and same.name.key == row.name.key:
            _refuse_unless_same(shelf, place, row, same, said)
            continue
        claim(shelf, place, row, means)
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
