"""A client that reads none of its answers: what the server holds for it, and for how long."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from rollbook.v1.imports_pb2 import IMPORT_STATE_RUNNING, Import
from tests.acceptance.memory import MIB, Memory
from tests.acceptance.wire import HEADER, Call, Peer, csv, end, start, users, whole
from tests.environment import Cluster
from tests.faults.witness import check_quiet, started, tell

_ROWS = 200_000
_WAIT_S = 15.0
_HELD = 16 * MIB
_NOISE = 16 * MIB
"""What gRPC holds of both directions, whatever the bound is, and what the allocator keeps."""
_COLUMNS = [f"{n:02} {'columns of attributes ' * 2}".strip() for n in range(12)]
_OPTIONS = {"unknown_columns": "STORE"}


def _wrong(rows: int) -> str:
    """Rows that are answered with an issue for each of their cells: kilobytes for 80 bytes."""
    header = ",".join([HEADER.rstrip("\n"), *_COLUMNS])
    row = ",".join(["!", "no-address", "", "", "", "", *["a\1b"] * len(_COLUMNS)])
    return f"{header}\n" + f"{row}\n" * rows


async def _bytes_a_row(other: Peer) -> int:
    """What the answer to a row takes; the server has then what such imports take beside others."""
    rows = 5_000
    for _ in range(2):
        content = whole(await other.new_directory(), _wrong(rows), options=_OPTIONS)
        meanwhile = asyncio.gather(*(_import(other) for _ in range(4)))
        answer = await other.send(content)
        await meanwhile
        assert answer.ending == "OK", answer.message
    return sum(answer.sizes) // rows


async def _import(other: Peer) -> None:
    answer = await other.send_file(await other.new_directory(), HEADER + users(*range(500)))
    assert answer.ending == "OK", answer.message


@asynccontextmanager
async def _sending(deaf: Peer, where: str) -> AsyncIterator[tuple[Call, str]]:
    """An import of many such rows, whose answers nobody reads; its id."""
    opening = start(where, options=_OPTIONS)
    async with deaf.call(opening) as call:
        sending = asyncio.create_task(call.send(*csv(_wrong(_ROWS)), end()))
        yield call, opening.start.import_id
        sending.cancel()


async def _until_cut(other: Peer, where: str, import_id: str) -> tuple[Import, int]:
    """The import once it is stopped, and how many others have come to their end meanwhile."""
    imported = 0
    while True:
        await _import(other)
        found = await other.get_import(where, import_id)
        if found.summary.stopped_by.code:
            return found, imported
        imported += 1


@pytest.mark.long
async def test_no_more_than_the_bound_is_held_for_a_client_that_reads_nothing(
    cluster: Cluster, tmp_path: Path
) -> None:
    """P24: of 200,000 answers, as memory of the process; others import; then the call is cut."""
    url = await cluster.new_database()
    async with (
        started(url, tmp_path, batch_rows=500, unread_wait=_WAIT_S, unread_bytes=_HELD) as running,
        Peer.of(running) as deaf,
        Peer.of(running) as other,
    ):
        memory = Memory(running.process.pid)
        size = await _bytes_a_row(other)
        before = memory.peak()
        memory.forget_peak()
        where = await deaf.new_directory()
        async with _sending(deaf, where) as (call, import_id):
            found, imported = await _until_cut(other, where, import_id)
            grown = memory.peak() - before
            async with asyncio.timeout(30):
                answer = await call.rest()
        rows = found.summary.rows
        tell(f"{grown / MIB:.1f} MiB more; {imported} imports meanwhile; {rows} rows of {size} B")
        assert answer.ending == "DEADLINE_EXCEEDED/STREAM_IDLE"
        assert found.summary.stopped_by.code == "stream_idle"
        assert rows * size > _HELD, "not enough to fill the bound"
        assert rows < _ROWS
        assert grown < _HELD + _NOISE
        assert imported > 3
        await check_quiet(url)


async def _until_full(peer: Peer, where: str, import_id: str, *, replayed: bool) -> None:
    """Wait until the server holds as much as it may: nothing moves any more."""
    rows, still = -1, 0
    while still < 5:
        await asyncio.sleep(0.3)
        found = await peer.get_import(where, import_id)
        going = found.state == IMPORT_STATE_RUNNING and (replayed or found.summary.rows > 0)
        still = still + 1 if going and found.summary.rows == rows else 0
        rows = found.summary.rows


@pytest.mark.parametrize(
    "replayed",
    [False, pytest.param(True, marks=pytest.mark.long)],
    ids=["first answers", "replayed answers"],
)
async def test_a_server_that_stops_does_not_wait_for_who_reads_nothing(
    cluster: Cluster, tmp_path: Path, replayed: bool
) -> None:
    """P28: it stops at once, gives the import back, and the next server goes on with it.

    The grace is the longest that a test waits for; a server that used it up would fail.
    """
    url = await cluster.new_database()
    rows = 6_000
    settings = {"batch_rows": 500, "unread_bytes": MIB, "shutdown_grace": 60}
    content = _wrong(rows)
    async with (
        started(url, tmp_path, **settings) as one,
        started(url, tmp_path, **settings) as two,
        Peer.of(one) as deaf,
        Peer.of(two) as other,
    ):
        where = await deaf.new_directory()
        opening = start(where, options=_OPTIONS)
        if replayed:
            whole_but_the_end = await deaf.send([opening, *csv(content)])
            assert whole_but_the_end.ending == "ABORTED/TRUNCATED_STREAM"
        async with deaf.call(opening) as call:
            sending = asyncio.create_task(call.send(*csv(content)))
            await _until_full(deaf, where, opening.start.import_id, replayed=replayed)
            one.process.terminate()
            assert await asyncio.to_thread(one.process.wait, 20) == 0
            sending.cancel()
        answer = await other.send([opening, *csv(content), end()])
        assert answer.ending == "OK", answer.message
        assert sorted(answer.rows) == list(range(2, rows + 2))
        await check_quiet(url)
