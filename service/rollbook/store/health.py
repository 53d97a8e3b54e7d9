"""Reads the version and state of the PostgreSQL that is connected."""

from typing import NamedTuple

from rollbook.store.database import Connection, Database
from rollbook.store.errors import StoreError, Unavailable, translated
from rollbook.store.migrate import missing
from rollbook.store.statements import sql

_WORTH_A_LOOK = 1_000


class Facts(NamedTuple):
    """Its major version, its encoding, and whether the login may do everything there."""

    version: int
    encoding: str
    is_superuser: bool


async def facts(database: Database) -> Facts:
    """What it is.

    Raises:
        Unavailable: it is away.
    """
    async with database.as_owner().connection() as connection:
        found = await connection.fetchrow(sql("schema/health_facts"))
    if found is None:
        raise Unavailable("no answer")
    return Facts(found["version"] // 10_000, found["encoding"], found["is_superuser"])


async def check_encoding(database: Database) -> None:
    """Names of people need UTF-8.

    Raises:
        StoreError: the database has another encoding. Unavailable: it is away.
    """
    encoding = (await facts(database)).encoding
    if encoding != "UTF8":
        raise StoreError(f"it is encoded in {encoding}: create one with `encoding 'UTF8'`")


class Probe:
    """Asks whether the database is there and of this release, over a connection of its own."""

    def __init__(self, database: Database):
        self._database = database
        self._connection: Connection | None = None

    async def missing_migrations(self) -> list[str]:
        """The names of the migrations that it lacks. One that a newer release added does no harm.

        Raises:
            StoreError: it cannot be asked; the next question tries a new connection.
        """
        try:
            if self._connection is None:
                self._connection = await self._database.connect()
            with translated():
                return await missing(self._connection)
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Give the connection up, without waiting for an answer."""
        connection, self._connection = self._connection, None
        if connection is not None:
            self._database.disconnect(connection)


async def analyze_users(database: Database, created: int, before: int) -> None:
    """Update PostgreSQL's statistics of the users, if an import has added more than a fifth.

    A role that does not own the table is refused by PostgreSQL with a warning, and that is fine.
    """
    if created > max(_WORTH_A_LOOK, before // 5):
        async with database.as_owner().connection() as connection:
            await connection.execute(sql("users/users_analyze"))
