"""Gives connections and transactions, each within one directory by row-level security."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import TypeVar

import asyncpg

from rollbook.settings import Settings
from rollbook.store.connection import Connection, Record, SingleStatements, transaction
from rollbook.store.errors import translated
from rollbook.store.pool import Connections, connecting, open_connections
from rollbook.store.retry import patiently
from rollbook.store.statements import script, sql, with_number
from rollbook.store.turns import Turns

T = TypeVar("T")

__all__ = ["Connection", "Database", "Door", "Owner", "Record", "TenantDatabase"]


class Door:
    """A way to the database whose transactions all begin in the same way.

    They run as the application's role, and within one directory or none. Each transaction sets
    both as it begins, at no further cost: a pooler may give the next one another connection, and
    refuses startup parameters.
    """

    def __init__(self, connections: Connections, directory_id: int | None, principal: str = ""):
        self._connections = connections
        self._directory_id = directory_id
        self._principal = principal

    @asynccontextmanager
    async def _in_turn(self) -> AsyncIterator[Connection]:
        """A connection for a caller that will take the directory's lock, when its turn has come."""
        if self._directory_id is None:
            async with self._connections.one_to_write() as connection:
                yield connection
            return
        async with (
            self._connections.turns.turn(self._directory_id, self._principal),
            self._connections.one_to_write() as connection,
        ):
            yield connection

    def _begin(self, batch_idle_ms: int | None = None, *, stages: bool = False) -> str:
        idle_ms = self._connections.idle_ms if batch_idle_ms is None else batch_idle_ms
        settings = with_number(sql("transactions/transaction_settings"), idle_ms)
        of_batch = sql("transactions/batch_settings") if batch_idle_ms is not None else None
        role = sql("tenancy/role") if self._connections.fenced else None
        return _beginning(role, self._directory_id, settings, of_batch, stages=stages)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[SingleStatements]:
        """A connection, each statement its own transaction.

        Raises:
            Unavailable, Conflict, StoreFull, StoreError: as `translated`.
        """
        async with self._connections.one() as connection:
            yield SingleStatements(connection, self._begin())

    @asynccontextmanager
    async def waiting(self) -> AsyncIterator[SingleStatements]:
        """As `connection`, for one who takes the directory's lock.

        Raises:
            Busy: its turn did not come. Others as `connection`.
        """
        async with self._in_turn() as connection:
            yield SingleStatements(connection, self._begin())

    async def ask(
        self, question: Callable[[SingleStatements], Awaitable[T]], *, waiting: bool = False
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
        async with self._connections.one() as connection, transaction(connection, self._begin()):
            yield connection

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[Connection]:
        """As `transaction`, for one that takes the directory's lock. Raises as `waiting`."""
        async with self._in_turn() as connection, transaction(connection, self._begin()):
            yield connection

    @asynccontextmanager
    async def savepoint(self, connection: Connection) -> AsyncIterator[None]:
        """A part of a transaction that is undone by itself if it fails.

        Raises:
            Unavailable, Conflict, StoreFull, StoreError: as `translated`.
        """
        with translated():
            await connection.execute(sql("transactions/savepoint"))
            try:
                yield
            except BaseException:
                await connection.execute(sql("transactions/savepoint_rollback"))
                await connection.execute(sql("transactions/savepoint_release"))
                raise
            await connection.execute(sql("transactions/savepoint_release"))

    @asynccontextmanager
    async def batch(
        self, *, idle_timeout_s: float, beside: bool = False, stages: bool = True
    ) -> AsyncIterator[Connection]:
        """A transaction of a batch, which may be silent for so long.

        `stages`: it has the table to stage rows in. `beside`: it is short, stages nothing, and does
        not take the directory's lock.
        """
        stages = stages and not beside
        begin = self._begin(max(1000, int(idle_timeout_s * 1000)), stages=stages)
        async with (
            self._connections.one() if beside else self._in_turn() as connection,
            transaction(connection, begin),
        ):
            yield connection

    @asynccontextmanager
    async def batch_ahead(self, *, idle_timeout_s: float) -> AsyncIterator[Connection | None]:
        """As `batch`, before its turn: for the rows alone. None: others need what there is.

        Raises:
            Unavailable, Conflict, StoreFull, StoreError: as `translated`.
        """
        begin = self._begin(max(1000, int(idle_timeout_s * 1000)), stages=True)
        with self._connections.turns.spare(self._directory_id or 0) as there_is_a_place:
            if not there_is_a_place:
                yield None
                return
            async with self._connections.one_to_spare() as connection:
                if connection is None:
                    yield None
                    return
                async with transaction(connection, begin):
                    yield connection


@lru_cache(maxsize=1024)
def _beginning(
    role: str | None,
    directory_id: int | None,
    settings: str,
    of_batch: str | None,
    *,
    stages: bool,
) -> str:
    statements = [sql("transactions/begin"), settings]
    if of_batch is not None:
        statements.append(of_batch)
    if role is not None:
        statements.append(role)
    if directory_id is not None:
        statements.append(with_number(sql("tenancy/directory"), directory_id))
    if stages:
        statements.append(sql("staging/create"))
    return script(*statements)


class TenantDatabase(Door):
    """The way into one directory: the rows of all others are not there."""

    def __init__(self, connections: Connections, directory_id: int, principal: str):
        super().__init__(connections, directory_id, principal)
        self.directory_id = directory_id


class Owner:
    """The way of the login itself, which may own the tables: for what only an owner may do."""

    def __init__(self, connections: Connections):
        self._connections = connections

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection as it is. Raises as `Door.connection`."""
        async with self._connections.one() as connection:
            yield connection

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """As `Door.transaction`."""
        async with (
            self.connection() as connection,
            transaction(connection, script(sql("transactions/begin"))),
        ):
            yield connection


class Database(Door):
    """An open pool of connections. Make it with `open`, and `close` it.

    By itself it is in no directory: fenced tables are empty to it. Go `within` one.
    """

    def __init__(self, connections: Connections, settings: Settings):
        super().__init__(connections, None)
        self._settings = settings

    @classmethod
    async def open(cls, settings: Settings) -> "Database":
        """Connect to `settings.database_url`.

        Raises:
            Unavailable, NoLogin: there is no connection; the message is the reason in a sentence.
        """
        database = cls(await open_connections(settings), settings)
        await database.look_for_role()
        return database

    async def connect(self) -> Connection:
        """A connection outside the pool, as the login itself; give it to `disconnect`.

        Raises:
            Unavailable: there is no answer.
        """
        with translated():
            opened: Connection = await asyncpg.connect(
                self._settings.database_url, **connecting(self._settings)
            )
            return opened

    @staticmethod
    def disconnect(connection: Connection) -> None:
        """Drop a connection that `connect` made, at once."""
        if isinstance(connection, asyncpg.Connection):
            connection.terminate()

    def moved(self, url: str) -> None:
        """Find PostgreSQL at another address from now on, for each new connection."""
        self._settings = self._settings.model_copy(update={"database_url": url})
        self._connections.pool.set_connect_args(url, **connecting(self._settings))

    async def look_for_role(self) -> None:
        """See whether the application's role may be taken; asked again after a migration."""
        async with self.as_owner().connection() as connection:
            self._connections.fenced = await connection.fetchval(sql("tenancy/role_may"))

    @property
    def fenced(self) -> bool:
        """Whether the role is taken. If not, the fence stops an owner, but no superuser."""
        return self._connections.fenced

    def within(self, directory_id: int, principal: str = "") -> TenantDatabase:
        """The same database, where there is but one directory; `principal`: whose work it is."""
        return TenantDatabase(self._connections, directory_id, principal)

    @property
    def turns(self) -> Turns:
        """The queues of those who wait for a directory's lock."""
        return self._connections.turns

    @property
    def connections_open(self) -> tuple[int, int]:
        """How many connections the pool has, and how many of them are idle."""
        pool = self._connections.pool
        return pool.get_size(), pool.get_idle_size()

    def as_owner(self) -> Owner:
        """The same database as the login itself: for migrations, statistics, and looking at it."""
        return Owner(self._connections)

    async def close(self) -> None:
        """Give every connection back. Those that do not let go within ten seconds are cut."""
        try:
            async with asyncio.timeout(10):
                await self._connections.pool.close()
        except TimeoutError:
            self._connections.pool.terminate()
