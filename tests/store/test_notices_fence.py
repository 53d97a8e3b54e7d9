"""Row-level security of notices, and its one exception: a worker's claim."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio

from rollbook.model import Event, Lane, Mail, NoticeState
from rollbook.settings import Settings
from rollbook.store import Database, notices, tenancy
from rollbook.store.directories import make_directory
from rollbook.store.notices import NewNotice, Settled
from rollbook.store.statements import sql

_RATE = "update directories set notices_per_minute = $2 where id = $1"


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A database that is migrated, by whose role the fence holds."""
    opened = await Database.open(Settings(database_url=database_url))
    yield opened
    await opened.close()


async def _directory(database: Database, name: str) -> int:
    async with database.transaction() as connection:
        made = await make_directory(connection, name, name)
    assert made is not None
    async with database.within(made).transaction() as connection:
        told = [
            NewNotice(2, 1, Event.CREATED, Mail.NONE),
            NewNotice(3, 2, Event.UPDATED, Mail.NONE),
        ]
        await notices.write(connection, made, None, told)
    return made


async def test_the_fence_is_around_notices_and_a_claim_goes_through(database: Database) -> None:
    """Within one directory the other's are not there, in none nothing is; a claim finds all.

    What was claimed is settled within each directory, and only by whose claim it is.
    """
    assert database.fenced
    one, other = await _directory(database, "one"), await _directory(database, "other")
    for here, there in ((one, other), (other, one)):
        async with database.within(here).connection() as connection:
            assert await notices.last(connection, here, 1)
            assert await notices.last(connection, there, 1) is None
    async with database.connection() as connection:
        assert await notices.last(connection, one, 1) is None

    rows = await notices.claim(database, "a", 60, 3)
    assert [(row.directory_id, row.user_id) for row in rows] == [(one, 1), (other, 1), (one, 2)]
    assert [row.user_id for row in await notices.claim(database, "b", 60, 3)] == [2]
    assert await notices.claim(database, "c", 60, 3) == []
    async with database.connection() as connection:
        assert await notices.last(connection, one, 1) is None, "the way closes behind a claim"

    sent = [Settled(row.id, NoticeState.SENT, "", False, 0) for row in rows]
    for here, by, count in ((other, "b", 0), (one, "a", 2), (one, "a", 0), (other, "a", 1)):
        async with database.within(here).transaction() as connection:
            assert await notices.settle(connection, here, by, sent) == count


async def test_a_claim_that_is_given_back_is_due_at_once(database: Database) -> None:
    """P33: for another to claim; and what others hold stays theirs."""
    here = await _directory(database, "back")
    mine = await notices.claim(database, "mine", 60, 1)
    theirs = await notices.claim(database, "theirs", 60, 1)
    await notices.release(database, "mine")
    assert [row.id for row in await notices.claim(database, "next", 60, 9)] == [mine[0].id]
    async with database.within(here).transaction() as connection:
        sent = [Settled(theirs[0].id, NoticeState.SENT, "", False, 0)]
        assert await notices.settle(connection, here, "theirs", sent) == 1


async def test_a_hole_in_the_fence_is_seen(database: Database, database_url: str) -> None:
    """`doctor` lets the worker's policy pass, on notices alone, and no other."""
    assert await tenancy.gaps(database) == []
    connection = await asyncpg.connect(database_url)
    for open_, close, table in (
        (
            "create policy hole on notices using (true)",
            "drop policy hole on notices",
            "notices",
        ),
        (
            "create policy notification_worker on users using (true)",
            "drop policy notification_worker on users",
            "users",
        ),
        (
            "alter table notices no force row level security",
            "alter table notices force row level security",
            "notices",
        ),
    ):
        await connection.execute(open_)
        assert await tenancy.gaps(database) == [f"no fence around {table}"]
        await connection.execute(close)
    await connection.close()
    assert await tenancy.gaps(database) == []


async def test_no_other_may_write_into_a_directory(database: Database) -> None:
    """A notice for another directory than the one that the transaction is in is refused."""
    here, there = await _directory(database, "here"), await _directory(database, "there")
    with pytest.raises(Exception, match="row-level security"):
        async with database.within(here).transaction() as connection:
            await notices.write(
                connection, there, None, [NewNotice(2, 1, Event.CREATED, Mail.NONE)]
            )


async def test_a_claim_locks_only_what_it_takes(database: Database) -> None:
    """P33: of many directories' notices another worker can lock all that were not claimed.

    The first claim's transaction is held open. A second session sees what is left by SKIP LOCKED,
    and a second worker claims of it, also in the first one's directory.
    """
    await notices.claim(database, "others", 60, 1_000)
    made = [await _directory(database, f"d{number}") for number in range(30)]
    async with database.transaction() as first:
        await first.fetchrow(sql("notifications/notices_claim_begin"))
        mine = await first.fetch(sql("notifications/notices_claim"), "a", 60, 3, [*Lane])
        assert len(mine) == 3
        async with database.transaction() as second:
            await second.fetchrow(sql("notifications/notices_claim_begin"))
            free = await second.fetch(
                "select id from notices where state = 'pending' and claimed_until is null"
                " for update skip locked"
            )
            assert len(free) == 2 * len(made) - 3
        rows = await notices.claim(database, "b", 60, 1_000)
    assert len(rows) == 2 * len(made) - 3
    assert not {row.id for row in rows} & {row["id"] for row in mine}
    assert {row.directory_id for row in rows} & {row["directory_id"] for row in mine}


