"""The statements of a full sync: whom the file names, whom it may mean, whom it misses.

`create`, `name_users`, `note_missing` and `let_go` are within the transaction of a plan, in this
order; `doubts_of` is asked for the rows that it plans then. `in_doubt` is asked before, of rows
that failed as they came.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rollbook.store.database import Connection
from rollbook.store.staging import Guarded, Target
from rollbook.store.statements import schema_number, script, sql


class Named(NamedTuple):
    """Whom a row of a file names: its line, and the keys of number, e-mail and username.

    Line 0: the row was answered before. `may_follow`: without a username of its own, the row may
    change its user's username with the e-mail.
    """

    line: int
    number_key: str
    email_key: str | None
    username_key: str | None
    gives_username: bool
    may_follow: bool


class Doubt(NamedTuple):
    """A user whom a failed row may mean, by a field of it: the row's line or place, the number."""

    row: int
    field: str
    employee_number: str


async def create(connection: Connection) -> None:
    """Create the temporary tables of a sync."""
    await connection.execute(
        script(
            sql("full_sync/named_create"),
            sql("full_sync/named_index"),
            sql("full_sync/missing_create"),
            sql("full_sync/missing_by_email"),
            sql("full_sync/missing_by_username"),
            sql("full_sync/doubts_create"),
            sql("full_sync/doubts_index"),
        )
    )


async def name_users(connection: Connection, rows: Iterable[Named]) -> None:
    """Record whom rows of the file name."""
    await connection.copy_records_to_table(
        f"named_{schema_number()}", records=rows, columns=list(Named._fields)
    )


async def active_of_source(connection: Connection, target: Target) -> int:
    """How many active users the source names."""
    found = await connection.fetchval(
        sql("full_sync/source_active"), target.directory_id, target.source
    )
    return int(found)


async def protected_missing(connection: Connection, target: Target) -> int:
    """How many users would be suspended if they were not protected."""
    found = await connection.fetchval(
        sql("full_sync/protected_missing"), target.directory_id, target.source
    )
    return int(found)


async def note_missing(connection: Connection, target: Target, guarded: Guarded) -> bool:
    """Find the users whom the file does not name, without those in doubt, and the guarded.

    Returns whether there are any in doubt.
    """
    missing = await connection.fetchval(
        sql("full_sync/missing"), target.directory_id, target.source, *guarded
    )
    if not missing:
        return False
    await connection.execute(sql("full_sync/doubts"), target.directory_id)
    return bool(await connection.fetchval(sql("full_sync/sure")))


async def doubts_of(connection: Connection, lines: Sequence[int]) -> list[Doubt]:
    """Whom the rows at these lines may mean, among the users who would have been suspended."""
    return [Doubt(*row) for row in await connection.fetch(sql("full_sync/doubts_of"), lines)]


class LetGo(NamedTuple):
    """A user who has lost the source; `is_suspended`: it was the last. `stays`: still active."""

    id: int
    employee_number: str
    is_suspended: bool
    stays: bool


async def let_go(connection: Connection, target: Target) -> list[LetGo]:
    """Take the source from the missing users, and suspend those who have no other."""
    rows = await connection.fetch(
        sql("full_sync/let_go"),
        target.directory_id,
        target.source,
        target.import_id,
        target.principal,
    )
    return [LetGo(*row) for row in rows]


async def in_doubt(
    connection: Connection, target: Target, guarded: Guarded, rows: Sequence[Named]
) -> list[Doubt]:
    """Whom these failed rows mean beside the user of their number; `row` is the place in `rows`.

    Only users whom a full sync of the source may suspend: it is their last.
    """
    _, *columns = zip(*rows, strict=True)
    found = await connection.fetch(
        sql("full_sync/in_doubt"), target.directory_id, target.source, *guarded, *columns
    )
    return [Doubt(*row) for row in found]
