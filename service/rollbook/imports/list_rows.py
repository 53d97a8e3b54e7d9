"""Lists the rows of an import: what became of each, and its cells where they are kept.

A page is read from the batches of the ledger that have its lines. Batches overlap, because rows
that wait for a plugin, or for the end of the file, are answered in batches of their own.
"""

import asyncio
from bisect import bisect_left
from collections.abc import AsyncIterator, Sequence, Set
from dataclasses import dataclass, replace
from typing import NamedTuple

from rollbook.imports.row_cells import Sought, cells_of
from rollbook.model import Answers, Code, LineRange, Outcome, State
from rollbook.settings import MIB
from rollbook.store import TenantDatabase, ledger, ledger_pages
from rollbook.store.failed_rows import Cells
from rollbook.store.imports import ImportRow
from rollbook.store.ledger_pages import LAST, Entry, Holding
from rollbook.users.disclosure import shown

_LAST_LINE = 2**63 - 1
_PLANNED = frozenset({Outcome.CREATED, Outcome.UPDATED, Outcome.UNCHANGED})


class Budget(NamedTuple):
    """What a page has at most; and what it looks at, before it is short and the next one goes on.

    `most` are its rows. `batches` are those of which it learns what they hold, and `rows` those of
    the batches that it reads, beside the ones that it begins within. `staged_bytes`: see
    `row_cells`.
    """

    most: int
    batches: int = 1_000
    rows: int = 40_000
    staged_bytes: int = 8 * MIB


class Place(NamedTuple):
    """A place in the list, behind a row. Users whom a full sync suspended have line 0."""

    line: int = -1
    number: int = -1
    position: int = -1


