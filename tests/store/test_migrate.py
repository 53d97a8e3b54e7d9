"""A database that does not fit this release is refused, with the reason."""

import pytest

from rollbook.settings import Settings
from rollbook.store import Database, StoreError
from rollbook.store.migrate import migrate, pending
from tests.environment import Cluster


async def test_a_newer_database_is_refused(cluster: Cluster) -> None:
    """It has a migration that this release does not know; nothing is changed in it."""
    database = await Database.open(Settings(database_url=await cluster.new_database()))
    try:
        async with database.as_owner().connection() as connection:
            await connection.execute("insert into schema_migrations (version) values ('9999')")
        for look in (pending, migrate):
            with pytest.raises(StoreError, match=r"newer than this release.*9999"):
                await look(database)
    finally:
        await database.close()


async def test_a_database_of_this_release_lacks_nothing(cluster: Cluster) -> None:
    """A second look, and a second migration, change nothing."""
    database = await Database.open(Settings(database_url=await cluster.new_database()))
    try:
        assert await pending(database) == []
        assert await migrate(database) == []
    finally:
        await database.close()
