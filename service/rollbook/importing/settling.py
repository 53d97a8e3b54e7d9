"""A transaction that may break, conflict or be in doubt → one that happened exactly once."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from rollbook.errors import Reason, Refusal
from rollbook.store import Conflict, Connection, Database, StoreFull, Unavailable

_PATIENCE_S = 60.0
"""How long an import waits for a database that went away before it is INTERRUPTED."""

_CONFLICTS = 5
"""Times a batch is planned again after a unique key refused it."""


@dataclass(frozen=True, slots=True)
class Try:
    """How a transaction is tried: looking for conflicts first; or not at all any more."""

    careful: bool
    give_up: bool


async def settle(
    database: Database,
    attempt: Callable[[Try], Awaitable[None]],
    happened: Callable[[Connection], Awaitable[bool]],
    *,
    careful: bool,
) -> None:
    """Attempt until it is known to have happened. `happened` reads the ledger after a doubt.

    Raises:
        Refusal: STORAGE_FULL; or SERVER_DRAINING, the database stayed away too long.
    """
    deadline = asyncio.get_running_loop().time() + _PATIENCE_S
    conflicts = 0
    while True:
        try:
            await attempt(Try(careful or conflicts > 0, conflicts >= _CONFLICTS))
        except Conflict:
            conflicts += 1
        except StoreFull:
            raise Refusal(
                Reason.STORAGE_FULL,
                "The database has no room left. Everything answered is kept; make room, then "
                "send the file again with the same import id.",
            ) from None
        except Unavailable:
            if await _happened(database, happened, deadline):
                return
        else:
            return


async def _happened(
    database: Database, happened: Callable[[Connection], Awaitable[bool]], deadline: float
) -> bool:
    """Ask the ledger; waits for the database to come back."""
    pause = 0.05
    while True:
        try:
            async with database.connection() as connection:
                return await happened(connection)
        except Unavailable:
            if asyncio.get_running_loop().time() > deadline:
                raise Refusal(
                    Reason.SERVER_DRAINING,
                    "The database is away. Everything answered is kept; send the file again "
                    "with the same import id.",
                ) from None
            await asyncio.sleep(pause)
            pause = min(1.0, 2 * pause)
