"""Notices: written with what they tell, claimed by couriers, settled, listed."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from rollbook.model import Event, Mail, NoticeState
from rollbook.store.database import Connection, Database
from rollbook.store.statements import sql


class ToldOf(NamedTuple):
    """What is to be told: of a line (0: none) and its user."""

    line: int
    user_id: int
    event: Event
    mail: Mail


class ClaimedRow(NamedTuple):
    """A notice that is ours for a while. `since_s`: seconds since its first claim."""

    directory_id: int
    directory: str
    directory_name: str
    id: int
    key: UUID
    user_id: int
    import_id: UUID | None
    event: Event
    mail: Mail
    created_at: datetime
    attempts: int
    in_doubt: bool
    due_at: datetime
    since_s: float


class ToldRow(NamedTuple):
    """What is stored of a user who is told of."""

    id: int
    employee_number: str
    email: str
    username: str
    first_name: str
    last_name: str
    name: str


class Settled(NamedTuple):
    """What became of a claimed notice; PENDING: it is due again `after` so many seconds."""

    id: int
    state: NoticeState
    reason: str
    in_doubt: bool
    after: float


class NoticeRow(NamedTuple):
    """A notice as it stands; `line` 0: of no line, `employee_number` '': the user is gone."""

    line: int
    id: int
    key: UUID
    user_id: int
    employee_number: str
    event: Event
    mail: Mail
    state: NoticeState
    reason: str
    attempts: int
    in_doubt: bool
    created_at: datetime
    due_at: datetime
    settled_at: datetime | None
    import_id: UUID | None


async def write(
    connection: Connection, directory_id: int, import_id: UUID | None, told: Sequence[ToldOf]
) -> None:
    """Write notices, in the transaction that did what they tell; `import_id` None: by hand."""
    if told:
        await connection.execute(
            sql("notifications/notices_write"),
            directory_id,
            import_id,
            *map(list, zip(*told, strict=True)),
        )


async def claim(database: Database, by: str, seconds: float, most: int) -> list[ClaimedRow]:
    """Claim at most `most` notices that are due, oldest first, of whatever directories.

    `by` must be new: whoever settles them later says it again.

    Raises:
        StoreError: as a transaction; nothing is claimed, or it lapses after so many seconds.
    """
    async with database.transaction() as connection:
        await connection.fetchrow(sql("notifications/notices_worker"))
        await connection.execute(sql("notifications/notices_limits_lock"))
        rows = await connection.fetch(sql("notifications/notices_claim"), by, seconds, most)
    found = (
        ClaimedRow(*row)._replace(event=Event(row["event"]), mail=Mail(row["mail"])) for row in rows
    )
    return sorted(found, key=lambda row: (row.due_at, row.directory_id, row.id))


async def renew(database: Database, by: str, seconds: float, rows: Sequence[ClaimedRow]) -> None:
    """Keep a claim for so many seconds more; what is not its any more stays another's."""
    async with database.transaction() as connection:
        await connection.fetchrow(sql("notifications/notices_worker"))
        await connection.execute(
            sql("notifications/notices_renew"),
            by,
            seconds,
            [row.directory_id for row in rows],
            [row.id for row in rows],
        )


async def users(
    connection: Connection, directory_id: int, ids: Collection[int]
) -> dict[int, ToldRow]:
    """What is stored now of users, by id; who is gone is missing."""
    rows = await connection.fetch(sql("notifications/notices_users"), directory_id, list(ids))
    return {row["id"]: ToldRow(*row) for row in rows}


async def settle(
    connection: Connection, directory_id: int, by: str, settled: Sequence[Settled]
) -> int:
    """Say what became of claimed notices; answers of how many the claim still held."""
    columns = map(list, zip(*settled, strict=True))
    count: int = await connection.fetchval(
        sql("notifications/notices_settle"), directory_id, by, *columns
    )
    return count


async def counts(
    connection: Connection, directory_id: int, import_id: UUID
) -> dict[NoticeState, int]:
    """How many notices of an import stand where; a state that none has is missing."""
    rows = await connection.fetch(sql("notifications/notices_counts"), directory_id, import_id)
    return {NoticeState(row["state"]): row["notices"] for row in rows}


async def page(
    connection: Connection,
    directory_id: int,
    import_id: UUID,
    *,
    after: tuple[int, int],
    state: NoticeState | None,
    most: int,
) -> list[NoticeRow]:
    """At most `most` notices of an import by line, after the line and id `after`."""
    rows = await connection.fetch(
        sql("notifications/notices_page"), directory_id, import_id, *after, state, most
    )
    return [_notice(NoticeRow(*row)) for row in rows]


async def last(connection: Connection, directory_id: int, user_id: int) -> NoticeRow | None:
    """The last notice about a user, or None."""
    found = await connection.fetchrow(sql("notifications/notices_last"), directory_id, user_id)
    return _notice(NoticeRow(*found)) if found else None


def _notice(row: NoticeRow) -> NoticeRow:
    return row._replace(event=Event(row.event), mail=Mail(row.mail), state=NoticeState(row.state))
