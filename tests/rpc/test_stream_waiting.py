"""How long server and client wait for each other: silent clients, slow readers."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from rollbook.v1.imports_pb2 import IMPORT_STATE_COMPLETED, IMPORT_STATE_INTERRUPTED
from tests.acceptance.wire import HEADER, Answer, Call, Peer, csv, end, start, users
from tests.environment import serving

_IDLE = "DEADLINE_EXCEEDED/STREAM_IDLE"
_FIRST = 0.6
_GAP = 0.8
_UNREAD = 2.0
_HELD = 64 * 1024
_MANY = 30_000
_MORE = 120_000
"""Rows whose answers are more than gRPC itself holds for a client, over a local connection."""


@pytest_asyncio.fixture(scope="module")
async def hasty(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Peer]:
    """A server that does not wait long for a client."""
    with serving(
        database_url,
        tmp_path_factory.mktemp("hasty"),
        first_message_wait=_FIRST,
        message_gap=_GAP,
        unread_wait=_UNREAD,
        unread_bytes=_HELD,
        new_imports_per_hour=1_000,
    ) as running:
        async with Peer.of(running) as peer:
            yield peer


@asynccontextmanager
async def _between(least: float, most: float) -> AsyncIterator[None]:
    """What is inside takes this long, in seconds."""
    began = time.monotonic()
    yield
    assert least <= time.monotonic() - began < most


async def test_no_first_message(hasty: Peer) -> None:
    """B038: STREAM_IDLE when the time for `start` is over, and not before."""
    async with _between(_FIRST, _FIRST + 3), hasty.call() as call:
        answer = await call.rest()
    assert answer.ending == _IDLE
    assert answer.parts == []


async def test_a_first_message_in_time(hasty: Peer) -> None:
    """B038: just before that time it is soon enough."""
    directory = await hasty.new_directory()
    async with hasty.call() as call:
        await asyncio.sleep(_FIRST / 2)
        await call.send(start(directory), *csv(HEADER + users(1)), end())
        answer = await call.rest()
    assert answer.ending == "OK"


async def test_silence_between_messages(hasty: Peer) -> None:
    """P25: a silent client is cut; what came is kept, and the import can be resumed."""
    directory = await hasty.new_directory()
    opening = start(directory)
    async with hasty.call(opening, *csv(HEADER + users(1, 2) + "3,u3@exam")) as call:
        assert await call.read("results")
        async with _between(_GAP * 0.9, _GAP + 3):
            answer = await call.rest()
    assert answer.ending == _IDLE
    assert answer.rows == {2: "CREATED", 3: "CREATED"}
    assert answer.summary
    assert answer.summary.state == IMPORT_STATE_INTERRUPTED
    assert answer.summary.stopped_by.code == "stream_idle"
    found = await hasty.get_import(directory, opening.start.import_id)
    assert found.state == IMPORT_STATE_INTERRUPTED
    assert len(await hasty.stored(directory)) == 2


async def test_a_trickle(hasty: Peer) -> None:
    """P24, P25: a byte now and then is no silence; no transaction waits for the next one."""
    directory = await hasty.new_directory()
    content = (HEADER + users(1)).encode()
    head, tail = content[:-12], content[-12:]
    async with hasty.call(start(directory), *csv(head)) as call:
        for byte in range(len(tail)):
            await asyncio.sleep(_GAP / 6)
            await call.send(*csv(tail[byte : byte + 1]))
            assert await _idle_in_transaction(hasty) == 0
        await call.send(end())
        answer = await call.rest()
    assert answer.ending == "OK"
    assert answer.rows == {2: "CREATED"}


async def test_a_file_that_comes_too_slowly(database_url: str, tmp_path: Path) -> None:
    """P25: some bytes now and then are cut after the measured time; what came is kept."""
    with serving(
        database_url, tmp_path, least_rate=10_000, least_rate_over=1.5, message_gap=30
    ) as running:
        async with Peer.of(running) as peer:
            directory = await peer.new_directory()
            async with peer.call(start(directory), *csv(HEADER + users(1))) as call:
                assert await call.read("results")
                async with _between(1.0, 8):
                    for number in range(2, 40):
                        await asyncio.sleep(0.1)
                        if not await call.send(*csv(users(number))):
                            break
                    answer = await call.rest()
            assert answer.ending == _IDLE
            assert answer.facts["least_rate"] == "10000"
            assert answer.summary
            assert answer.summary.state == IMPORT_STATE_INTERRUPTED
            assert len(await peer.stored(directory)) == len(answer.rows) > 0


async def test_a_client_that_the_server_holds_back_is_not_slow(
    database_url: str, tmp_path: Path
) -> None:
    """P25: only the time counts in which the server reads."""
    with serving(
        database_url,
        tmp_path,
        least_rate=1_000,
        least_rate_over=0.5,
        plugins="tests.plugin:on_demand",
        plugin_timeout=30,
    ) as running:
        async with Peer.of(running) as peer:
            directory = await peer.new_directory()
            row = users(1).replace(",,", ",@sleep:2,")
            content = HEADER + row + users(*range(2, 2_000))
            answer = await peer.send([start(directory), *csv(content, 4096), end()])
            assert answer.ending == "OK"


async def _idle_in_transaction(peer: Peer) -> int:
    connection = await asyncpg.connect(peer.server.database_url)
    try:
        found: int = await connection.fetchval(
            "select count(*) from pg_stat_activity where datname = current_database()"
            " and pid <> pg_backend_pid() and state like 'idle in transaction%'"
            " and now() - state_change > interval '50 ms'"
        )
        return found
    finally:
        await connection.close()


def _unreadable(rows: int) -> str:
    """A file of that many wrong rows: each has an answer of some 300 bytes, and no user."""
    return HEADER + "!,no-address,,,,\n" * rows


async def test_a_client_that_never_reads_and_has_not_ended(hasty: Peer) -> None:
    """B059, P24: cut with STREAM_IDLE; INTERRUPTED, and nothing waits in the database."""
    directory = await hasty.new_directory()
    opening = start(directory)
    async with hasty.call(opening) as call:
        writing = asyncio.create_task(call.send(*csv(_unreadable(_MORE))))
        found = await hasty.until(
            directory, opening.start.import_id, {"IMPORT_STATE_INTERRUPTED"}, within=_UNREAD + 45
        )
        assert 0 < found.summary.rows < _MORE, "not enough to fill what gRPC itself holds"
        assert await _idle_in_transaction(hasty) == 0
        answer = await _read_late(call)
        writing.cancel()
    assert answer.ending == _IDLE
    assert found.summary.stopped_by.code == "stream_idle"


async def test_a_client_that_never_reads_after_its_end(hasty: Peer) -> None:
    """B059, S07: its call is cut, and the import goes on to COMPLETED without it."""
    directory = await hasty.new_directory()
    opening = start(directory, options={"results": "WITH_ISSUES"})
    good = 2_000
    async with hasty.call(opening, *csv(HEADER + users(*range(good))), end()) as call:
        found = await hasty.until(directory, opening.start.import_id, {"IMPORT_STATE_COMPLETED"})
        assert found.summary.created == good
        del call
    assert len(await hasty.stored(directory)) == good


async def test_a_client_that_leaves_after_its_end(hasty: Peer) -> None:
    """S07: once `progress.end_received` is true, no client needs to stay."""
    directory = await hasty.new_directory()
    opening = start(directory)
    good = 12_000
    async with hasty.call(opening, *csv(HEADER + users(*range(good))), end()) as call:
        while not any(progress.end_received for progress in call.answer.progress):
            assert await call.read("progress")
    found = await hasty.until(
        directory,
        opening.start.import_id,
        {"IMPORT_STATE_COMPLETED", "IMPORT_STATE_INTERRUPTED", "IMPORT_STATE_STOPPED"},
    )
    assert found.state == IMPORT_STATE_COMPLETED
    assert found.summary.created == good
    assert len(await hasty.stored(directory)) == good


async def test_the_gap_runs_only_while_the_server_reads(hasty: Peer) -> None:
    """A client that is slow to read, within its time, is not taken for a silent one."""
    directory = await hasty.new_directory()
    async with hasty.call(start(directory)) as call:
        writing = asyncio.create_task(call.send(*csv(_unreadable(_MANY)), end()))
        await asyncio.sleep(_GAP * 1.5)  # over the gap, within the wait for who does not read
        answer = await call.rest()
        await writing
    assert answer.ending == "OK"
    assert len(answer.rows) == _MANY


async def _read_late(call: Call) -> Answer:
    async with asyncio.timeout(10):
        return await call.rest()
