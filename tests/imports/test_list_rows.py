"""Pages of rows, of a ledger in which batches of every kind overlap."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from rollbook.imports.list_rows import Budget, ListedRow, Place, Wanted, list_rows
from rollbook.imports.rows.staged_rows import StagedRows, pack_staged
from rollbook.model import NOWHERE, Answers, Change, Code, Issue, LineRange, Outcome
from rollbook.settings import Settings
from rollbook.store import Connection, Database, TenantDatabase, failed_rows, imports, kept_rows
from rollbook.store.imports import ImportRow
from rollbook.store.kept_rows import Kept
from rollbook.store.ledger import BatchRow, write_batch
from tests.environment import Cluster
from tests.imports.retained import Retained

_SEEDS = (1, 2)
_ROWS = 3_000
_MOST_PAGES = 4_000


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    row: int
    outcome: Outcome
    codes: tuple[Code, ...] = ()
    changes: tuple[Change, ...] = ()
    late: bool = False
    parked: bool = False
    refused: bool = False

    @property
    def cells(self) -> list[str]:
        return [f"n{self.row}", "as written"] if self.line else []


@dataclass(slots=True)
class _Book:
    """An import whose ledger is written, and the rows that its list must have, in order."""

    database: TenantDatabase
    row: ImportRow
    rows: list[_Row] = field(default_factory=list)


def _drawn(random: Random) -> list[_Row]:
    """Rows of a file with long records here and there; few of them wrong, or parked, or late."""
    rows, line = [], 1
    for number in range(1, _ROWS + 1):
        line += random.choice((1, 1, 1, 2, 9)) + (15_000 if number % 500 == 0 else 0)
        kind = random.random()
        refused = kind < 0.02
        outcome = random.choices(
            (Outcome.CREATED, Outcome.UPDATED, Outcome.UNCHANGED, Outcome.FAILED), (5, 5, 5, 0.2)
        )[0]
        if refused:
            outcome = Outcome.FAILED
        failed = outcome is Outcome.FAILED
        codes = (random.choice((Code.INVALID_EMAIL, Code.DUPLICATE_EMAIL)),) if failed else ()
        if not failed and number % 700 == 0:
            codes = (Code.WHITESPACE_TRIMMED,)
        changes = (Change("name", "a", "b"),) if outcome is Outcome.UPDATED else ()
        late, parked = 0.7 < kind < 0.8, 0.75 < kind < 0.85 and not refused
        rows.append(_Row(line, number, outcome, codes, changes, late, parked, refused))
    return rows


def _cut(rows: Sequence[_Row], random: Random, most: int) -> Iterator[list[_Row]]:
    rest = list(rows)
    while rest:
        size = random.randint(1, most)
        yield rest[:size]
        del rest[:size]


def _answers(rows: Sequence[_Row]) -> Answers:
    return Answers(
        lines=[one.line for one in rows],
        rows=[one.row for one in rows],
        outcomes=[one.outcome for one in rows],
        employee_numbers=[f"n{one.row}" for one in rows],
        user_ids=[7] * len(rows),
        issues={
            at: [Issue(code, "email", "No.") for code in one.codes]
            for at, one in enumerate(rows)
            if one.codes
        },
        changes={at: one.changes for at, one in enumerate(rows) if one.changes},
    )


class _Scribe:
    """Writes what an import's writers write, batch by batch."""

    def __init__(self, connection: Connection, directory_id: int, import_id: UUID):
        self._connection = connection
        self._here = (directory_id, import_id)
        self._numbers = {0: 0, 1: 0, 2: 0}

    async def answer(self, plan: int, rows: Sequence[_Row]) -> None:
        """An entry of the ledger, and the cells of its failed rows."""
        number, answers = self._numbers[plan], _answers(rows)
        self._numbers[plan] += 1
        batch = BatchRow(
            directory_id=self._here[0],
            import_id=self._here[1],
            plan=plan,
            number=number,
            answers=answers,
            rows_read=len(rows),
            last_line=0,
            mark=NOWHERE,
            counts={},
            codes_before={},
        )
        await write_batch(self._connection, batch)
        await failed_rows.keep_failed(
            self._connection,
            *self._here,
            plan=plan,
            number=number,
            answers=answers,
            lines=answers.lines,
            raw=[one.cells for one in rows],
        )

    async def stage(self, rows: Sequence[_Row]) -> None:
        """What is kept of the batch whose refusals were answered last."""
        staged = StagedRows(
            lines=[one.line for one in rows],
            rows=[one.row for one in rows],
            columns={},
            raw=[one.cells for one in rows],
        )
        await kept_rows.keep_rows(
            self._connection,
            *self._here,
            Kept.STAGED,
            self._numbers[0] - 1,
            pack_staged(staged),
            lines=staged.lines,
        )


