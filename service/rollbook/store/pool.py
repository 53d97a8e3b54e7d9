"""Two pools of connections: for writers of batches, and one that is kept free of them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import asyncpg

from rollbook.settings import Settings
from rollbook.store.connection import Connection
from rollbook.store.errors import translated
from rollbook.store.first_connection import no_connection
from rollbook.store.turns import Turns

if TYPE_CHECKING:
    _Pool = asyncpg.Pool[asyncpg.Record]
else:
    _Pool = asyncpg.Pool


@dataclass(slots=True)
class Connections:
    """An open pool. `fenced`: the application's role may be taken.

    `most_ahead`: how many of the writers' may hold rows that were sent ahead of their turn.
    `idle_ms`: after so long PostgreSQL ends an idle transaction. A client that died without closing
    its connection must not keep its locks for ever.

    A third of the connections, at least one, is never given to those who write batches: reads,
    the beats of leases and the second connection of a plan find one there at once.
    """

    pool: _Pool
    writers: asyncio.Semaphore
    turns: Turns
    most_ahead: int
    idle_ms: int
    fenced: bool = False
    _ahead: int = 0

    @asynccontextmanager
    async def one(self) -> AsyncIterator[Connection]:
        """A connection as it is; raises as `Door.connection`."""
        with translated():
            async with self.pool.acquire(timeout=30) as connection:
                yield connection

    @asynccontextmanager
    async def one_to_spare(self) -> AsyncIterator[Connection | None]:
        """As `one_to_write`, for who sends rows ahead; None: others need what there is.

        It never waits, and leaves half of the writers' connections to batches whose turn it is.
        """
        if self.writers.locked() or self._ahead >= self.most_ahead:
            yield None
            return
        self._ahead += 1
        try:
            async with self.one_to_write() as connection:
                yield connection
        finally:
            self._ahead -= 1

    @asynccontextmanager
    async def one_to_write(self) -> AsyncIterator[Connection]:
        """As `one`, for callers that may hold it for long."""
        async with self.writers, self.one() as connection:
            yield connection


async def open_connections(settings: Settings) -> Connections:
    """Connect to `settings.database_url`.

    Raises:
        Unavailable, NoLogin: there is no connection; the message is the reason in a sentence.
    """
    size = max(2, settings.pool_size)
    idle_ms = max(1000, int(settings.lease * 1000))
    try:
        pool = await asyncpg.create_pool(
            settings.database_url,
            min_size=1,
            max_size=size,
            reset=_nothing_to_reset,
            **connecting(settings),
        )
    except (
        *(asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError),
        *(OSError, ValueError, OverflowError),
    ) as error:
        raise no_connection(settings.database_url, error) from error
    most = max(1, size - max(1, size // 3))
    turns = Turns(settings.turn_wait)
    return Connections(pool, asyncio.Semaphore(most), turns, most // 2, idle_ms)


def connecting(settings: Settings) -> dict[str, Any]:
    """How a connection is made, in the pool and outside of it, as asyncpg takes it."""
    return {
        "statement_cache_size": settings.statement_cache_size,
        "timeout": 10,
        "command_timeout": 300,
        "server_settings": {"application_name": "rollbook"},
    }


async def _nothing_to_reset(_: object) -> None:
    """Every setting and lock of ours ends with its transaction: a round trip less each time."""
