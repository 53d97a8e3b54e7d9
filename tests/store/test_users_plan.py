"""Each search for users uses an index."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from rollbook.settings import Settings
from rollbook.store import Database, directories, users
from rollbook.store.statements import sql
from rollbook.store.users import After, Beginnings, Wanted

_USERS = 60_000
_EVERY_PART = 3
_IMPORT = UUID(int=1)
_OTHER_IMPORT = UUID(int=2)
_NEW = datetime(2026, 6, 1, tzinfo=UTC)
_WANTED = Wanted()
_TEXT = Beginnings(number_key="n777", name_key="n777", name="n777", first_name=None, last_name=None)
_DIRECTORY = 1
_READ = r"on users[^(]*\(cost[^)]*\) \(actual time=\S+ rows=(\d+)(?:\.\d+)? loops=(\d+)\)"
_MADE = (
    # Users of a directory; a few of them rare in each way, and the last of them the newest.
    """
    insert into users (
        directory_id, employee_number, number_key, email, email_key, username, username_key,
        first_name, last_name, name, role_id, location_id, unit_id, status, created_import,
        updated_import, created_at, updated_at
    )
    select
        1, 'n' || n, 'n' || n, e.text, e.text, e.text, e.text, 'Ada' || n % 977, 'Byron' || n,
        case when n % 10 = 0 then 'Dr. ' || n else '' end,
        case when n % 1000 = 0 then 2 else 1 end, n % 50, n % 40,
        case when n % 500 = 0 then 'suspended' else 'active' end,
        case when n % 600 = 0 then $1::uuid else $2::uuid end, $2,
        $3::timestamptz - interval '100 days' + n / 7 * interval '21 minutes',
        $3::timestamptz - interval '100 days' + n / 7 * interval '21 minutes'
    from generate_series(1, $4::integer) as n, lateral (select n || '@example.org' as text) as e
    """,
    """
    insert into user_history (directory_id, user_id, version, import_id, principal, before)
    select directory_id, id, 1, case when id % 900 = 0 then $1::uuid else $2::uuid end, 'x', '{}'
    from users
    """,
)


@pytest_asyncio.fixture(scope="module")
async def database(database_url: str) -> AsyncIterator[Database]:
    """A database of many users that PostgreSQL has looked at."""
    opened = await Database.open(Settings(database_url=database_url))
    async with opened.as_owner().connection() as connection:
        assert await directories.make_directory(connection, "main", "") == _DIRECTORY
        await connection.execute(_MADE[0], _IMPORT, _OTHER_IMPORT, _NEW, _USERS)
        await connection.execute(_MADE[1], _IMPORT, _OTHER_IMPORT)
        await connection.execute("vacuum analyze users")
        await connection.execute("vacuum analyze user_history")
    yield opened
    await opened.close()


_ASKED = {
    "nothing": _WANTED,
    "an import": replace(_WANTED, import_id=_IMPORT),
    "an import and a role": replace(_WANTED, import_id=_IMPORT, role_id=2),
    "a time of creation": replace(_WANTED, created_from=_NEW, created_until=_NEW + timedelta(1)),
    "a time of change": replace(_WANTED, updated_from=_NEW, updated_until=_NEW + timedelta(1)),
    "a rare role": replace(_WANTED, role_id=2),
    "a role of all": replace(_WANTED, role_id=1),
    "a location": replace(_WANTED, location_id=7),
    "a unit": replace(_WANTED, unit_id=7),
    "a status": replace(_WANTED, status=users.SUSPENDED),
    "a text": replace(_WANTED, text=_TEXT),
    "a name": replace(_WANTED, text=replace(_TEXT, name="byron777")),
    "a common name": replace(_WANTED, text=replace(_TEXT, name="ada")),
    "a text and a role": replace(_WANTED, text=_TEXT, role_id=1),
    "a whole name": replace(
        _WANTED, text=replace(_TEXT, name="ada7 b", first_name="ada7", last_name="byron777")
    ),
}


@pytest.mark.parametrize("deep", [False, True], ids=["first page", "deep page"])
@pytest.mark.parametrize("asked", _ASKED)
async def test_a_page_of_users_never_walks_the_table(
    database: Database, asked: str, *, deep: bool
) -> None:
    """No plan has a sequential scan, and none walks the users by an index either."""
    wanted, after = _ASKED[asked], After()
    if deep:
        after = After(_USERS - 300)
        created = wanted.created_from or wanted.updated_from
        after = After(_USERS - 300, created + timedelta(hours=12)) if created else after
    async with database.within(_DIRECTORY).batch(idle_timeout_s=30) as connection:
        found = await users.page(connection, _DIRECTORY, wanted, after, 101)
        plan = "\n".join(await _plan(connection, wanted, after))
    assert found or deep
    assert not re.search(r"Seq Scan on (users|user_history)", plan), plan
    assert "Parallel" not in plan
    walked = [int(rows) for rows in re.findall(r"Rows Removed by Filter: (\d+)", plan)]
    assert sum(walked) < _USERS / 20, plan


@pytest.mark.parametrize("asked", ["nothing", "a role of all", "a time of creation"])
async def test_the_names_of_a_page_are_looked_up_by_key(database: Database, asked: str) -> None:
    """P19: whatever the statistics are, the last joins read the rows of the page alone."""
    async with database.within(_DIRECTORY).batch(idle_timeout_s=30) as connection:
        plan = "\n".join(await _plan(connection, _ASKED[asked], After()))
    read = [int(rows) * int(loops) for rows, loops in re.findall(_READ, plan)]
    assert max(read) <= 2 * 101, plan


@pytest.mark.parametrize("asked", ["a time of creation", "a time of change"])
async def test_pages_by_time_give_each_user_once_in_order(database: Database, asked: str) -> None:
    """S75: many users have one time, and a page may end among them."""
    wanted = _ASKED[asked]
    seen, after = [], After()
    async with database.within(_DIRECTORY).batch(idle_timeout_s=30) as connection:
        while found := await users.page(connection, _DIRECTORY, wanted, after, 37):
            seen += [place for place, _ in found]
            after = found[-1][0]
    assert len({place.id for place in seen}) == len(seen) > 3 * 37
    assert seen == sorted(seen, key=lambda place: (place.time, place.id))


async def _plan(connection: Any, wanted: Wanted, after: After) -> list[str]:
    statement = sql("users/users_page")
    if wanted.text:
        statement = sql("users/users_page_named")
    elif wanted.created_from:
        statement = sql("users/users_page_created")
    elif wanted.updated_from:
        statement = sql("users/users_page_changed")
    parameters = users.page_parameters(_DIRECTORY, wanted, after, 101)
    rows = await connection.fetch(f"explain analyze {statement}", *parameters)
    return [row[0] for row in rows]
