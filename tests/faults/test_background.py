"""Every background task of a server is killed, and does its work again.

The real server is killed from inside: a row makes a plugin cancel the task of a name.
"""

import asyncio
import os
import re
import signal
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest_asyncio

from rollbook.background import Background
from tests.acceptance.post import SOON, WELCOME, Post
from tests.acceptance.wire import HEADER, Peer, csv, end, start, users, whole
from tests.faults.embedded import embedded_server, postmaster, url_of
from tests.faults.health import NOT_SERVING, SERVING, becomes, health_of
from tests.faults.witness import connected

_LEASE = 2.0
_WORDS = "employee_number,email,first_name,last_name,job_title\n"


@dataclass
class Life:
    """A server whose tasks are killed."""

    peer: Peer
    post: Post
    folder: Path

    async def kill(self, task: str) -> None:
        """Cancel it, as nobody should."""
        where = await self.peer.new_directory()
        content = f"{_WORDS}1,one@example.org,A,B,@cancel:{task}\n"
        answer = await self.peer.send(whole(where, content, options={"commit": "NONE"}))
        assert answer.ending == "OK", answer.message


@pytest_asyncio.fixture(scope="module")
async def life(tmp_path_factory: object) -> AsyncIterator[Life]:
    """A server that has every one of the tasks."""
    folder: Path = tmp_path_factory.mktemp("life")  # type: ignore[attr-defined]
    settings = {
        "plugins": "tests.plugin:on_demand_async,tests.plugin:recording",
        "test_notices": folder,
        "notification_poll": SOON,
        "notification_claim": _LEASE,
        "lease": _LEASE,
        "metrics_listen": "127.0.0.1:0",
        "sweep_every": 0.2,
    }
    with embedded_server(folder, **settings) as running:
        async with Peer.of(running) as peer:
            yield Life(peer, Post(peer, folder, running.database_url), folder)


async def _health_follows(life: Life) -> None:
    async with (
        health_of(life.peer.server.address) as health,
        connected(life.post.url) as connection,
    ):
        last = await connection.fetchval("select max(version) from schema_migrations")
        rename = "update schema_migrations set version = $1 where version = $2"
        await connection.execute(rename, "0000", last)
        await becomes(health, NOT_SERVING, 10)
        await connection.execute(rename, last, "0000")
        await becomes(health, SERVING, 10)


async def _what_was_left_is_finished(life: Life) -> None:
    opening = start(await life.peer.new_directory(), options={"commit": "NONE"})
    where, import_id = opening.start.directory, opening.start.import_id
    await life.peer.send([opening, *csv(HEADER + users(1)), end()])
    async with connected(life.post.url) as connection:
        await connection.execute(
            "update imports set state = 'RUNNING' where id = $1::text::uuid", import_id
        )
    await life.peer.until(where, import_id, {"IMPORT_STATE_PREVIEWED"})


async def _what_is_old_is_deleted(life: Life) -> None:
    await life.peer.new_token("users:read")
    async with connected(life.post.url) as connection:
        old = await connection.fetchval(
            "update access_tokens set revoked_at = now() - interval '500 days'"
            " where principal = 'somebody' returning id"
        )
        async with asyncio.timeout(10):
            while await connection.fetchval("select 1 from access_tokens where id = $1", old):  # noqa: ASYNC110
                await asyncio.sleep(0.05)


async def _notices_are_sent(life: Life) -> None:
    where = await life.post.directory()
    await life.peer.send_file(where, HEADER + users(1), options=WELCOME)
    assert await life.post.settled(where) == {"sent": 1}
    assert set(life.post.numbers(where).values()) == {1}


async def _urgent_notices_are_sent(life: Life) -> None:
    """No mail is urgent yet: it is made so, while the other worker is busy."""
    where = await life.post.directory()
    life.post.order("@wait")
    began = life.post.began()
    await life.peer.send_file(where, HEADER + users(1), options=WELCOME)
    async with asyncio.timeout(10):
        while life.post.began() == began:  # noqa: ASYNC110  # another process writes it
            await asyncio.sleep(0.02)
    life.post.order("")
    await life.post.urgent(where)
    await life.post.until(where, lambda states: states["sent"] == 1 and states["pending"] == 1)
    assert await life.post.settled(where) == {"sent": 2}