async def _write(
    scribe: _Scribe, rows: Sequence[_Row], gone: Sequence[_Row], random: Random
) -> None:
    """First the file, then the rows that waited, then the plan: as a preview does."""
    cuts = list(_cut(rows, random, 4))
    planned = []
    for late in (False, True):
        for cut in cuts:
            here = [one for one in cut if one.late is late]
            await scribe.answer(0, [one for one in here if one.refused])
            if good := [one for one in here if not one.refused]:
                await scribe.stage(good)
                planned.append(good)
    for part in (gone[:3], gone[3:]):
        await scribe.answer(1, part)
    for batch in planned:
        await scribe.answer(1, [one for one in batch if not one.parked])
    parked = [one for batch in planned for one in batch if one.parked]
    for at in range(0, len(parked), 50):
        await scribe.answer(1, parked[at : at + 50])
    await scribe.answer(2, [replace(one, outcome=Outcome.NOT_APPLIED) for one in rows])


@pytest_asyncio.fixture(scope="module", params=_SEEDS)
async def book(cluster: Cluster, request: pytest.FixtureRequest) -> AsyncIterator[_Book]:
    """A preview of 3,000 rows in about as many batches; its plan is the first of two."""
    random = Random(request.param)
    url = await cluster.new_database()
    owner = await asyncpg.connect(url)
    directory_id = await Retained(owner).new_directory()
    import_id = await Retained(owner).an_import(directory_id, "0 days", hanging=0)
    await owner.execute("update imports set state = 'PREVIEWED', plan = 1 where id = $1", import_id)
    await owner.close()
    database = await Database.open(Settings(database_url=url))
    rows = _drawn(random)
    suspends = (Change("status", "active", "suspended"),)
    gone = [_Row(0, 0, Outcome.SUSPENDED, (), suspends) for _ in range(8)]
    within = database.within(directory_id)
    async with within.transaction() as connection:
        await _write(_Scribe(connection, directory_id, import_id), rows, gone, random)
        row = await imports.get_import(connection, directory_id, import_id)
    assert row
    yield _Book(within, row, [*gone, *rows])
    await database.close()


async def _listed(book: _Book, wanted: Wanted, budget: Budget) -> list[ListedRow]:
    after, found = Place(), list[ListedRow]()
    for _ in range(_MOST_PAGES):
        page, behind = await list_rows(book.database, book.row, wanted, after, budget, reader=True)
        assert len(page) <= budget.most
        found += page
        if behind is None:
            return found
        assert behind > after
        after = behind
    raise AssertionError("the list has no end")


def _as_drawn(listed: ListedRow) -> tuple[object, ...]:
    answers, at = listed.answers, listed.position
    return (
        answers.lines[at],
        answers.rows[at],
        answers.outcomes[at],
        tuple(issue.code for issue in answers.issues.get(at, ())),
        tuple(answers.changes.get(at, ())),
        list(listed.cells),
    )


def _fits(row: _Row, wanted: Wanted) -> bool:
    lines = wanted.lines
    return (
        (not wanted.outcomes or row.outcome in wanted.outcomes)
        and (wanted.code is None or wanted.code in row.codes)
        and (not wanted.with_issues or bool(row.codes))
        and (lines is None or lines.first <= row.line <= lines.last)
    )


@pytest.mark.parametrize(
    "budget", [Budget(40), Budget(1_000), Budget(30, batches=70, rows=100, staged_bytes=4_000)]
)
@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(),
        Wanted(outcomes={Outcome.FAILED}),
        Wanted(outcomes={Outcome.CREATED, Outcome.UPDATED}),
        Wanted(outcomes={Outcome.SUSPENDED}),
        Wanted(outcomes={Outcome.NOT_APPLIED}),
        Wanted(code=Code.WHITESPACE_TRIMMED),
        Wanted(code=Code.DUPLICATE_EMAIL, outcomes={Outcome.FAILED}),
        Wanted(code=Code.CONTROL_CHARACTER),
        Wanted(with_issues=True),
        Wanted(lines=LineRange(14_000, 47_000)),
        Wanted(lines=LineRange(40_000, 100_000), with_issues=True),
    ],
    ids=str,
)
@pytest.mark.few(22)
async def test_pages_are_the_rows_that_fit(book: _Book, wanted: Wanted, budget: Budget) -> None:
    """S05: each once, by line, with its cells; whatever the batches, and the size of pages."""
    found = [_as_drawn(one) for one in await _listed(book, wanted, budget)]
    assert found == [
        (one.line, one.row, one.outcome, one.codes, one.changes, one.cells)
        for one in book.rows
        if _fits(one, wanted)
    ]


@pytest.mark.parametrize("most", [1, 2, 3, 5])
async def test_a_page_may_end_among_suspended_users(book: _Book, most: int) -> None:
    """They all have line 0: the batch and the place in it count."""
    wanted = Wanted(outcomes={Outcome.SUSPENDED})
    found = await _listed(book, wanted, Budget(most))
    assert len({one.place for one in found}) == len(found) == 8


async def test_a_list_goes_on_from_any_place(book: _Book) -> None:
    """A place may be a line of which there is no row any more."""
    last = book.rows[-1].line
    for line in (0, 1, *range(2, last, last // 97), last, last + 1):
        page, behind = await list_rows(
            book.database, book.row, Wanted(), Place(line, 2**31 - 1, 0), Budget(5), reader=True
        )
        following = [one.line for one in book.rows if one.line > line]
        assert [one.place.line for one in page] == following[: len(page)]
        assert len(page) == 5 or behind or len(following) < 5
