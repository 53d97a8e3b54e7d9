"""A page of users takes milliseconds, in a directory of millions beside thousands."""

import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
import pytest_asyncio

from rollbook.settings import Settings
from rollbook.store import Database, users
from rollbook.store.users import After, Wanted

pytestmark = [pytest.mark.long, pytest.mark.quiet, pytest.mark.timeout(3600)]

_LARGE = 5_000_000
_SMALL_DIRECTORIES, _IN_EACH = 5_000, 20
_MOST_SECONDS = 0.05
_NEW = datetime(2026, 6, 1, tzinfo=UTC)
_BEGUN = _NEW - timedelta(seconds=_LARGE)
_DIRECTORIES = """
insert into directories (name) select 'd' || n from generate_series(1, $1::integer) as n
"""
_ROLES = """
insert into roles (directory_id, name, name_key, is_default)
select id, 'Standard', 'standard', true from directories
"""
_USERS = """
insert into users (
    directory_id, employee_number, number_key, email, email_key, username, username_key,
    first_name, last_name, role_id, created_at, updated_at
)
select
    d.id, 'n' || n, 'n' || n, e.text, e.text, e.text, e.text, 'Ada', 'Byron' || n, r.id,
    $3::timestamptz + n * interval '1 second', $3::timestamptz + n * interval '1 second'
from directories as d
join roles as r on r.directory_id = d.id
cross join generate_series(1, $2::integer) as n, lateral (select n || '@example.org' as text) as e
where (d.name = 'd1') = $1::boolean
"""
_ASKED = {
    "nothing": Wanted(),
    "a time of creation": Wanted(created_from=_BEGUN, created_until=_NEW + timedelta(1)),
    "late times of creation": Wanted(created_from=_NEW - timedelta(minutes=30)),
    "a time of change": Wanted(updated_from=_BEGUN, updated_until=_NEW + timedelta(1)),
    "late times of change": Wanted(updated_from=_NEW - timedelta(minutes=30)),
}


@pytest_asyncio.fixture(scope="module", params=[False, True], ids=["not analysed", "analysed"])
async def database(
    database_url: str, request: pytest.FixtureRequest
) -> AsyncIterator[tuple[Database, int, int]]:
    """The database, the large directory, and its role."""
    connection = await asyncpg.connect(database_url)
    try:
        if not await connection.fetchval("select exists (select from directories)"):
            await connection.execute("alter table users set (autovacuum_enabled = false)")
            await connection.execute(_DIRECTORIES, _SMALL_DIRECTORIES)
            await connection.execute(_ROLES)
            await connection.execute(_USERS, True, _LARGE, _BEGUN)
            await connection.execute(_USERS, False, _IN_EACH, _BEGUN)
        if request.param:
            await connection.execute("vacuum analyze users")
        large = await connection.fetchval("select id from directories where name = 'd1'")
        role = await connection.fetchval("select id from roles where directory_id = $1", large)
    finally:
        await connection.close()
    opened = await Database.open(Settings(database_url=database_url))
    yield opened, large, role
    await opened.close()


@pytest.mark.parametrize("deep", [False, True], ids=["first page", "deep page"])
@pytest.mark.parametrize("asked", [*_ASKED, "a role of all"])
async def test_a_page_takes_milliseconds(
    database: tuple[Database, int, int], asked: str, *, deep: bool
) -> None:
    """P19: at any depth, with statistics and without; the best of five on a shared machine."""
    opened, directory, role = database
    wanted = _ASKED.get(asked) or replace(Wanted(), role_id=role)
    after = After()
    async with opened.within(directory).batch(idle_timeout_s=60, beside=True) as connection:
        if deep:
            newest = await users.page(connection, directory, Wanted(), After(), 1)
            after = After(newest[0][0].id + _LARGE - 500)
            if asked not in ("nothing", "a role of all"):
                after = After(after.id, _NEW - timedelta(seconds=500))
        took = []
        for _ in range(5):
            begun = time.perf_counter()
            found = await users.page(connection, directory, wanted, after, 101)
            took.append(time.perf_counter() - begun)
    assert len(found) == 101
    assert min(took) < _MOST_SECONDS, took