async def _the_lag_is_measured(life: Life) -> None:
    log = life.peer.server.log.read_text()
    (address,) = re.findall(r"\] metrics +address=(\S+)", log)

    def measured() -> float:
        with urllib.request.urlopen(f"http://{address}/metrics", timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        (line,) = [line for line in lines if line.startswith("rollbook_loop_lag_seconds_count ")]
        return float(line.split()[1])

    before = await asyncio.to_thread(measured)
    async with asyncio.timeout(10):
        while await asyncio.to_thread(measured) == before:  # noqa: ASYNC110  # no event
            await asyncio.sleep(0.1)


async def _the_database_comes_back(life: Life) -> None:
    where = await life.peer.new_directory()
    os.kill(postmaster(life.folder), signal.SIGKILL)
    answer = await life.peer.send_file(where, HEADER + users(1))
    assert (answer.ending, answer.rows) == ("OK", {2: "CREATED"}), answer.message
    life.post.url = url_of(life.folder)


async def _holds(life: Life, question: str, seconds: float) -> None:
    """The answer is true all the time."""
    clock = asyncio.get_running_loop().time
    began = clock()
    async with connected(life.post.url) as connection:
        while clock() - began < seconds:
            assert await connection.fetchval(question)
            await asyncio.sleep(0.1)


async def _a_lease_is_kept(life: Life) -> None:
    opening = start(await life.peer.new_directory())
    content = f"{_WORDS}1,one@example.org,A,B,@sleep:{3 * _LEASE}\n"
    importing = asyncio.create_task(life.peer.send([opening, *csv(content), end()]))
    await life.peer.until(
        opening.start.directory, opening.start.import_id, {"IMPORT_STATE_RUNNING"}
    )
    await life.kill(Background.LEASE)
    await _holds(
        life,
        "select expires_at > clock_timestamp() from import_leases"
        f" where import_id = '{opening.start.import_id}'",
        2 * _LEASE,
    )
    answer = await importing
    assert answer.ending == "OK", answer.message
    assert answer.rows[2].startswith("CREATED")


async def _a_claim_is_kept(life: Life) -> None:
    where = await life.post.directory()
    life.post.order("@wait")
    before = life.post.began()
    await life.peer.send_file(where, HEADER + users(1), options=WELCOME)
    async with asyncio.timeout(10):
        while life.post.began() == before:  # noqa: ASYNC110  # another process writes it
            await asyncio.sleep(0.02)
    await life.kill(Background.CLAIM)
    await _holds(
        life,
        "select claimed_until > clock_timestamp() from notices as n"
        f" join directories as d on d.id = n.directory_id where d.name = '{where}'",
        1.5 * _LEASE,
    )
    life.post.order("")
    assert await life.post.settled(where) == {"sent": 1}
    assert set(life.post.numbers(where).values()) == {1}


_WORKS: dict[Background, Callable[[Life], Awaitable[None]]] = {
    Background.READINESS: _health_follows,
    Background.LEFT_BEHIND: _what_was_left_is_finished,
    Background.RETENTION: _what_is_old_is_deleted,
    Background.NOTIFICATIONS: _notices_are_sent,
    Background.URGENT: _urgent_notices_are_sent,
    Background.LAG: _the_lag_is_measured,
    Background.LEASE: _a_lease_is_kept,
    Background.CLAIM: _a_claim_is_kept,
    Background.POSTGRES: _the_database_comes_back,
}
"""What shows that a task does its work: its own effect, not a line of the log."""
_WHILE_ANOTHER_WORKS = (Background.LEASE, Background.CLAIM)
"""Those that live as long as an import or a claim, and are killed in the middle of it."""


async def _dies(life: Life, task: Background, times: int) -> None:
    """Kill it until it has died so often: between two lives there is nothing to kill."""
    async with asyncio.timeout(30):
        while True:
            lines = life.peer.server.log.read_text().splitlines()
            if sum("a background task died" in line and task in line for line in lines) >= times:
                return
            await life.kill(task)
            await asyncio.sleep(0.1)


async def test_an_import_whose_task_is_cancelled_tells_its_client(life: Life) -> None:
    """P06: by whomever: the call does not wait for ever, and the same id goes on."""
    opening = start(await life.peer.new_directory())
    messages = [opening, *csv(f"{_WORDS}1,one@example.org,A,B,@sleep:{_LEASE}\n"), end()]
    importing = asyncio.create_task(life.peer.send(messages))
    await life.peer.until(
        opening.start.directory, opening.start.import_id, {"IMPORT_STATE_RUNNING"}
    )
    await life.kill(f"import {opening.start.import_id}")
    async with asyncio.timeout(10):
        broken = await importing
        again = await life.peer.send(messages)
    assert broken.ending == "UNAVAILABLE/SERVER_DRAINING"
    assert again.ending == "OK", again.message
    assert again.rows[2].startswith("CREATED")


async def test_each_background_task_that_is_killed_works_again(life: Life) -> None:
    """P33: and a second time; then SIGTERM ends the server as if nothing had been: exit 0."""
    assert set(_WORKS) == set(Background), "a new task needs its case"
    running = life.peer.server
    for task, works in _WORKS.items():
        for times in (1, 2) if task not in _WHILE_ANOTHER_WORKS else ():
            await _dies(life, task, times)
        await works(life)
    running.process.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(running.process.wait, 15) == 0
