"""A database that does not fit this release is refused, with the reason."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from rollbook import store
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


@asynccontextmanager
async def _before(
    cluster: Cluster, version: str
) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A database before that migration, of an owner who is no superuser: the fence holds for it."""
    connection = await asyncpg.connect(await cluster.new_database(migrated=False))
    try:
        await connection.execute(
            "create role plain_owner; grant create on schema public to plain_owner;"
            " set role plain_owner"
        )
        for one in migrations():
            if one.version < version:
                async with connection.transaction():
                    await connection.execute(one.up)
        await connection.execute("set rollbook.directory_id = '1'")
        yield connection
    finally:
        await connection.execute(
            "reset role; drop owned by plain_owner cascade; drop role plain_owner"
        )
        await connection.close()


async def _migrate(connection: "asyncpg.Connection[asyncpg.Record]", script: str) -> None:
    await connection.execute("set rollbook.directory_id = ''")
    async with connection.transaction():
        await connection.execute(script)
    assert await connection.fetch("select from users") == []
    await connection.execute("set rollbook.directory_id = '1'")


async def test_whom_a_sync_had_suspended_has_no_source(cluster: Cluster) -> None:
    """0012."""
    async with _before(cluster, "0012") as connection:
        await connection.execute(
            "insert into users (directory_id, employee_number, number_key, email, email_key,"
            " username, username_key, role_id, source, status)"
            " select 1, s, s, s, s, s, s, 1, 'hr', s"
            " from unnest(array['active', 'suspended', 'suspended_by_sync']) as s"
        )
        (added,) = [one.up for one in migrations() if one.version == "0012"]
        await _migrate(connection, added)
        found = await connection.fetch("select status, sources from users order by id")
        assert [tuple(row) for row in found] == [
            ("active", None),
            ("suspended", None),
            ("suspended_by_sync", []),
        ]


_USER = """
insert into users (
    directory_id, employee_number, number_key, email_key, username_key, version, email, username,
    phone, role_id, location_id, status, role_locked, source, sources, attributes
)
select
    1, 'n', 'n', 'a', 'a', 3, email, username, phone, role_id, location_id, status, role_locked,
    source, sources, attributes
from jsonb_populate_record(null::users, $1)
"""
_WAS = {
    "email": "a@x.org",
    "username": "a@x.org",
    "phone": "",
    "role_id": 1,
    "location_id": 0,
    "status": "active",
    "role_locked": False,
    "source": "hr",
    "sources": None,
    "attributes": {"badge": "1", "desk": "2"},
}
_THEN = _WAS | {"phone": "1", "role_id": 2, "attributes": {"badge": "1"}}
_NOW = _THEN | {"status": "suspended_by_sync", "sources": [], "attributes": {"badge": "9"}}


async def test_a_history_of_whole_users_becomes_one_of_changes_and_back(cluster: Cluster) -> None:
    """0027, there, back, and there again."""
    (file,) = (Path(store.__file__).parent / "migrations").glob("0027_*.sql")
    up, down = file.read_text("utf-8").split("-- migrate:up")[1].split("-- migrate:down")
    async with _before(cluster, "0027") as connection:
        await connection.execute(_USER, json.dumps(_NOW))
        await connection.executemany(
            "insert into user_history (directory_id, user_id, version, principal, before)"
            " values (1, 1, $1, 'x', $2)",
            [(1, json.dumps(_WAS)), (2, json.dumps(_THEN))],
        )
        for _ in range(2):
            await _migrate(connection, up)
            assert await _history(connection, "changes") == [
                {"phone": ["", "1"], "role_id": [1, 2], "attributes.desk": ["2", None]},
                {
                    "status": ["active", "suspended_by_sync"],
                    "sources": [["hr"], []],
                    "attributes.badge": ["1", "9"],
                },
            ]
            await _migrate(connection, down)
            found = await _history(connection, "before")
            assert [one["version"] for one in found] == [1, 2]
            whole = [{key: one[key] for key in _WAS} for one in found]
            assert whole == [one | {"sources": ["hr"]} for one in (_WAS, _THEN)]


async def _history(
    connection: "asyncpg.Connection[asyncpg.Record]", column: str
) -> list[dict[str, object]]:
    rows = await connection.fetch(f"select {column} from user_history order by version")
    return [json.loads(row[0]) for row in rows]
