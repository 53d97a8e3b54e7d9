"""Notices that were not sent, or are in doubt: finds them, and writes new ones in their place."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from rollbook.model import Mail, NoticeState
from rollbook.store.database import Connection, Record
from rollbook.store.statements import sql

RESENT = "resent"
"""The verdict on a notice that is sent again; all others say why it is not."""


class Resend(NamedTuple):
    """Which failed notices are sent again; None: of any import, of any user, of any key."""

    states: Sequence[NoticeState]
    import_id: UUID | None = None
    user_id: int | None = None
    key: UUID | None = None


async def latest_id(connection: Connection, directory_id: int) -> int:
    """The id of the directory's last notice; 0: there is none."""
    return int(await connection.fetchval(sql("notifications/notices_latest"), directory_id))


async def failed(
    connection: Connection, directory_id: int, wanted: Resend, *, after: int, until: int, most: int
) -> dict[int, Mail]:
    """At most `most` notices to send again, of the ids behind `after` up to `until`: their mails.

    By id, in rising order.
    """
    rows = await connection.fetch(
        sql("notifications/notices_failed"),
        directory_id,
        *([state.value for state in wanted.states], wanted.import_id, wanted.user_id, wanted.key),
        *(after, until, most),
    )
    return {row["id"]: Mail(row["mail"]) for row in rows}


class Judged(NamedTuple):
    """How many notices of a state are sent again, or not, and why not."""

    state: NoticeState
    verdict: str
    notices: int


async def resend(connection: Connection, directory_id: int, ids: Sequence[int]) -> list[Judged]:
    """Write new notices in the place of failed ones; what became of how many."""
    return _judged(
        await connection.fetch(sql("notifications/notices_resend"), directory_id, list(ids))
    )


async def count(connection: Connection, directory_id: int, ids: Sequence[int]) -> list[Judged]:
    """What `resend` would answer now; nothing is written."""
    return _judged(
        await connection.fetch(sql("notifications/notices_resend_count"), directory_id, list(ids))
    )


def _judged(rows: Sequence[Record]) -> list[Judged]:
    return [Judged(NoticeState(row["state"]), row["verdict"], row["notices"]) for row in rows]