def _behind_line(line: int) -> Place:
    return Place(line, LAST, LAST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which rows are listed: of these outcomes, with this code, with issues, in these lines.

    Empty and None: all.
    """

    outcomes: Set[Outcome] = frozenset()
    code: Code | None = None
    with_issues: bool = False
    lines: LineRange | None = None


class ListedRow(NamedTuple):
    """The row at `position` of some answers; no cells: they are not kept."""

    place: Place
    answers: Answers
    position: int
    cells: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Batch:
    """A batch of the ledger that has been read."""

    entry: Entry
    answers: Answers

    failed: Cells | None
    """Where the cells of its failed rows are."""


class _Row(NamedTuple):
    place: Place
    batch: _Batch
    position: int

    @property
    def sought(self) -> Sought:
        """What its cells are found by."""
        failed = self.batch.answers.outcomes[self.position] is Outcome.FAILED
        is_of_plan = self.batch.entry.plan > 0 and self.place.line > 0
        return Sought(
            self.place.line, self.batch.failed if failed else None, is_of_plan and not failed
        )


async def list_rows(
    database: TenantDatabase,
    row: ImportRow,
    wanted: Wanted,
    after: Place,
    budget: Budget,
    *,
    reader: bool,
) -> tuple[list[ListedRow], Place | None]:
    """A page of rows by line, after a place, and the place behind which the list goes on.

    No place: no more rows follow. The page may be short, or empty, and the list go on all the same.
    `reader`: the rows say what is stored of users; see `users.disclosure`.
    """
    page = _Page(database, row, wanted, after, budget, reader=reader)
    found: list[_Row] = []
    async for one in page.rows():
        if len(found) == budget.most:
            page.behind = found[-1].place
            break
        found.append(one)
    sought = [one.sought for one in found]
    cells = await cells_of(database, row, sought, most_bytes=budget.staged_bytes)
    if len(cells) < len(found):
        page.behind = found[len(cells) - 1].place
    return [
        ListedRow(one.place, one.batch.answers, one.position, some)
        for one, some in zip(found, cells, strict=False)
    ], page.behind


class _Page:
    """Reads the rows of one page. `behind`: where the list goes on, if the page gave up."""

    def __init__(
        self,
        database: TenantDatabase,
        row: ImportRow,
        wanted: Wanted,
        after: Place,
        budget: Budget,
        *,
        reader: bool,
    ):
        self._database = database
        self._import = row
        self._wanted = wanted
        lines = wanted.lines or LineRange(0, _LAST_LINE)
        self._after = max(after, _behind_line(lines.first - 1)) if lines.first else after
        self._last = lines.last
        self._lot = budget.most + 1
        self._budget = budget
        self._reader = reader
        self._given_up = row.state is State.CANCELLED
        self._read_ahead: list[_Row] = []
        self.behind: Place | None = None

    async def rows(self) -> AsyncIterator[_Row]:
        """The rows that are wanted, in order."""
        entries, end = await self._entries()
        looked_at = 0
        while entries:
            first = entries[0]
            for one in self._before(Place(first.first_line, first.number)):
                yield one
            if looked_at >= self._budget.rows:
                self.behind = (
                    _behind_line(first.first_line - 1)
                    if first.first_line
                    else Place(0, first.number - 1, LAST)
                )
                return
            lot = self._next_of(entries)
            looked_at += sum(one.rows for one in lot if one.first_line > self._after.line)
            for batch in await self._read(lot):
                self._read_ahead += self._chosen(batch)
            self._read_ahead.sort(key=_place)
        for one in self._before(end):
            yield one
        self.behind = end

    def _before(self, place: Place | None) -> Sequence[_Row]:
        """The rows that were read and stand before a place; None: all."""
        ahead = self._read_ahead
        at = len(ahead) if place is None else bisect_left(ahead, place, key=_place)
        ready, self._read_ahead = ahead[:at], ahead[at:]
        return ready

    async def _entries(self) -> tuple[list[Entry], Place | None]:
        """The batches to read, in order, and the place behind which there may be more; None: no."""
        after, holding = self._after, self._holding()
        here = (self._database.directory_id, self._import.id, self._import.plan)
        most = self._budget.batches if any(holding) else min(self._lot, self._budget.batches)
        begun: list[Entry] = []
        async with self._database.connection() as connection:
            if after.line > 0:
                begun = await ledger_pages.across(connection, *here, after.line, holding)
            # The batch that a place of line 0 is in, is among those that follow.
            behind = (after.line, after.number - (not after.line))
            found = await ledger_pages.following(connection, *here, behind, holding, most=most)
        end = None
        if len(found) == most and found[-1].first_line <= self._last:
            line, number = found[-1].first_line, found[-1].number
            end = _behind_line(line) if line else Place(0, number, LAST)
        fitting = [one for one in (*begun, *found) if one.fits and one.first_line <= self._last]
        return fitting, end

    def _holding(self) -> Holding:
        """What the batches hold that are to be read."""
        wanted = self._wanted
        codes = [wanted.code.value] if wanted.code else []
        outcomes = set(wanted.outcomes)
        if self._given_up and Outcome.NOT_APPLIED in outcomes:
            outcomes |= _PLANNED
        return Holding(
            [*codes, ledger.ISSUES] if wanted.with_issues else codes,
            [one.name for one in outcomes] or None,
        )

    def _next_of(self, entries: list[Entry]) -> list[Entry]:
        """The next batches: one, or as many small ones as fill a page. They are taken out."""
        rows = count = 0
        while count < len(entries) and rows < self._lot:
            rows += entries[count].rows
            count += 1
        lot = entries[:count]
        del entries[:count]
        return lot

    async def _read(self, lot: Sequence[Entry]) -> list[_Batch]:
        async with self._database.connection() as connection:
            packed = await ledger_pages.packed_answers(
                connection, self._database.directory_id, self._import.id, lot
            )
        there = [one for one in lot if (one.plan, one.number) in packed]
        return await asyncio.to_thread(
            lambda: [self._batch(one, packed[one.plan, one.number]) for one in there]
        )

    def _batch(self, entry: Entry, packed: bytes) -> _Batch:
        answers = replace(ledger.unpack_answers(packed), replayed=False)
        if entry.plan and self._import.state is not State.COMPLETED:
            # After a rollback no user has the ids.
            answers = replace(answers, user_ids=[0] * len(answers.lines))
            if self._given_up:
                answers = _given_up(answers)
        failed = [
            line
            for line, outcome in zip(answers.lines, answers.outcomes, strict=True)
            if outcome is Outcome.FAILED
        ]
        cells = Cells(min(failed), entry.plan, entry.number) if failed else None
        return _Batch(entry, shown(answers, reader=self._reader), cells)

    def _chosen(self, batch: _Batch) -> list[_Row]:
        """The rows of a batch that are wanted on this page or a later one."""
        answers, number, outcomes = batch.answers, batch.entry.number, self._wanted.outcomes
        first = 1 if self._given_up and batch.entry.plan else 0
        chosen = []
        for position, (line, outcome) in enumerate(
            zip(answers.lines, answers.outcomes, strict=True)
        ):
            if (outcomes and outcome not in outcomes) or not first <= line <= self._last:
                continue
            place = Place(line, number, position)
            if place > self._after and self._has_issues(answers, position):
                chosen.append(_Row(place, batch, position))
        return chosen

    def _has_issues(self, answers: Answers, position: int) -> bool:
        """Whether the row has the issues that are wanted."""
        issues = answers.issues.get(position, ())
        code = self._wanted.code
        return (bool(issues) or not self._wanted.with_issues) and (
            code is None or any(issue.code is code for issue in issues)
        )


def _given_up(answers: Answers) -> Answers:
    """The answers of a plan of which nothing is applied."""
    failed = Outcome.FAILED
    left = [one if one is failed else Outcome.NOT_APPLIED for one in answers.outcomes]
    return replace(answers, outcomes=left, changes={})


def _place(row: _Row) -> Place:
    return row.place
