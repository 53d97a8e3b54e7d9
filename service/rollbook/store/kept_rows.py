"""Stores rows that an import keeps for later, packed, a batch a row."""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from rollbook.store.database import Connection
from rollbook.store.statements import sql


class Kept(StrEnum):
    """What rows are kept for: the end of their file, a plugin, their plan, or a full sync."""

    PARKED = "parked"
    WAITING = "waiting"
    STAGED = "staged"
    NAMED = "named"


async def keep_rows(
    connection: Connection,
    directory_id: int,
    import_id: UUID,
    kind: Kept,
    number: int,
    packed: bytes,
    *,
    lines: Sequence[int] = (),
) -> None:
    """Keep rows of the batch `number`; staged rows are found by their `lines`."""
    await connection.execute(
        sql("imports/rows_keep"),
        directory_id,
        import_id,
        kind.value,
        number,
        packed,
        min(lines, default=0),
        max(lines, default=0),
    )


async def kept_rows(
    connection: Connection, directory_id: int, import_id: UUID, kind: Kept
) -> AsyncIterator[tuple[int, bytes]]:
    """The rows kept, a batch at a time with its number, in the file's order."""
    after = -1
    while found := await next_kept(connection, directory_id, import_id, kind, after):
        after, _ = found
        yield found


async def next_kept(
    connection: Connection, directory_id: int, import_id: UUID, kind: Kept, after: int
) -> tuple[int, bytes] | None:
    """The number and the rows of the first batch kept after that number; None: there is none."""
    found = await connection.fetchrow(
        sql("imports/rows_kept"), directory_id, import_id, kind.value, after
    )
    return (found["number"], found["packed"]) if found else None


class StagedBatch(NamedTuple):
    """A batch of staged rows: its number, and its bytes."""

    number: int
    size: int


async def staged_with(
    connection: Connection, directory_id: int, import_id: UUID, lines: Sequence[int]
) -> Mapping[int, Sequence[StagedBatch]]:
    """The batches of staged rows that may have each of these lines."""
    found: defaultdict[int, list[StagedBatch]] = defaultdict(list)
    for row in await connection.fetch(sql("imports/rows_of_lines"), directory_id, import_id, lines):
        found[row["line"]].append(StagedBatch(row["number"], row["size"]))
    return found


async def staged(
    connection: Connection, directory_id: int, import_id: UUID, numbers: Sequence[int]
) -> list[bytes]:
    """The batches of staged rows of these numbers, packed; swept ones are left out."""
    found = await connection.fetch(
        sql("imports/rows_read"), directory_id, import_id, Kept.STAGED.value, numbers
    )
    return [row["packed"] for row in found]


async def forget_batch(
    connection: Connection, directory_id: int, import_id: UUID, kind: Kept, number: int
) -> None:
    """Let go of what is kept of the batch `number`."""
    await connection.execute(
        sql("imports/rows_forget_batch"), directory_id, import_id, kind.value, number
    )


async def forget_rows(
    connection: Connection, directory_id: int, import_id: UUID, kind: Kept
) -> None:
    """Let go of kept rows."""
    await connection.execute(sql("imports/rows_forget"), directory_id, import_id, kind.value)


async def take_rows(
    connection: Connection, directory_id: int, import_id: UUID, kind: Kept
) -> bytes | None:
    """Take the first batch of kept rows away; None: there is none."""
    found: bytes | None = await connection.fetchval(
        sql("imports/rows_take"), directory_id, import_id, kind.value
    )
    return found
