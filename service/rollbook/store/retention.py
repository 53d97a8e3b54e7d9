"""Marks and then deletes what has been kept for long enough, a few rows at a time.

Of an import its kept rows are deleted first, and later all of it. A mark is set before that, in a
separate transaction, so that no call uses what is being deleted, and the next sweep goes on from
there.
"""

from enum import StrEnum
from uuid import UUID

from rollbook.store.database import Connection
from rollbook.store.statements import sql


class Going(StrEnum):
    """What of an import is being deleted: the cells and rows that it kept, or all of it."""

    ROWS = "rows_going"
    ALL = "nothing"


async def take_turn(connection: Connection, server: str, seconds: float) -> bool:
    """Take the turn to sweep; False while it is another's, or the next one is not due."""
    return bool(await connection.fetchval(sql("retention/turn_take"), server, seconds))


async def keep_turn(connection: Connection, server: str, seconds: float) -> bool:
    """Keep other servers from sweeping for so long; False if the turn was lost."""
    return bool(await connection.fetchval(sql("retention/turn_keep"), server, seconds))


async def directories(connection: Connection) -> list[int]:
    """The ids of all directories."""
    return [row["id"] for row in await connection.fetch(sql("retention/directories"))]


async def mark_rows(connection: Connection, directory_id: int, days: int, most: int) -> int:
    """Mark imports that have rested for so many days, so that their kept rows may go; how many."""
    return int(await connection.fetchval(sql("retention/rows_mark"), directory_id, days, most))


async def mark_imports(connection: Connection, directory_id: int, days: int, most: int) -> int:
    """Hide imports that have rested for so many days, so that all of them may go; how many."""
    return int(await connection.fetchval(sql("retention/imports_mark"), directory_id, days, most))


async def going(connection: Connection, directory_id: int, what: Going, most: int) -> list[UUID]:
    """Marked imports, the oldest first."""
    found = await connection.fetch(sql("retention/imports_going"), directory_id, what.value, most)
    return [row["id"] for row in found]


async def delete_rows(connection: Connection, directory_id: int, import_id: UUID, most: int) -> int:
    """Delete batches of rows that the import had kept for later; how many."""
    return int(
        await connection.fetchval(sql("retention/rows_delete"), directory_id, import_id, most)
    )


async def delete_failures(
    connection: Connection, directory_id: int, import_id: UUID, most: int
) -> int:
    """Delete batches of the cells of failed rows; how many."""
    return int(
        await connection.fetchval(sql("retention/failures_delete"), directory_id, import_id, most)
    )


async def delete_ledger(
    connection: Connection, directory_id: int, import_id: UUID, most: int
) -> int:
    """Delete batches of the ledger; how many."""
    return int(
        await connection.fetchval(sql("retention/batches_delete"), directory_id, import_id, most)
    )


async def delete_issues(
    connection: Connection, directory_id: int, import_id: UUID, most: int
) -> int:
    """Delete issues; how many."""
    return int(
        await connection.fetchval(sql("retention/issues_delete"), directory_id, import_id, most)
    )


async def rows_gone(connection: Connection, directory_id: int, import_id: UUID) -> None:
    """Mark that only the answers of the import are left, and delete its lease."""
    await connection.execute(sql("retention/rows_gone"), directory_id, import_id)


async def delete_import(connection: Connection, directory_id: int, import_id: UUID) -> None:
    """Delete an import from which nothing hangs any more, with its lease."""
    await connection.execute(sql("retention/import_delete"), directory_id, import_id)


async def delete_notices(connection: Connection, directory_id: int, days: int, most: int) -> int:
    """Delete notices that were settled so many days ago; how many."""
    return int(await connection.fetchval(sql("retention/notices_delete"), directory_id, days, most))


async def delete_sessions(connection: Connection, days: int, most: int) -> int:
    """Delete sessions that ended so many days ago; how many."""
    return int(await connection.fetchval(sql("retention/sessions_delete"), days, most))


async def delete_tokens(connection: Connection, days: int, most: int) -> int:
    """Delete tokens that ended so many days ago; how many. Their names do not get free by it."""
    return int(await connection.fetchval(sql("retention/tokens_delete"), days, most))
