"""Many imports in one directory do not slow down the other directories."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import grpc.aio
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from rollbook.store.statements import sql
from rollbook.v1.users_pb2 import ListUsersRequest
from rollbook.v1.users_pb2_grpc import UserServiceStub
from tests.acceptance.wire import HEADER, Peer, csv, end, start, users, whole
from tests.environment import Cluster, Server
from tests.faults.witness import check_quiet, connected, started, tell

_MANY = 20


async def test_those_who_wait_for_a_turn_keep_nobody_else_waiting(
    cluster: Cluster, tmp_path: Path
) -> None:
    """P19: a directory whose lock is held, 20 imports that want it, and a pool of 4."""
    url = await cluster.new_database()
    async with (
        started(url, tmp_path, imports_per_process=100, pool_size=4) as running,
        Peer.of(running) as peer,
        connected(url) as connection,
    ):
        busy, other = await peer.new_directory(), await peer.new_directory()
        directory_id = await connection.fetchval("select id from directories where name = $1", busy)
        async with connection.transaction():
            await connection.execute(sql("directories/directory_lock"), directory_id)
            waiting = [
                asyncio.create_task(peer.send(whole(busy, HEADER + users(number))))
                for number in range(_MANY)
            ]
            await _reach_the_lock(url)
            async with asyncio.timeout(20):
                for number in range(5):
                    answer = await peer.send(whole(other, HEADER + users(number)))
                    assert answer.ending == "OK"
                    await _list(running, peer, other)
            assert not any(task.done() for task in waiting)
        for answer in await asyncio.gather(*waiting):
            assert answer.ending == "OK"
        assert len(await peer.stored(busy)) == _MANY
        await check_quiet(url, connections=5)  # the pool, and the one of health


async def _reach_the_lock(url: str) -> None:
    """Two wait in PostgreSQL, and never more."""
    waiting = (
        "select count(*) from pg_locks where locktype = 'advisory' and not granted and database ="
        " (select oid from pg_database where datname = current_database())"
    )
    async with connected(url) as connection, asyncio.timeout(20):
        while await connection.fetchval(waiting) < 2:  # noqa: ASYNC110 -- another process
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.5)
        assert await connection.fetchval(waiting) == 2


async def _list(running: Server, peer: Peer, directory: str) -> None:
    async with grpc.aio.insecure_channel(running.address) as channel:
        await UserServiceStub(channel).ListUsers(
            ListUsersRequest(directory=directory),
            metadata=(("authorization", f"Bearer {running.token}"),),
        )


@pytest.mark.long
@pytest.mark.quiet
@pytest.mark.timeout(900)
async def test_100_imports_in_one_directory(cluster: Cluster, tmp_path: Path) -> None:
    """P19: reads and opening in all others, and health, under 200 ms at the 99th percentile."""
    url = await cluster.new_database()
    async with (
        started(url, tmp_path, imports_per_process=200, pool_size=10) as running,
        Peer.of(running) as peer,
    ):
        busy, *others = [await peer.new_directory() for _ in range(6)]
        for other in others:
            await peer.send(whole(other, HEADER + users(*range(1_000))))
        files = [HEADER + users(*range(at * 1_000, (at + 1) * 1_000)) for at in range(100)]
        many = [asyncio.create_task(peer.send(whole(busy, file))) for file in files]
        took: defaultdict[str, list[float]] = defaultdict(list)
        for number in count(10_000):
            if all(task.done() for task in many):
                break
            await _round(running, peer, others[number % len(others)], number, took)
        for answer in await asyncio.gather(*many):
            assert answer.ending == "OK"
        figures = {
            what: sorted(found)[max(0, int(len(found) * 0.99) - 1)] for what, found in took.items()
        }
        told = ", ".join(f"{what} {seconds * 1e3:.0f} ms" for what, seconds in figures.items())
        tell(f"99th percentile of {len(took['list'])}: {told}")
        assert max(figures["list"], figures["opening"], figures["health"]) < 0.2
        await check_quiet(url)


async def _round(
    running: Server, peer: Peer, directory: str, number: int, took: defaultdict[str, list[float]]
) -> None:
    """Read, ask for health, and import one user; note the seconds of each."""

    @contextmanager
    def timed(what: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        took[what].append(time.monotonic() - began)

    with timed("list"):
        await _list(running, peer, directory)
    async with grpc.aio.insecure_channel(running.address) as channel:
        with timed("health"):
            check = health_pb2_grpc.HealthStub(channel).Check  # type: ignore[attr-defined]
            await check(health_pb2.HealthCheckRequest())
    with timed("import of one"):
        async with peer.call() as call:
            with timed("opening"):
                await call.send(start(directory))
                assert await call.read("accepted")
            await call.send(*csv(HEADER + users(number)), end())
            answer = await call.rest()
    assert answer.ending == "OK"
