"""A database that does not fit this release is refused, with the reason."""

import asyncpg
import pytest

from rollbook.settings import Settings
from rollbook.store import Database, StoreError
from rollbook.store.migrate import migrate, migrations, pending
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


async def test_whom_a_sync_had_suspended_has_no_source(cluster: Cluster) -> None:
    """0012, run by an owner who is no superuser, so that row-level security holds for it."""
    connection = await asyncpg.connect(await cluster.new_database(migrated=False))
    try:
        await connection.execute(
            "create role plain_owner; grant create on schema public to plain_owner;"
            " set role plain_owner"
        )
        before, (added,) = (
            [one.up for one in migrations() if one.version < "0012"],
            [one.up for one in migrations() if one.version == "0012"],
        )
        for up in before:
            async with connection.transaction():
                await connection.execute(up)
        await connection.execute("set rollbook.directory_id = '1'")
        await connection.execute(
            "insert into users (directory_id, employee_number, number_key, email, email_key,"
            " username, username_key, role_id, source, status)"
            " select 1, s, s, s, s, s, s, 1, 'hr', s"
            " from unnest(array['active', 'suspended', 'suspended_by_sync']) as s"
        )
        await connection.execute("set rollbook.directory_id = ''")
        async with connection.transaction():
            await connection.execute(added)
        assert await connection.fetch("select from users") == []
        await connection.execute("set rollbook.directory_id = '1'")
        found = await connection.fetch("select status, sources from users order by id")
        assert [tuple(row) for row in found] == [
            ("active", None),
            ("suspended", None),
            ("suspended_by_sync", []),
        ]
    finally:
        await connection.execute(
            "reset role; drop owned by plain_owner cascade; drop role plain_owner"
        )
        await connection.close()
