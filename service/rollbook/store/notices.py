"""Notices: writes them with the change, claims, settles and lists them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from rollbook.model import Event, Lane, Mail, NoticeState
from rollbook.store.database import Connection, Database
from rollbook.store.statements import sql


class NewNotice(NamedTuple):
    """A notice to write: of a user, and of a line of the file (0: none).

    `password_version`: of a mail that opens the account, that of the password; 0: there is none.
    `address`: where the mail goes; '': to the user's own.
    """

    line: int
    user_id: int
    event: Event
    mail: Mail
    password_version: int = 0
    address: str = ""


class ClaimedRow(NamedTuple):
    """A claimed notice. `since_s`: seconds since its first claim.

    `password_version` and `address` are as in `NewNotice`. `opens_from`: when what it opens the
    account with begins to be good. `turn`: how many of its directory stand before it in the claim,
    and 1. `may_be_out`: an earlier attempt may have gone out, whatever became of it.
    `happened_at`: when that happened which it tells; None: when it was written.
    """

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
    first_claimed_at: datetime
    password_version: int
    opens_from: datetime
    address: str
    turn: int = 1
    may_be_out: bool = False
    happened_at: datetime | None = None


class NoticeUser(NamedTuple):
    """What is stored of a notice's user; `attributes` is JSON."""

    id: int
    employee_number: str
    email: str
    username: str
    first_name: str
    last_name: str
    name: str
    attributes: str


class Settled(NamedTuple):
    """The outcome of a claimed notice; PENDING: it is due again `after` so many seconds.

    `unsent`: surely nothing of this attempt went out, so that nobody has its link.
    """

    id: int
    state: NoticeState
    reason: str
    in_doubt: bool
    after: float
    unsent: bool = False


class NoticeRow(NamedTuple):
    """A stored notice; `line` 0: of no line, `employee_number` '': the user is deleted."""

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
    connection: Connection, directory_id: int, import_id: UUID | None, new: Sequence[NewNotice]
) -> None:
    """Write notices, in the transaction of their change; `import_id` None: by hand."""
    if new:
        await connection.execute(
            sql("notifications/notices_write"),
            directory_id,
            import_id,
            *map(list, zip(*new, strict=True)),
            [one.mail.lane for one in new],
        )


async def claim(
    database: Database, by: str, seconds: float, most: int, lanes: Sequence[Lane] = tuple(Lane)
) -> list[ClaimedRow]:
    """Claim at most `most` notices of these lanes that are due: of all directories, in turns.

    Of each directory the oldest first. `by` identifies the claim: it must be unique, and is given
    again to settle them.

    Raises:
        StoreError: as a transaction; nothing is claimed, or the claim lapses after so many seconds.
    """
    async with database.transaction() as connection:
        await connection.fetchrow(sql("notifications/notices_claim_begin"))
        if set(lanes) != {Lane.URGENT}:  # which no rate holds up
            await connection.execute(sql("notifications/notices_limits_lock"))
        rows = await connection.fetch(
            sql("notifications/notices_claim"), by, seconds, most, [*lanes]
        )
    found = (
        ClaimedRow(*row)._replace(event=Event(row["event"]), mail=Mail(row["mail"])) for row in rows
    )
    return sorted(found, key=lambda row: (row.turn, row.due_at, row.directory_id, row.id))


async def renew(database: Database, by: str, seconds: float, rows: Sequence[ClaimedRow]) -> None:
    """Extend a claim by so many seconds; notices that it has lost stay lost."""
    async with database.transaction() as connection:
        await connection.fetchrow(sql("notifications/notices_claim_begin"))
        await connection.execute(
            sql("notifications/notices_renew"),
            by,
            seconds,
            [row.directory_id for row in rows],
            [row.id for row in rows],
        )


async def release(database: Database, by: str) -> None:
    """Give back what a claim holds. Only for a claim of which nothing has been delivered.

    Raises:
        StoreError: as a transaction; what the claim holds lapses with it.
    """
    async with database.transaction() as connection:
        await connection.fetchrow(sql("notifications/notices_claim_begin"))
        await connection.execute(sql("notifications/notices_release"), by)


async def users(
    connection: Connection, directory_id: int, ids: Collection[int]
) -> dict[int, NoticeUser]:
    """What is stored now of users, by id; deleted users are missing."""
    rows = await connection.fetch(sql("notifications/notices_users"), directory_id, list(ids))
    return {row["id"]: NoticeUser(*row) for row in rows}


async def settle(
    connection: Connection, directory_id: int, by: str, settled: Sequence[Settled]
) -> int:
    """Store the outcome of claimed notices; returns how many the claim still held."""
    columns = map(list, zip(*settled, strict=True))
    count: int = await connection.fetchval(
        sql("notifications/notices_settle"), directory_id, by, *columns
    )
    return count


class Backlog(NamedTuple):
    """What waits to be delivered, in all directories: how many, and the age of the oldest.

    `held`: the queues on hold.
    """

    pending: int
    oldest_s: float
    held: Sequence[str] = ()


async def backlog(database: Database, most: int) -> Backlog:
    """What waits, looking at no more than `most` notices.

    Raises:
        StoreError: as a transaction.
    """
    async with database.transaction() as connection:
        await connection.fetchrow(sql("notifications/notices_claim_begin"))
        found = await connection.fetchrow(sql("notifications/notices_backlog"), most)
    return Backlog(*found) if found else Backlog(0, 0)


async def counts(
    connection: Connection, directory_id: int, import_id: UUID
) -> dict[NoticeState, int]:
    """How many notices of an import are in each state; states without any are missing."""
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
    states = [state] if state else list(NoticeState)
    rows = await connection.fetch(
        sql("notifications/notices_page"), directory_id, import_id, *after, states, most
    )
    return [_notice(NoticeRow(*row)) for row in rows]


async def newest(
    connection: Connection, directory_id: int, *, before: int, most: int
) -> list[NoticeRow]:
    """At most `most` notices of a directory, newest first, before the id `before`."""
    rows = await connection.fetch(sql("notifications/notices_newest"), directory_id, before, most)
    return [_notice(NoticeRow(*row)) for row in rows]


async def last(connection: Connection, directory_id: int, user_id: int) -> NoticeRow | None:
    """The last notice about a user, or None."""
    found = await connection.fetchrow(sql("notifications/notices_last"), directory_id, user_id)
    return _notice(NoticeRow(*found)) if found else None


async def by_key(connection: Connection, directory_id: int, key: UUID) -> NoticeRow | None:
    """The notice of a key, or None."""
    found = await connection.fetchrow(sql("notifications/notice_by_key"), directory_id, key)
    return _notice(NoticeRow(*found)) if found else None


async def bounced(connection: Connection, directory_id: int, key: UUID, reason: str) -> bool:
    """Settle a notice as undeliverable that was sent, or may have been; False: it was not one."""
    return bool(
        await connection.fetchval(sql("notifications/notice_bounced"), directory_id, key, reason)
    )


def _notice(row: NoticeRow) -> NoticeRow:
    return row._replace(event=Event(row.event), mail=Mail(row.mail), state=NoticeState(row.state))
