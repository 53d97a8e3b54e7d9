"""A PostgreSQL address → connections and transactions."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import asyncpg

from rollbook.settings import Settings
from rollbook.store.faults import Unavailable, translated
from rollbook.store.statements import sql

if TYPE_CHECKING:
    Connection = asyncpg.pool.PoolConnectionProxy[asyncpg.Record]
else:
    Connection = asyncpg.pool.PoolConnectionProxy

Record = asyncpg.Record


class Database:
    """An open pool of connections. Make it with `open`, and `close` it."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]"):
        self._pool = pool

    @classmethod
    async def open(cls, settings: Settings) -> "Database":
        """Connect to `settings.database_url`.

        Raises:
            Unavailable: nobody answers there.
        """
        with translated():
            pool = await asyncpg.create_pool(
                settings.database_url,
                min_size=1,
                max_size=settings.pool_size,
                statement_cache_size=settings.statement_cache_size,
                timeout=10,
                command_timeout=300,
                server_settings={"application_name": "rollbook"},
            )
        if pool is None:
            raise Unavailable("no pool")
        return cls(pool)

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
    async def batch(self, *, idle_timeout_s: float) -> AsyncIterator[Connection]:
        """A transaction set up to write a batch: see `transaction_settings.sql`."""
        async with self.transaction() as connection:
            await connection.fetchrow(
                sql("transaction_settings"), str(max(1000, int(idle_timeout_s * 1000)))
            )
            yield connection
