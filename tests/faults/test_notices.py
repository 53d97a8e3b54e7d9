"""Servers die, drain or work side by side: each notice is written and sent once."""

import asyncio
import random
import signal
from collections import Counter
from pathlib import Path

import asyncpg
import pytest

from rollbook.v1.notices_pb2 import NoticeCounts
from tests.acceptance.post import MAILS, SOON, WELCOME, Post, posting
from tests.acceptance.wire import HEADER, Peer, user, users
from tests.environment import Cluster, Server
from tests.faults.sending import Sent
from tests.faults.witness import connected, tell

_BATCH, _ROWS, _KILLS = 50, 1_500, 5
_LOT = 50
"""Notices that a worker claims at once."""


def _file() -> str:
    """Good rows, some wrong ones, and some that are there already."""
    lines = [
        user(number, email="wrong") if number % 7 == 3 else user(number) for number in range(_ROWS)
    ]
    return HEADER + "".join(lines)


def _good() -> set[str]:
    return {str(number) for number in range(_ROWS) if number % 7 != 3}


async def _directory(url: str, name: str) -> None:
    async with connected(url) as connection:
        await connection.execute(
            "insert into directories (name, notices) values ($1, '{created,updated}')", name
        )
        await connection.execute(
            "insert into roles (directory_id, name, name_key, is_default)"
            " select id, 'Standard', 'standard', true from directories where name = $1",
            name,
        )


@pytest.mark.parametrize(
    ("mail", "commit", "through"),
    [
        ("welcome", "PER_BATCH", None),
        ("welcome", "PER_BATCH", "pgbouncer"),
        pytest.param("welcome", "WHOLE_FILE", None, marks=pytest.mark.long),
        pytest.param("invitation", "PER_BATCH", None, marks=pytest.mark.long),
        ("login_details", "WHOLE_FILE", None),
    ],
    indirect=["through"],
)
@pytest.mark.few(1)
async def test_killed_and_resumed_each_new_user_has_one_notice(
    cluster: Cluster, tmp_path: Path, mail: str, commit: str
) -> None:
    """P02, P18: the notices are those of the users; only what a kill left open comes twice."""
    url = await cluster.new_database()
    await _directory(url, "main")
    sent = Sent("main", _file().encode(), options=MAILS[mail] | {"commit": commit})
    but = {"batch_rows": _BATCH, "server_name": "phoenix", "lease": 1, "notification_claim": 1}
    seed = random.randrange(1 << 32)
    tell(f"seed {seed}")
    chance = random.Random(seed)
    for _ in range(_KILLS):
        await _killed(url, tmp_path, sent, chance, **but)
    async with posting(url, tmp_path, **but) as (post, _):
        async with asyncio.timeout(30):
            while True:
                if (await sent.to_the_end(post.peer)).ending == "OK":
                    break
                await asyncio.sleep(0.1)
        rows = await _all_told(post, "main") if mail == "welcome" else await post.rows("main")
        assert Counter(row["employee_number"] for row in rows) == dict.fromkeys(_good(), 1)
        assert {(row["event"], row["mail"]) for row in rows} == {("created", mail)}
        lines = {str(line - 2) for line in (row["line"] for row in rows)}
        assert lines == _good()
        if mail != "welcome":  # sending them is shown elsewhere
            return
        found = await post.peer.get_import("main", sent.import_id)
        assert found.notices == NoticeCounts(sent=len(_good()))
        told = post.numbers("main")
        assert set(told) == _good()
        again = [number for number, times in told.items() if times > 1]
        assert len(again) <= _LOT * _KILLS


async def _killed(url: str, folder: Path, sent: Sent, chance: random.Random, **but: object) -> None:
    """A server's life: killed somewhat after some line is answered."""
    at, delay = chance.randrange(0, len(_good())), chance.uniform(0, 0.3)
    async with posting(url, folder, **but) as (post, server):
        await sent.broken(post.peer, lambda: len(sent.results) >= at, server.kill, delay)


async def _all_told(post: Post, directory: str) -> list[asyncpg.Record]:
    """The notices, once all of them are settled as sent."""
    assert set(await post.settled(directory)) == {"sent"}
    return await post.rows(directory)


