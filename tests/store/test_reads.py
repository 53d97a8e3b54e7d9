"""What one import may fill is read by its keys, whatever PostgreSQL knows of it."""

import re
from collections.abc import AsyncIterator
from typing import Any, cast

import asyncpg
import pytest
import pytest_asyncio

from rollbook.settings import Settings
from rollbook.store import Connection, Database, users
from rollbook.store.statements import sql
from rollbook.store.users import After
from tests.environment import Cluster
from tests.store.crowd import Crowd, fill
from tests.store.reads import READS, SOME_CROWD, Explaining, door, steps, wanted
from tests.store.test_statements import STATEMENTS

_USERS = 12_000
_MOST_LOOKED_AT = 6_000
"""Rows that a step of a statement may look at: a list looks at 2,000 users, some of them twice."""
_FILLED = (
    r"\b(from|join) (users|user_history|import_\w+|imports|notices|locations|location_names|"
    r"organizational_units)\b"
)
_WRITES = r"^\s*\(?(insert|update|delete) |for (no key )?update|for share"
_READ_WHOLE = {
    "directories/directory_in_use": "before a directory is removed",
    "imports/import_reached": "once a resumed import, a row a batch",
    "retention/imports_going": "by a sweep, along an index of what goes",
    "notifications/notices_backlog": "of all directories, for metrics",
    "notifications/notices_counts": "all that it counts, along their index",
}
_CONDITIONS = (
    "import_id",
    "created_from",
    "created_until",
    "updated_from",
    "updated_until",
    "role_id",
    "location_id",
    "unit_id",
    "status",
)
_FITTING = """
select u.id
from users as u
where
    u.directory_id = $1
    and ($2::uuid is null or u.created_import = $2 or u.id in (
        select user_id from user_history where directory_id = $1 and import_id = $2
    ))
    and u.created_at >= coalesce($3::timestamptz, '-infinity')
    and u.created_at < coalesce($4::timestamptz, 'infinity')
    and u.updated_at >= coalesce($5::timestamptz, '-infinity')
    and u.updated_at < coalesce($6::timestamptz, 'infinity')
    and u.role_id = coalesce($7, u.role_id) and u.location_id = coalesce($8, u.location_id)
    and u.unit_id = coalesce($9, u.unit_id) and u.status = coalesce($10, u.status)
    and ($11::text is null or lower(u.number_key) like $11 or u.email_key like $11
        or u.username_key like $11 or lower(u.first_name) like $11 or lower(u.last_name) like $11
        or lower(u.name) like $11 or lower(u.first_name || ' ' || u.last_name) like $11)
order by u.id
"""
_KNOWN = ["nothing", "what was there before", "all"]


@pytest_asyncio.fixture(scope="module", params=_KNOWN)
async def crowded(
    cluster: Cluster, request: pytest.FixtureRequest
) -> AsyncIterator[tuple[Database, Crowd]]:
    """A full directory, and how much PostgreSQL knows of it."""
    url = await cluster.new_database()
    connection = await asyncpg.connect(url)
    try:
        crowd = await fill(
            connection,
            users=_USERS,
            others=_USERS,
            small=200,
            analyse_small=request.param == "what was there before",
        )
        if request.param == "all":
            await connection.execute("vacuum analyze")
    finally:
        await connection.close()
    opened = await Database.open(Settings(database_url=url))
    yield opened, crowd
    await opened.close()


def _is_read(text: str) -> bool:
    """Whether the statement reads, and anything that one import may fill."""
    return bool(re.search(_FILLED, text)) and not re.search(_WRITES, text, re.MULTILINE)


async def _plans(crowded: tuple[Database, Crowd], name: str) -> list[tuple[str, dict[str, Any]]]:
    database, crowd = crowded
    async with door(database, crowd, name) as inner:
        explaining = Explaining(inner)
        await READS[name](cast("Connection", explaining), crowd)
    return explaining.plans


@pytest.mark.parametrize("name", READS)
async def test_a_read_costs_what_it_answers(crowded: tuple[Database, Crowd], name: str) -> None:
    """P19: no step reads a table from its start, or more of it than a page needs."""
    plans = await _plans(crowded, name)
    assert plans
    for query, plan in plans:
        found = list(steps(plan))
        shown = "\n".join([query, *(line for line, _ in found)])
        assert not re.search(r"Seq Scan \w|Bitmap|Gather|Hash Join|Merge Join", shown), shown
        assert max(looked_at for _, looked_at in found) <= _MOST_LOOKED_AT, shown


async def test_every_read_is_asked(crowded: tuple[Database, Crowd]) -> None:
    """Of what one import may fill; the others are named here, and why."""
    asked = {query for name in READS for query, _ in await _plans(crowded, name)}
    # What a batch stages, or a full sync names, is read in proportion to that: see test_joins.
    others = [name for name in STATEMENTS if not name.startswith(("staging/", "full_sync/"))]
    reads = {name for name in others if _is_read(sql(name))}
    assert {name for name in reads if sql(name) not in asked} == set(_READ_WHOLE)


@pytest.mark.parametrize("name", wanted(SOME_CROWD))
@pytest.mark.few(33)
async def test_pages_give_each_user_once_in_order(
    crowded: tuple[Database, Crowd], name: str
) -> None:
    """S75, S76: all that fit, whatever the pages end at; in the order of the list."""
    database, crowd = crowded
    asked, after, most = wanted(crowd)[name], After(), 700
    seen: list[After] = []
    async with database.within(crowd.directory).batch(idle_timeout_s=30) as connection:
        while True:
            found = await users.page(connection, crowd.directory, asked, after, most)
            seen += [place for place, _ in found.rows]
            if len(found.rows) < most and found.behind is None:
                break
            after = found.behind or found.rows[-1][0]
        fit = await connection.fetch(
            _FITTING,
            crowd.directory,
            *(getattr(asked, field) for field in _CONDITIONS),
            asked.text.name.replace(" ", "% ") + "%" if asked.text else None,
        )
    assert sorted(place.id for place in seen) == [row["id"] for row in fit]
    assert seen == sorted(seen, key=lambda place: (place.kind, place.at or "", place.id))
