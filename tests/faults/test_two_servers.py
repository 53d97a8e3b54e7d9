"""Two servers and one import: a server that was frozen must not write when it wakes."""

import asyncio
import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from rollbook.errors import Reason
from rollbook.v1.imports_pb2 import IMPORT_STATE_COMPLETED
from tests.acceptance.wire import Answer, Peer, csv, end
from tests.environment import Cluster, Server
from tests.faults.crowd import Crowd, crowd
from tests.faults.sending import Sent
from tests.faults.witness import (
    check_ending,
    check_ledger,
    check_quiet,
    check_sums,
    connected,
    guard_off,
    row_versions,
    seeded,
    started,
    tell,
    versions,
)

_ROWS = 1_200


def _room(folder: Path, number: int) -> Path:
    """A folder for the server of that number: it keeps its tokens there."""
    room = folder / str(number)
    room.mkdir(exist_ok=True)
    return room


@contextmanager
def _frozen(server: Server) -> Iterator[None]:
    """The server's process is stopped, and goes on afterwards, as a paused machine does."""
    os.kill(server.process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(server.process.pid, signal.SIGCONT)


async def _taken_over(peer: Peer, sent: Sent, within: float) -> Answer:
    """Ask until the import is let go of; then to its end."""
    began = time.monotonic()
    while True:
        answer = await sent.to_the_end(peer)
        if answer.ending == "OK":
            return answer
        assert answer.ending == "ABORTED/IMPORT_ALREADY_RUNNING", (answer.ending, answer.message)
        assert time.monotonic() - began < within, "nobody could take it over"
        await asyncio.sleep(0.1)


async def _prepared(peer: Peer, file: Crowd) -> str:
    directory = await peer.new_directory()
    check_ending(await peer.send_file(directory, file.before))
    async with connected(peer.server.database_url) as connection:
        await guard_off(connection, directory)
    return directory


async def _check_end(sent: Sent, file: Crowd, answer: Answer, url: str) -> None:
    assert answer.summary
    assert answer.summary.state == IMPORT_STATE_COMPLETED
    check_sums(answer.summary, sent.results.values(), file)
    async with connected(url) as connection:
        await check_ledger(connection, sent.directory, sent.import_id, range(2, file.rows + 2))
        assert await versions(connection, sent.directory) == file.versions
    await check_quiet(url)


async def _frozen_in_the_middle(
    dice: random.Random, first: Peer, loser: Sent, second: Peer, sent: Sent
) -> tuple[Answer, Answer]:
    """The answers of the first server, frozen at a random moment, and of the second."""
    moment = dice.randrange(_ROWS // 12)
    async with first.call() as call:
        reading = asyncio.create_task(call.rest())
        writing = asyncio.create_task(call.send(*loser.messages))
        while not reading.done():
            if len(call.answer.results) >= moment:
                break
            await asyncio.sleep(0.001)
        await asyncio.sleep(dice.uniform(0, 0.05))
        with _frozen(first.server):
            await asyncio.sleep(1.1)
            taking = asyncio.create_task(_taken_over(second, sent, 35))
            await asyncio.sleep(dice.choice([0, 0.2, 5]) * dice.random())
        zombie = await asyncio.wait_for(reading, 40)
        await writing
    return zombie, await taking


@pytest.mark.timeout(600)
@pytest.mark.parametrize("count", [3, pytest.param(20, marks=pytest.mark.long)])
@pytest.mark.parametrize(
    "commit", ["PER_BATCH", pytest.param("WHOLE_FILE", marks=pytest.mark.long)]
)
async def test_a_frozen_owner_wakes_too_late(
    cluster: Cluster, tmp_path: Path, commit: str, count: int
) -> None:
    """P06: the second server takes over once the lease has lapsed; a late batch is refused.

    The first one wakes in the middle of the other's work, or after it.
    """
    dice = seeded()
    url = await cluster.new_database()
    settings = {"batch_rows": 20, "lease": 1, "import_queue_wait": 0.3}
    async with (
        started(url, _room(tmp_path, 1), **settings) as one,
        started(url, _room(tmp_path, 2), **settings) as two,
        Peer.of(one) as first,
        Peer.of(two) as second,
    ):
        late = 0
        for _ in range(count):
            file = crowd(dice, _ROWS, swaps=10)
            said: dict[str, Any] = {"options": {"commit": commit}}
            sent = Sent(await _prepared(second, file), file.content, **said)
            loser = Sent(sent.directory, file.content, import_id=sent.import_id, **said)
            zombie, answer = await _frozen_in_the_middle(dice, first, loser, second, sent)
            check_ending(zombie, Reason.IMPORT_ALREADY_RUNNING)
            late += zombie.ending != "OK"
            await _check_end(sent, file, answer, url)
            for result in zombie.results:  # its answers before it lost the import stay true
                known = sent.results[result.line]
                assert (known.outcome, known.user_id) == (result.outcome, result.user_id)
    tell(f"{late} of {count} frozen owners came too late")


async def test_a_frozen_owner_whose_client_has_gone(cluster: Cluster, tmp_path: Path) -> None:
    """P06: it wakes, finds its stream ended, and leaves what the other has completed as it is."""
    url = await cluster.new_database()
    file = crowd(seeded(), 300)
    settings = {"batch_rows": 20, "lease": 1}
    async with (
        started(url, _room(tmp_path, 1), **settings) as one,
        started(url, _room(tmp_path, 2), **settings) as two,
        Peer.of(two) as second,
    ):
        sent = Sent(await _prepared(second, file), file.content)
        async with Peer.of(one) as first:
            half = len(file.content) // 2
            async with first.call(sent.opening, *csv(file.content[:half])) as call:
                assert await call.read("results")
                await asyncio.sleep(0.5)
                os.kill(one.process.pid, signal.SIGSTOP)
        try:
            answer = await _taken_over(second, sent, 6)
            check_ending(answer)
            async with connected(url) as connection:
                before = await row_versions(connection, sent.directory)
        finally:
            os.kill(one.process.pid, signal.SIGCONT)
        await asyncio.sleep(1)
        found = await second.get_import(sent.directory, sent.import_id)
        assert found.state == IMPORT_STATE_COMPLETED
        async with connected(url) as connection:
            assert await row_versions(connection, sent.directory) == before
        await _check_end(sent, file, answer, url)


async def test_one_owner_at_a_time(cluster: Cluster, tmp_path: Path) -> None:
    """P06, B043: while one client sends, others with its id are refused, at both servers."""
    url = await cluster.new_database()
    file = crowd(seeded(), 400)
    settings = {"batch_rows": 20, "lease": 1, "import_queue_wait": 0.3}
    async with (
        started(url, _room(tmp_path, 1), **settings) as one,
        started(url, _room(tmp_path, 2), **settings) as two,
        Peer.of(one) as first,
        Peer.of(two) as second,
    ):
        sent = Sent(await _prepared(first, file), file.content)
        half = len(file.content) // 2
        async with first.call(sent.opening, *csv(file.content[:half])) as call:
            assert await call.read("results")
            for _ in range(3):
                for peer in (first, second):
                    answer = await peer.send([sent.opening, *csv(file.content), end()])
                    assert answer.ending == "ABORTED/IMPORT_ALREADY_RUNNING"
                    assert answer.retry_after
                await asyncio.sleep(0.5)  # three times over, longer than a lease: it is renewed
            await call.send(*csv(file.content[half:]), end())
            answer = await call.rest()
        check_ending(answer)
        sent.results = {result.line: result for result in answer.results}
        await _check_end(sent, file, answer, url)


@pytest.mark.long
@pytest.mark.timeout(120)
async def test_a_dead_owner_is_given_up_in_time(cluster: Cluster, tmp_path: Path) -> None:
    """P06: with the lease as it is by default, a nameless server's import goes on within 35 s."""
    url = await cluster.new_database()
    file = crowd(seeded(), 2_000)
    async with started(url, _room(tmp_path, 2)) as two, Peer.of(two) as second:
        async with started(url, _room(tmp_path, 1), batch_rows=50) as one, Peer.of(one) as first:
            sent = Sent(await _prepared(first, file), file.content)
            answer = await sent.broken(first, lambda: len(sent.results) > 500, one.kill, 0)
            check_ending(answer, broken=True)
        began = time.monotonic()
        answer = await _taken_over(second, sent, 35)
        tell(f"taken over after {time.monotonic() - began:.1f} s")
        await _check_end(sent, file, answer, url)
