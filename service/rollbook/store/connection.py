"""Runs statements on a connection, in a transaction or each in its own."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol

import asyncpg

from rollbook.store.statements import script, sql

Record = asyncpg.Record


class Connection(Protocol):
    """What runs statements. Parameters are `$1` and so on; errors are asyncpg's."""

    async def execute(self, query: str, *args: Any) -> str:
        """Run a statement. Returns its tag."""

    async def fetch(self, query: str, *args: Any) -> list[Record]:
        """All rows."""

    async def fetchrow(self, query: str, *args: Any) -> Record | None:
        """The first row, or None."""

    async def fetchval(self, query: str, *args: Any) -> Any:
        """The first row's first value, or None."""

    async def copy_records_to_table(
        self, table_name: str, *, records: Iterable[Sequence[Any]], columns: Sequence[str]
    ) -> str:
        """Send rows by COPY."""


@asynccontextmanager
async def transaction(
    connection: Connection, begin: str, end: str | None = None
) -> AsyncIterator[None]:
    """A transaction that begins by a script; leaving it commits, an exception rolls back."""
    try:
        await connection.execute(begin)
        yield
    except BaseException:
        await connection.execute(script(sql("transactions/rollback")))
        raise
    await connection.execute(end or script(sql("transactions/commit")))


class SingleStatements:
    """A connection on which each statement is a transaction that begins by the same script."""

    def __init__(self, connection: Connection, begin: str):
        self._connection = connection
        self._begin = begin

    @asynccontextmanager
    async def together(self) -> AsyncIterator[Connection]:
        """The same connection with all statements in one transaction: two round trips less each.

        Not for a statement that may wait for a lock of another transaction.
        """
        async with self._alone():
            yield self._connection

    def _alone(self) -> AbstractAsyncContextManager[None]:
        return transaction(self._connection, self._begin, script(sql("transactions/end")))

    async def execute(self, query: str, *args: Any) -> str:
        """See `Connection`."""
        async with self._alone():
            return await self._connection.execute(query, *args)

    async def fetch(self, query: str, *args: Any) -> list[Record]:
        """See `Connection`."""
        async with self._alone():
            return await self._connection.fetch(query, *args)

    async def fetchrow(self, query: str, *args: Any) -> Record | None:
        """See `Connection`."""
        async with self._alone():
            return await self._connection.fetchrow(query, *args)

    async def fetchval(self, query: str, *args: Any) -> Any:
        """See `Connection`."""
        async with self._alone():
            return await self._connection.fetchval(query, *args)

    async def copy_records_to_table(
        self, table_name: str, *, records: Iterable[Sequence[Any]], columns: Sequence[str]
    ) -> str:
        """See `Connection`."""
        async with self._alone():
            return await self._connection.copy_records_to_table(
                table_name, records=records, columns=columns
            )
