"""Repeats a transaction that may break or conflict until it has happened exactly once.

This decides after a connection broke in mid-batch: whether the batch was committed, by the ledger.
After the server itself died, the next call goes on from `store.ledger.reached`.
"""

import asyncio
from collections.abc import Awaitable, Callable

from rollbook.errors import Reason, Refusal
from rollbook.store import Conflict, Connection, StoreFull, TenantDatabase, Unavailable

MOST_CONFLICTS = 5
"""Times a batch is planned again after a unique key refused it."""

_PATIENCE_S = 60.0
"""How long pauses last together for a database that reads and does not write, as after a failover.
Only pauses count: who waited long for the turn has met a directory that is busy, and no fault."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 1.0


async def settle(
    database: TenantDatabase,
    attempt: Callable[[int], Awaitable[None]],
    happened: Callable[[Connection], Awaitable[bool]],
    *,
    patience_s: float = _PATIENCE_S,
) -> None:
    """Attempt until it is known to have happened; pauses last `patience_s` together, at most.

    `attempt` is given how many times a unique key has refused it so far, at most `MOST_CONFLICTS`.
    `happened` reads the ledger after a doubt; it first waits until what is in doubt has ended, for
    a COMMIT may still be under way when its connection is gone.

    Raises:
        Conflict: the last attempt was refused, too.
        Refusal: STORAGE_FULL; or SERVER_DRAINING, the database stayed away too long.
    """
    conflicts = 0
    paused, pause = 0.0, _FIRST_PAUSE
    while True:
        try:
            await attempt(conflicts)
        except Conflict:
            if conflicts >= MOST_CONFLICTS:
                raise
            conflicts += 1
        except StoreFull:
            raise Refusal(
                Reason.STORAGE_FULL,
                "The database has no room left. Everything answered is kept; make room, then "
                "send the file again with the same import id.",
            ) from None
        except Unavailable:
            if await _happened(database, happened):
                return
            if paused > patience_s:
                raise away() from None
            await asyncio.sleep(pause)
            paused += pause
            pause = min(_LONGEST_PAUSE, 2 * pause)
        else:
            return


async def _happened(
    database: TenantDatabase, happened: Callable[[Connection], Awaitable[bool]]
) -> bool:
    try:
        return await database.ask(happened, waiting=True)
    except Unavailable:
        raise away() from None


def away() -> Refusal:
    """The database stayed away for longer than an import waits."""
    return Refusal(
        Reason.SERVER_DRAINING,
        "The database is away. Everything answered is kept; send the file again "
        "with the same import id.",
    )
