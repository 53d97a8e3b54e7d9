"""Finds batches of the ledger by line, and by what they hold, for pages of an import's rows."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from rollbook.store.database import Connection
from rollbook.store.statements import sql

LAST = 2**31 - 1
"""No batch has this number."""


class Holding(NamedTuple):
    """What the batches that are wanted hold: `every` one of these words, and any of `one_of`.

    The words are those of `ledger.held_by`; `one_of` None: whatever.
    """

    every: Sequence[str] = ()
    one_of: Sequence[str] | None = None


class Entry(NamedTuple):
    """A batch of the ledger: its first line, its rows, and whether it may hold what is wanted."""

    plan: int
    number: int
    first_line: int
    rows: int
    fits: bool


async def across(
    connection: Connection,
    directory_id: int,
    import_id: UUID,
    plan: int,
    line: int,
    holding: Holding,
) -> list[Entry]:
    """The batches that begin at or before the line and end behind it.

    Of plan 0 and of `plan`. Of each of the two there are a few: one of the rows as they came, and
    those of rows that had waited for a plugin, or for the end of the file.
    """
    found = await connection.fetch(
        sql("imports/batches_across"), directory_id, import_id, plan, line, *holding
    )
    return [Entry(*row) for row in found]


async def following(
    connection: Connection,
    directory_id: int,
    import_id: UUID,
    plan: int,
    after: tuple[int, int],
    holding: Holding,
    *,
    most: int,
) -> list[Entry]:
    """The next batches by first line, then number, at most `most`: of plan 0 and of `plan`."""
    line, number = after
    found = await connection.fetch(
        sql("imports/batches_following"),
        directory_id,
        import_id,
        plan,
        line,
        *holding,
        number,
        most,
    )
    return [Entry(*row) for row in found]


async def packed_answers(
    connection: Connection, directory_id: int, import_id: UUID, entries: Sequence[Entry]
) -> dict[tuple[int, int], bytes]:
    """The packed answers of those batches, by plan and number."""
    found = await connection.fetch(
        sql("imports/batches_read"),
        directory_id,
        import_id,
        [entry.plan for entry in entries],
        [entry.number for entry in entries],
    )
    return {(row["plan"], row["number"]): row["results"] for row in found}
