"""A client that dies, or a server that stops, leaves nothing half done."""

import asyncio
import contextlib
import random
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import grpc.aio
import pytest_asyncio
from grpc_health.v1 import health_pb2, health_pb2_grpc

from rollbook.v1.imports_pb2 import IMPORT_STATE_INTERRUPTED
from tests.acceptance.wire import HEADER, Answer, Call, Peer, csv, start, user, users
from tests.environment import Server, serving

_GONE = {"IMPORT_STATE_INTERRUPTED", "IMPORT_STATE_COMPLETED", "IMPORT_STATE_STOPPED"}


@pytest_asyncio.fixture(scope="module")
async def peer(server: Server) -> AsyncIterator[Peer]:
    async with Peer.of(server) as peer:
        yield peer


_CONTENT = (
    HEADER
    + users(1, 2)
    + user(3, first_name='"A ""quoted"",\nname"')
    + user(4, first_name="Zoë")
    + users(5)
).encode()


async def test_a_client_killed_at_any_byte(server: Server, peer: Peer) -> None:
    """P03: INTERRUPTED, never COMPLETED; whole rows are kept, wherever the cut falls."""
    cuts = random.Random(7).sample(range(1, len(_CONTENT)), 24)
    await asyncio.gather(*(_killed_at(server, peer, cut) for cut in cuts[:8]))
    await asyncio.gather(*(_killed_at(server, peer, cut) for cut in cuts[8:16]))
    await asyncio.gather(*(_killed_at(server, peer, cut) for cut in cuts[16:]))


async def _killed_at(server: Server, peer: Peer, cut: int) -> None:
    directory = await peer.new_directory()
    opening = start(directory)
    sent = _CONTENT[:cut]
    async with Peer.of(server) as dying, dying.call(opening) as call:
        assert await call.read("accepted")
        await call.send(*csv(sent, 16))
        # The call is cancelled; now the connection goes as well.
    found = await peer.until(directory, opening.start.import_id, _GONE)
    assert found.state == IMPORT_STATE_INTERRUPTED, f"cut at {cut}"
    there = sorted(await peer.stored(directory))
    assert there == ["1", "2", "3", "4", "5"][: len(there)], f"cut at {cut}"
    assert len(there) <= _whole_rows(sent)
    assert found.summary.created == len(there)


def _whole_rows(content: bytes) -> int:
    ends = [_CONTENT.index(row) for row in (b"\n2,", b"\n3,", b"\n4,", b"\n5,")]
    return sum(len(content) > at for at in (*ends, len(_CONTENT) - 1))


async def test_what_was_answered_is_kept_when_the_client_dies(peer: Peer) -> None:
    """What a client received is in the database, though its call was cancelled at once."""
    directory = await peer.new_directory()
    opening = start(directory)
    async with peer.call(opening, *csv(HEADER + users(*range(500)))) as call:
        assert await call.read("results")
        answered = set(call.answer.rows)
    there = {2 + int(number) for number in await peer.stored(directory)}
    assert answered <= there
    found = await peer.until(directory, opening.start.import_id, _GONE)
    assert found.state == IMPORT_STATE_INTERRUPTED


async def test_a_server_told_to_stop_while_it_imports(database_url: str, tmp_path: Path) -> None:
    """P27: NOT_SERVING at once, batches finish, clients learn where to go on, exit 0, 0 lost.

    SIGTERM with 8 imports running.
    """
    with serving(database_url, tmp_path, batch_rows=50) as running:
        async with Peer.of(running) as peer:
            directory = await peer.new_directory()
            stop = asyncio.Event()
            health = asyncio.create_task(_health(running))
            importing = [
                asyncio.create_task(_import_until_told(peer, directory, n, stop)) for n in range(8)
            ]
            await _answered(importing, stop)
            running.process.send_signal(signal.SIGTERM)
            answers = await asyncio.wait_for(asyncio.gather(*importing), 15)
            code = await asyncio.to_thread(running.process.wait, 10)
            assert await asyncio.wait_for(health, 5)
            there = await peer.stored(directory)
    assert code == 0, running.log.read_text()
    received = 0
    for answer in answers:
        assert answer.ending == "UNAVAILABLE/SERVER_DRAINING", answer.message
        assert answer.summary
        assert answer.summary.state == IMPORT_STATE_INTERRUPTED
        assert answer.summary.created == len(answer.rows)
        received += len(answer.rows)
    assert len(there) == received, "what was written was answered, and the other way round"
    assert await _states(database_url, directory) == {"INTERRUPTED": 8}


async def _health(server: Server) -> bool:
    """Whether it saw NOT_SERVING after SERVING."""
    said = []
    async with grpc.aio.insecure_channel(server.address) as channel:
        watching = _watch(health_pb2_grpc.HealthStub(channel))
        with contextlib.suppress(grpc.aio.AioRpcError):
            async for response in watching:
                said.append(response.status)
                if response.status == health_pb2.HealthCheckResponse.NOT_SERVING:
                    break
    status = health_pb2.HealthCheckResponse
    return said == [status.SERVING, status.NOT_SERVING]


def _watch(health: Any) -> Any:
    """The stubs that tests are checked with leave this method out."""
    return health.Watch(health_pb2.HealthCheckRequest())


_PROGRESS: dict[int, Call] = {}


async def _import_until_told(peer: Peer, directory: str, n: int, stop: asyncio.Event) -> Answer:
    """Send rows for as long as the server takes them."""
    async with peer.call(start(directory), *csv(HEADER)) as call:
        _PROGRESS[n] = call

        async def write() -> None:
            for block in range(10_000):
                first = (n * 10_000 + block) * 20
                if not await call.send(*csv(users(*range(first, first + 20)))):
                    return
                await asyncio.sleep(0.002)

        writing = asyncio.create_task(write())
        try:
            return await call.rest()
        finally:
            writing.cancel()
            stop.set()


async def _answered(importing: list[asyncio.Task[Answer]], stop: asyncio.Event) -> None:
    """Wait until each import has been answered something."""
    async with asyncio.timeout(20):
        while len(_PROGRESS) < len(importing) or not all(
            call.answer.results for call in _PROGRESS.values()
        ):
            assert not stop.is_set(), "an import ended before it was told to"
            await asyncio.sleep(0.02)


async def _states(database_url: str, directory: str) -> dict[str, int]:
    connection = await asyncpg.connect(database_url)
    try:
        found = await connection.fetch(
            "select i.state, count(*) from imports i join directories d on d.id = i.directory_id"
            " where d.name = $1 group by 1",
            directory,
        )
    finally:
        await connection.close()
    return {record[0]: record[1] for record in found}
