"""A PostgreSQL address → connections and transactions."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

import asyncpg

from rollbook.settings import Settings
from rollbook.store.faults import Unavailable, translated
from rollbook.store.patience import patiently
from rollbook.store.statements import sql

if TYPE_CHECKING:
    Connection = asyncpg.pool.PoolConnectionProxy[asyncpg.Record]
else:
    Connection = asyncpg.pool.PoolConnectionProxy

Record = asyncpg.Record
T = TypeVar("T")


class Database:
    """An open pool of connections. Make it with `open`, and `close` it.

    One connection is never given to whoever may wait for a lock while holding it: the lock's
    holder may need a second one, a lease must be renewed, and somebody may want to look.
    """

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", size: int):
        self._pool = pool
        self._may_wait = asyncio.Semaphore(size - 1)

    @classmethod
    async def open(cls, settings: Settings) -> "Database":
        """Connect to `settings.database_url`.

        Raises:
            Unavailable: nobody answers there.
        """
        size = max(2, settings.pool_size)
        with translated():
            pool = await asyncpg.create_pool(
                settings.database_url,
                min_size=1,
                max_size=size,
                statement_cache_size=settings.statement_cache_size,
                timeout=10,
                command_timeout=300,
                server_settings={"application_name": "rollbook"},
            )
        if pool is None:
            raise Unavailable("no pool")
        return cls(pool, size)

    async def close(self) -> None:
        """Give every connection back. Those that do not let go within ten seconds are cut."""
        try:
            async with asyncio.timeout(10):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection, each statement its own transaction.

        Raises:
            Unavailable, Conflict, StoreFull, StoreError: as `translated`.
        """
        with translated():
            async with self._pool.acquire(timeout=30) as connection:
                yield connection

    @asynccontextmanager
    async def waiting(self) -> AsyncIterator[Connection]:
        """As `connection`, for whoever may have to wait for a lock."""
        async with self._may_wait, self.connection() as connection:
            yield connection

    async def ask(
        self, question: Callable[[Connection], Awaitable[T]], *, waiting: bool = False
    ) -> T:
        """The answer to a question, which may be asked twice: waits for a database that is away.

        Raises:
            Unavailable: it stayed away. Conflict, StoreFull, StoreError: as `translated`.
        """

        async def attempt() -> T:
            async with self.waiting() if waiting else self.connection() as connection:
                return await question(connection)

        return await patiently(attempt)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A connection within one transaction; leaving it commits, an exception rolls back.

        Raises:
            Unavailable, Conflict, StoreFull, StoreError: as `translated`.
        """
        async with self.connection() as connection, connection.transaction():
            yield connection

    @asynccontextmanager
    async def savepoint(self, connection: Connection) -> AsyncIterator[None]:
        """A part of a transaction that is undone by itself if it fails.

        Raises:
            Unavailable, Conflict, StoreFull, StoreError: as `translated`.
        """
        with translated():
            async with connection.transaction():
                yield

    @asynccontextmanager
    async def batch(
        self, *, idle_timeout_s: float, beside: bool = False
    ) -> AsyncIterator[Connection]:
        """A transaction set up to write a batch: see `transaction_settings.sql`.

        `beside`: another one is open meanwhile, and this one waits for no lock.
        """
        async with (
            self.connection() if beside else self.waiting() as connection,
            connection.transaction(),
        ):
            await connection.fetchrow(
                sql("transaction_settings"), str(max(1000, int(idle_timeout_s * 1000)))
            )
            yield connection
