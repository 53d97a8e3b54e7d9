"""Stores the cells of failed rows for the failure report, packed, a batch a row."""

from collections.abc import AsyncIterator, Sequence
from typing import NamedTuple
from uuid import UUID

from rollbook.model import Answers, Issue, Outcome
from rollbook.store.database import Connection, TenantDatabase
from rollbook.store.packing import pack, stored_issue
from rollbook.store.statements import sql


class FailedBatch(NamedTuple):
    """The failed rows of a batch: the first of their lines; each line and its cells, packed."""

    first_line: int
    packed: bytes


async def keep_failed(
    connection: Connection,
    directory_id: int,
    import_id: UUID,
    *,
    plan: int,
    number: int,
    answers: Answers,
    lines: Sequence[int],
    raw: Sequence[Sequence[str]],
) -> None:
    """Keep the cells of those rows that failed, in the transaction that answers them.

    `lines` and `raw` are all rows of the batch `number`, and their cells as written.
    """
    if found := _failed_rows(answers, lines, raw):
        await connection.execute(
            sql("imports/failed_rows_write"),
            directory_id,
            import_id,
            plan,
            number,
            found[0][0],
            pack(found),
        )


def _failed_rows(
    answers: Answers, lines: Sequence[int], raw: Sequence[Sequence[str]]
) -> list[tuple[int, list[str]]]:
    if Outcome.FAILED not in answers.outcomes:
        return []
    failed = {
        line
        for line, outcome in zip(answers.lines, answers.outcomes, strict=True)
        if outcome is Outcome.FAILED
    }
    return sorted((line, list(raw)) for line, raw in zip(lines, raw, strict=True) if line in failed)


async def kept(
    database: TenantDatabase, directory_id: int, import_id: UUID, *, plan: int
) -> AsyncIterator[FailedBatch]:
    """What was kept, by first line, a batch at a time: of plan 0 and of the plan in force.

    Holds no connection between two batches.
    """
    after = (-1, -1, -1)
    while True:
        async with database.connection() as connection:
            found = await connection.fetchrow(
                sql("imports/failed_rows_page"), directory_id, import_id, plan, *after
            )
        if found is None:
            return
        yield FailedBatch(found["first_line"], found["packed"])
        after = (found["first_line"], found["plan"], found["number"])


class Cells(NamedTuple):
    """Where the cells of a batch's failed rows are: the first of their lines, plan and number."""

    first_line: int
    plan: int
    number: int


async def cells_at(
    connection: Connection, directory_id: int, import_id: UUID, places: Sequence[Cells]
) -> list[bytes]:
    """What was kept of those batches, packed: each line and its cells. Swept ones are left out."""
    found = await connection.fetch(
        sql("imports/failed_rows_cells"),
        directory_id,
        import_id,
        *([place[at] for place in places] for at in range(3)),
    )
    return [row["packed"] for row in found]


async def issues_of(
    connection: Connection, directory_id: int, import_id: UUID, *, plan: int, lines: Sequence[int]
) -> dict[int, list[Issue]]:
    """The issues of these lines: of plan 0 and of the plan in force."""
    found: dict[int, list[Issue]] = {}
    for row in await connection.fetch(
        sql("imports/failed_rows_issues"), directory_id, import_id, plan, lines
    ):
        issue = stored_issue(row["code"], row["field"], row["message"], row["params"])
        found.setdefault(row["line"], []).append(issue)
    return found