async def test_workers_that_claim_at_once_share_one_directory(database: Database) -> None:
    """P33: all notices are of one directory; the second worker does not come back without any."""
    await notices.claim(database, "others", 60, 1_000)
    one = await _directory(database, "alone")
    async with database.transaction() as first:
        await first.fetchrow(sql("notifications/notices_claim_begin"))
        [mine] = await first.fetch(sql("notifications/notices_claim"), "a", 60, 1, [*Lane])
        [other] = await notices.claim(database, "b", 60, 1)
    assert (mine["directory_id"], other.directory_id) == (one, one)
    assert mine["id"] != other.id


async def _more(database: Database, directory_id: int, count: int, lane: Lane) -> None:
    """Notices of the users 1, 2, 3, and so on."""
    async with database.as_owner().transaction() as connection:
        await connection.execute("set local rollbook.notification_worker = 'on'")
        await connection.execute(
            "insert into notices (directory_id, user_id, event, mail, lane)"
            " select $1, n, 'created', 'welcome', $3 from generate_series(1, $2) as n",
            directory_id,
            count,
            lane,
        )


async def test_directories_take_turns(database: Database) -> None:
    """One with many older notices leaves every second place of a claim to the other one."""
    await notices.claim(database, "others", 60, 1_000)
    many, few = await _directory(database, "many"), await _directory(database, "few")
    await notices.claim(database, "made", 60, 1_000)
    await _more(database, many, 30, Lane.MAIL)
    await _more(database, few, 3, Lane.EVENT)
    rows = await notices.claim(database, "a", 60, 10)
    assert [row.directory_id for row in rows] == [*([many, few] * 3), *([many] * 4)]
    assert len(await notices.claim(database, "b", 60, 100)) == 23


async def test_a_lane_is_claimed_alone(database: Database) -> None:
    """Urgent notices are found behind any number of others, and no rate holds them up."""
    await notices.claim(database, "others", 60, 1_000)
    here = await _directory(database, "lanes")
    async with database.transaction() as connection:
        await connection.execute(
            "update directories set notices_per_minute = 1 where id = $1", here
        )
    await _more(database, here, 30, Lane.MAIL)
    await _more(database, here, 3, Lane.URGENT)
    rest = [Lane.MAIL, Lane.EVENT]
    assert len(await notices.claim(database, "a", 60, 50, rest)) == 1
    assert await notices.claim(database, "b", 60, 50, rest) == []
    urgent = await notices.claim(database, "c", 60, 50, [Lane.URGENT])
    assert [row.user_id for row in urgent] == [1, 2, 3]
    assert await notices.claim(database, "d", 60, 50, [Lane.URGENT]) == []


async def test_a_rate_is_one_for_all_lanes(database: Database) -> None:
    """Mails and events together are no more than it allows at once."""
    await notices.claim(database, "others", 60, 1_000)
    here = await _directory(database, "rate")
    async with database.transaction() as connection:
        await connection.execute(
            "update directories set notices_per_minute = 60 where id = $1", here
        )
    await _more(database, here, 30, Lane.MAIL)
    assert len(await notices.claim(database, "a", 60, 50)) == 2


async def test_the_backlog_is_that_of_all_directories(database: Database) -> None:
    """How many are pending and how old the oldest is, looking at no more than is allowed."""
    before = await notices.backlog(database, 10_000)
    one, other = await _directory(database, "old"), await _directory(database, "new")
    async with database.as_owner().transaction() as connection:
        await connection.execute("set local rollbook.notification_worker = 'on'")
        await connection.execute(
            "update notices set created_at = now() - interval '3 days' where directory_id = $1", one
        )
    found = await notices.backlog(database, 10_000)
    assert found.pending == before.pending + 4
    assert 3 * 86_400 <= found.oldest_s < 3 * 86_400 + 60
    assert (await notices.backlog(database, 3)).pending == 3
    async with database.within(other).connection() as connection:
        assert await notices.last(connection, one, 1) is None, "the way closes behind it"


async def test_the_backlog_is_found_by_the_index_of_pending_notices(database: Database) -> None:
    """So that the settled ones, however many, cost nothing."""
    async with database.transaction() as connection:
        await connection.fetchrow(sql("notifications/notices_claim_begin"))
        plan = await connection.fetch(f"explain {sql('notifications/notices_backlog')}", 10_000)
    assert "notices_due" in "\n".join(row[0] for row in plan)