async def test_a_kill_repeats_no_notice_that_was_reported(cluster: Cluster, tmp_path: Path) -> None:
    """P02: each is settled when it is answered; a kill in the middle of fifty doubles two at most.

    Those are the one that is being sent, and the one whose answer is being stored.
    """
    url = await cluster.new_database()
    but = {"notification_claim": 1}
    async with posting(url, tmp_path, **but) as (post, dying):
        directory = await post.directory()
        post.order("@report")
        await post.peer.send_file(directory, HEADER + users(*range(_LOT)), options=WELCOME)
        await post.until(directory, lambda _: len(post.told(directory)) >= _LOT // 2)
        dying.kill()
    async with posting(url, tmp_path, **but) as (post, _):
        assert await post.settled(directory) == {"sent": _LOT}
    numbers = post.numbers(directory)
    assert set(numbers) == {str(number) for number in range(_LOT)}
    assert sum(numbers.values()) <= _LOT + 2


async def test_what_a_dead_server_had_claimed_another_tells(
    cluster: Cluster, tmp_path: Path
) -> None:
    """P02: only once the claim has lapsed; while it is renewed, no other server does."""
    url = await cluster.new_database()
    but = {"notification_claim": 1.5, "notify_timeout": 50}
    async with posting(url, tmp_path, **but) as (post, dying):
        directory = await post.directory()
        post.order("@hang")
        await post.peer.send_file(directory, HEADER + users(1, 2), options=WELCOME)
        async with asyncio.timeout(20):
            await post.until(directory, lambda _: post.began() == 1)
        async with posting(url, tmp_path, **but) as (other, _):
            await asyncio.sleep(4)  # longer than two claims: the first server keeps its own
            assert (post.began(), post.told(directory)) == (1, [])
            post.order("")
            dying.kill()
            assert await other.settled(directory) == {"sent": 2}
            assert other.numbers(directory) == {"1": 1, "2": 1}
            assert [row["attempts"] for row in await other.rows(directory)] == [2, 2]


async def test_two_workers_share_the_work_and_tell_each_once(
    cluster: Cluster, tmp_path: Path
) -> None:
    """P33: both send, no notice is sent by both, and none is left."""
    url = await cluster.new_database()
    async with (
        posting(url, tmp_path) as (post, _),
        posting(url, tmp_path) as (_, _),
    ):
        directories = [await post.directory(), await post.directory()]
        post.order("@slow")
        for directory in directories:
            lots = [users(*range(first, first + 200)) for first in (0, 200)]
            for lot in lots:
                await post.peer.send_file(directory, HEADER + lot, options=WELCOME)
        for directory in directories:
            assert await post.settled(directory) == {"sent": 400}
            assert set(post.numbers(directory).values()) == {1}
        pids = {told["pid"] for directory in directories for told in post.told(directory)}
        assert len(pids) == 2


async def test_a_rate_holds_for_all_servers_together(cluster: Cluster, tmp_path: Path) -> None:
    """Counted in the database: two workers send no more than one may, and evenly: 3 in 2.6 s."""
    url = await cluster.new_database()
    async with posting(url, tmp_path) as (post, _), posting(url, tmp_path) as (_, _):
        directory = await post.directory(per_minute=70)
        await post.peer.send_file(directory, HEADER + users(*range(300)), options=WELCOME)
        await post.until(directory, lambda states: states["sent"] >= 9)
        await asyncio.sleep(20 * SOON)  # many searches of both
        claimed = sorted(row["claimed_at"] for row in await post.rows(directory) if row["attempts"])
    assert len(claimed) < 20
    for first, fourth in zip(claimed, claimed[3:], strict=False):
        assert (fourth - first).total_seconds() >= 3 * 60 / 70


async def test_a_server_that_is_told_to_stop_settles_what_it_has_claimed(
    cluster: Cluster, tmp_path: Path
) -> None:
    """P02: nothing is left claimed; what the plugin got counts as sent, and is not repeated."""
    url = await cluster.new_database()
    async with posting(url, tmp_path) as (post, server):
        directory = await post.directory()
        post.order("@slow")
        await post.peer.send_file(directory, HEADER + users(*range(400)), options=WELCOME)
        await post.until(directory, lambda _: bool(post.told(directory)))
        await _stopped(server)
        rows = await post.rows(directory)
    told = set(post.numbers(directory))
    assert 0 < len(told) < 400
    assert {row["employee_number"] for row in rows if row["state"] == "sent"} == told
    assert {row["claimed_until"] for row in rows} == {None}


async def _stopped(server: Server) -> None:
    server.process.send_signal(signal.SIGTERM)
    await asyncio.to_thread(server.process.wait, 15)


async def test_a_database_that_goes_away_under_a_worker_is_waited_for(
    cluster: Cluster, tmp_path: Path
) -> None:
    """P33: connections are cut while a plugin is asked; its notices are settled, and sent once."""
    url = await cluster.new_database()
    async with posting(url, tmp_path) as (post, server), Peer.of(server) as peer:
        directory = await post.directory()
        post.order("@slow")
        await peer.send_file(directory, HEADER + users(*range(300)), options=WELCOME)
        for _ in range(5):
            await _cut(url)
            await asyncio.sleep(0.2)
        assert await post.settled(directory) == {"sent": 300}
        assert set(post.numbers(directory).values()) == {1}


async def test_a_worker_outlives_what_it_does_not_expect(cluster: Cluster, tmp_path: Path) -> None:
    """P33: what the database refuses is logged, with a number to find it by, and survived."""
    url = await cluster.new_database()
    async with posting(url, tmp_path) as (post, server), connected(url) as connection:
        directory = await post.directory()
        await connection.execute("alter table notices rename column due_at to due_then")
        async with asyncio.timeout(20):
            while True:
                if "correlation_id" in server.log.read_text():
                    break
                await asyncio.sleep(SOON)
        await connection.execute("alter table notices rename column due_then to due_at")
        await post.peer.send_file(directory, HEADER + users(1), options=WELCOME)
        assert await post.settled(directory) == {"sent": 1}


async def _cut(url: str) -> None:
    """Break every connection of the server to its database."""
    async with connected(url) as connection:
        await connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and application_name = 'rollbook'"
        )
