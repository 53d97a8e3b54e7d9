"""Finds, before a batch's turn, the rows that are stored just as they are written: UNCHANGED.

What is stored of the batch's users comes as columns, and each is compared with that of the file as
a whole; a row of which nothing differs need not be staged, matched or written. It needs no turn and
no lock, and a row is unchanged at the moment of this look. Whatever is not plain goes on: the plan
says the same of it, and more.

A nightly file, of which one row in a hundred has changed, is the usual one.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import cast

import numpy as np

from rollbook.imports.job.job import Job
from rollbook.imports.rows.ready_batch import ReadyBatch
from rollbook.imports.rows.staged_rows import StagedRows
from rollbook.model import Kind, Mode
from rollbook.store import look
from rollbook.store.look import Look, Stored
from rollbook.store.statements import CHANGING
from rollbook.text_column import Positions, TextColumn

_NOTHING = {Kind.REFERENCE: "0", Kind.BOOLEAN: "false"}
"""How a stored field without a value is written; all others are texts, and then blank."""
_AS_WIDE = 2
"""Users that the range of a batch's keys may have for each of its rows: by key a user costs twice
as much."""
_LONGEST_REST = 16
"""Batches, at most, for which what has failed is not tried again."""


class _Habit:
    """Something that is done with batches; after each time in vain it rests, twice as long."""

    def __init__(self) -> None:
        self._rest = self._rested = 0

    def is_due(self) -> bool:
        """Whether it is to be done with this batch."""
        if self._rested < self._rest:
            self._rested += 1
            return False
        return True

    def note(self, *, in_vain: bool) -> None:
        """Note how it went."""
        self._rested = 0
        self._rest = min(_LONGEST_REST, 2 * self._rest or 1) if in_vain else 0


class UnchangedRows:
    """Looks at the batches of one import, as long as it is worth it."""

    def __init__(self, job: Job):
        options = job.options
        self._job = job
        # Where UNCHANGED depends on more than the user: a plan is made at the end of the file, a
        # line is not chosen, users may not be there, or may have to get a source.
        self._never = (
            job.is_staged
            or job.target.syncs
            or bool(options.only_lines)
            or options.mode is Mode.CREATE_ONLY
        )
        self._looks, self._ranges = _Habit(), _Habit()

    async def found(self, batch: ReadyBatch) -> ReadyBatch:
        """The batch, with the users of those rows that are stored just as they are written.

        Or it is all new: no user of it was there.

        Raises:
            Unavailable: the database stayed away.
        """
        rows, least = batch.staged, self._job.app.settings.look_from_rows
        if self._never or batch.waited is not None or not least or len(rows) < least:
            return batch
        if not self._looks.is_due():
            return batch
        asked = self._asked(rows)
        stored = await self._stored(asked, cast(Sequence[str], rows.columns["number_key"]))
        if not stored.ids:  # which costs next to nothing
            return replace(batch, staged=replace(rows, all_new=True))
        users = await self._job.app.worker.do(
            partial(_unchanged, rows, asked, stored), rows=len(rows)
        )
        self._looks.note(in_vain=2 * sum(map(bool, users)) < len(rows))
        return replace(batch, unchanged=users) if any(users) else batch

    def _asked(self, rows: StagedRows) -> Look:
        columns = [
            field.column for field in CHANGING if _is_given(rows.columns.get(field.column, ()))
        ]
        return Look(
            self._job.directory.id,
            columns,
            sorted(self._job.ceiling.users),
            self._job.target.username_follows,
            _is_given(rows.columns.get("attributes", ())),
        )

    async def _stored(self, asked: Look, keys: Sequence[str]) -> Stored:
        """The users of a batch: in a file in the order of the keys they are neighbours."""
        first, last = TextColumn.of(keys).extremes
        most = _AS_WIDE * len(keys) + 1
        ask = self._job.database.ask
        if self._ranges.is_due():
            stored = await ask(lambda there: look.in_range(there, asked, first, last, most))
            self._ranges.note(in_vain=stored is None)
            if stored is not None:
                return stored
        return await ask(lambda there: look.of_keys(there, asked, keys))


def _unchanged(rows: StagedRows, asked: Look, stored: Stored) -> list[int]:
    """By position, the user of whom nothing changes or is to be reported; 0: not certain."""
    users = same_users(rows, asked.columns, stored)
    if asked.attributes:
        attributes = cast(Sequence[str | None], rows.columns["attributes"])
        of_users = dict(zip(stored.ids, stored.attributes, strict=True))
        for position, wanted in enumerate(attributes):
            if users[position] and not _same_attributes(of_users[users[position]], wanted):
                users[position] = 0
    for position in chain(rows.issues, rows.hashes, rows.new_locations, rows.new_units):
        users[position] = 0
    return users


def same_users(rows: StagedRows, columns: Sequence[str], stored: Stored) -> list[int]:
    """By position, the user that has just the row's fields; 0: nobody, or it is not certain.

    A field that the row does not name (None) stays as it is, whatever it is.
    """
    size = len(rows)
    users = np.array(stored.ids, dtype=np.int64)
    users[[*stored.special]] = 0
    at = _places(cast(Sequence[str], rows.columns["number_key"]), stored.columns["number_key"])
    there = np.flatnonzero(at >= 0)
    in_place = size == len(users) and bool((at == np.arange(size)).all())
    same = np.zeros(size, dtype=bool)
    same[there] = True
    for name in columns:
        wanted, is_stored = _as_texts(name, rows.columns[name]), stored.columns[name]
        if in_place and len(wanted) == size and wanted == is_stored:
            continue
        if len(wanted) != size or len(is_stored) != len(users):
            return [0] * size  # a text has a line feed in it, and where fields begin is a guess
        if not in_place:
            wanted, is_stored = wanted.chosen(there), is_stored.chosen(at[there])
        same[there] &= wanted.same_as(is_stored) | _absent(rows.columns[name])[there]
    found: list[int] = np.where(same, users[at], 0).tolist()
    return found


def _places(keys: Sequence[str], stored: TextColumn) -> Positions:
    """The place of each key among the stored ones; -1: it is not there."""
    if stored == TextColumn.of(keys):
        return np.arange(len(keys))
    places = {key: place for place, key in enumerate(stored)}
    return np.fromiter((places.get(key, -1) for key in keys), dtype=np.intp, count=len(keys))


def _absent(cells: Sequence[object]) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    if isinstance(cells, TextColumn) or None not in cells:
        return np.zeros(len(cells), dtype=bool)
    return np.fromiter((cell is None for cell in cells), dtype=bool, count=len(cells))


def _is_given(cells: Sequence[object]) -> bool:
    """Whether any row names anything in that column."""
    return isinstance(cells, TextColumn) or any(cell is not None for cell in cells)


_KINDS = {field.column: field.traits.kind for field in CHANGING}


def _as_texts(column: str, cells: Sequence[object]) -> TextColumn:
    """The cells as `stored_columns` writes what they would be stored as."""
    if isinstance(cells, TextColumn):
        return cells
    nothing = _NOTHING.get(_KINDS[column])
    if nothing is None:
        return TextColumn.of([text or "" for text in cast(Sequence[str | None], cells)])
    words = {cell: nothing if cell is None else _word(cell) for cell in {*cells}}
    return TextColumn.of([words[cell] for cell in cells])


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _same_attributes(stored: str | None, wanted: str | None) -> bool:
    """Whether a row's attributes, both as JSON, are the user's already; null is none."""
    if wanted is None or wanted == stored:
        return True
    there = json.loads(stored or "{}")
    return all(there.get(name) == text for name, text in json.loads(wanted).items())
