"""Queues of notices that are on hold, for all servers of the database."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from rollbook.model import Queue
from rollbook.store.database import Connection
from rollbook.store.statements import sql


class Hold(NamedTuple):
    """A queue on hold: `refused` notices in a row through `plugin`, the last for `reason`.

    `probe_due`: whether some notices are to be tried now.
    """

    queue: Queue
    plugin: str
    reason: str
    refused: int
    since: datetime
    probe_at: datetime
    probe_due: bool


async def read(connection: Connection) -> Sequence[Hold]:
    """What is on hold."""
    rows = await connection.fetch(sql("notifications/holds"))
    return [Hold(*row)._replace(queue=Queue(row["queue"])) for row in rows]


async def begin(
    connection: Connection, queue: Queue, plugin: str, reason: str, refused: int, seconds: float
) -> bool:
    """Put a queue on hold, to be tried in so many seconds; False: it was already."""
    return bool(
        await connection.fetchval(
            sql("notifications/hold_begin"), queue.value, plugin, reason, refused, seconds
        )
    )


async def probed(connection: Connection, queue: Queue, seconds: float) -> None:
    """Note that some of the queue are being tried, and the next ones in so many seconds."""
    await connection.execute(sql("notifications/hold_probed"), queue.value, seconds)


async def end(connection: Connection, queue: Queue) -> bool:
    """End a hold; False: there was none."""
    return bool(await connection.fetchval(sql("notifications/hold_end"), queue.value))
