"""Clients that break off: at any byte, in silence, by the hundred."""

import asyncio
import gc
import random
from collections.abc import Iterable, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from rollbook.errors import Reason
from rollbook.v1.imports_pb2 import (
    IMPORT_STATE_COMPLETED,
    IMPORT_STATE_INTERRUPTED,
    Import,
    ImportState,
)
from tests.acceptance.memory import MIB, Memory
from tests.acceptance.wire import HEADER, Answer, Peer, csv, end, user
from tests.environment import Cluster, Server
from tests.faults.proxy import Proxy, before_server
from tests.faults.sending import Sent
from tests.faults.witness import (
    check_ending,
    check_ledger,
    check_quiet,
    connected,
    people,
    seeded,
    started,
    tell,
)

_ENDED = {"IMPORT_STATE_INTERRUPTED", "IMPORT_STATE_COMPLETED", "IMPORT_STATE_STOPPED"}
_ROWS = [
    user(0),
    user(1, first_name='"Ada ""the"" first, of her name"'),
    user(2, first_name="Zoë", last_name="Łęcka-李"),
    user(3, last_name='"O\'Neil, ""Ó"""'),
    *(user(n) for n in range(4, 9)),
]
_CONTENT = (HEADER + "".join(_ROWS)).encode()
# The byte at which each row is whole.
_WHOLE = [len((HEADER + "".join(_ROWS[: n + 1])).encode()) for n in range(len(_ROWS))]
_LINES = list(range(2, 11))


def _cuts(dice: random.Random, count: int) -> list[int]:
    """Where to cut: inside a quoted cell, inside a character, before `end`; the rest anywhere."""
    text = _CONTENT
    quoted = [text.index(b"the"), text.index(b"first,") + 6, text.index('"Ó'.encode()) + 1]
    inside = [text.index("ë".encode()) + 1, text.index("李".encode()) + 2]
    edges = [at for a, b in pairwise(_WHOLE) for at in (a - 1, b)]
    fixed = [*quoted, *inside, *edges, len(text), len(text) - 1, len(HEADER), 1]
    return [*fixed, *(dice.randrange(1, len(text) + 1) for _ in range(count - len(fixed)))]


@pytest.mark.parametrize("count", [60, pytest.param(300, marks=pytest.mark.long)])
async def test_a_client_cut_at_any_byte(hurried: Server, peer: Peer, count: int) -> None:
    """P03: INTERRUPTED, whole rows kept, never COMPLETED; the same id then goes on to COMPLETED."""
    dice = seeded()
    cuts = _cuts(dice, count)
    async with before_server(hurried.address) as proxy:
        for some in (cuts[at : at + 10] for at in range(0, len(cuts), 10)):
            if dice.random() < 0.3:  # one connection for all: it is reset for all
                await _reset(hurried, peer, proxy, some)
            else:
                await asyncio.gather(*(_cut(hurried, peer, dice.randrange(3), at) for at in some))
    await check_quiet(hurried.database_url)


async def _cut(server: Server, peer: Peer, how: int, cut: int) -> None:
    sent = Sent(await peer.new_directory(), _CONTENT)
    async with Peer.of(server) as dying, dying.call(sent.opening) as call:
        assert await call.read("accepted")
        await call.send(*csv(_CONTENT[:cut], 48))
        if how == 0:
            await call.half_close()
            answer = await call.rest()
            check_ending(answer, Reason.TRUNCATED_STREAM, Reason.HEADER_MISSING_COLUMN)
        elif how == 1:
            await dying.close()
    await _check_cut(peer, sent, cut, exact=how == 0)


async def _reset(server: Server, peer: Peer, proxy: Proxy, cuts: Iterable[int]) -> None:
    """Cut one connection under all of them."""
    sent = [(Sent(await peer.new_directory(), _CONTENT), cut) for cut in cuts]
    async with AsyncExitStack() as stack:
        dying = await stack.enter_async_context(Peer.of(replace(server, address=proxy.address)))
        calls = []
        for one, cut in sent:
            call = await stack.enter_async_context(dying.call(one.opening))
            assert await call.read("accepted")
            await call.send(*csv(_CONTENT[:cut], 48))
            calls.append(call)
        proxy.cut()
        for call in calls:
            check_ending(await call.rest(), broken=True)
    for one, cut in sent:
        await _check_cut(peer, one, cut, exact=False)


async def _check_cut(peer: Peer, sent: Sent, cut: int, *, exact: bool) -> None:
    """What a cut left, and that sending it again ends it. `exact`: every byte had arrived."""
    at = f"cut at {cut}"
    found = await peer.until(sent.directory, sent.import_id, _ENDED)
    assert found.state == IMPORT_STATE_INTERRUPTED, (at, found)
    there = sorted(await peer.stored(sent.directory), key=int)
    whole = sum(end <= cut for end in _WHOLE)
    assert there == [str(n) for n in range(len(there))], at
    assert len(there) == whole if exact else len(there) <= whole, at
    assert found.summary.created == found.summary.rows == len(there), at

    answer = await sent.to_the_end(peer)
    check_ending(answer)
    assert sorted(answer.rows) == _LINES, at
    assert set(answer.rows.values()) == {"CREATED"}, at
    replayed = [result.line for result in answer.results if result.replayed]
    assert sorted(replayed) == _LINES[: len(there)], at
    assert answer.summary
    assert answer.summary.state == IMPORT_STATE_COMPLETED
    assert answer.summary.created == len(_ROWS)
    async with connected(peer.server.database_url) as connection:
        await check_ledger(connection, sent.directory, sent.import_id, _LINES)
        assert all(user[-2] == 1 for user in (await people(connection, sent.directory)).values())


async def test_a_cut_before_end_alone(peer: Peer) -> None:
    """P03: every byte came, `end` did not: INTERRUPTED; with `end`, COMPLETED."""
    sent = Sent(await peer.new_directory(), _CONTENT)
    async with peer.call(sent.opening, *csv(_CONTENT)) as call:
        await call.half_close()
        answer = await call.rest()
    check_ending(answer, Reason.TRUNCATED_STREAM)
    assert sorted(answer.rows) == _LINES
    assert answer.summary
    assert answer.summary.state == IMPORT_STATE_INTERRUPTED
    again = await sent.to_the_end(peer)
    check_ending(again)
    assert again.summary
    assert again.summary.state == IMPORT_STATE_COMPLETED
    assert all(result.replayed for result in again.results)


@pytest.mark.parametrize("commit", ["PER_BATCH", "WHOLE_FILE"])
async def test_a_client_that_falls_silent(hurried: Server, peer: Peer, commit: str) -> None:
    """P25: cut with STREAM_IDLE; nothing is held for it while it waits; resumed to COMPLETED."""
    sent = Sent(await peer.new_directory(), _CONTENT, options={"commit": commit})
    cut = _WHOLE[3] + 7
    async with peer.call(sent.opening, *csv(_CONTENT[:cut])) as call:
        await asyncio.sleep(0.5)
        async with connected(hurried.database_url) as connection:
            assert not await connection.fetchval(
                "select count(*) from pg_locks where locktype = 'advisory'"
                " and database = (select oid from pg_database where datname = current_database())"
            )
        answer = await call.rest()
    check_ending(answer, Reason.STREAM_IDLE)
    found = await peer.get_import(sent.directory, sent.import_id)
    assert found.state == IMPORT_STATE_INTERRUPTED
    assert len(await peer.stored(sent.directory)) == (4 if commit == "PER_BATCH" else 0)
    again = await sent.to_the_end(peer)
    check_ending(again)
    assert len(await peer.stored(sent.directory)) == len(_ROWS)
    await check_quiet(hurried.database_url)


async def test_a_stalled_connection(hurried: Server, peer: Peer) -> None:
    """P25: where the network swallows everything, the server gives up; resumed when it is back."""
    sent = Sent(await peer.new_directory(), _CONTENT)
    async with (
        before_server(hurried.address) as proxy,
        Peer.of(replace(hurried, address=proxy.address)) as far,
        far.call(sent.opening, *csv(_CONTENT[: _WHOLE[2]])) as call,
    ):
        assert await call.read("results")
        with proxy.stalled():
            await call.send(*csv(_CONTENT[_WHOLE[2] :]), end())
            found = await peer.until(sent.directory, sent.import_id, _ENDED)
        answer = await call.rest()
    assert found.state == IMPORT_STATE_INTERRUPTED
    check_ending(answer, Reason.STREAM_IDLE)
    check_ending(await sent.to_the_end(peer))
    assert len(await peer.stored(sent.directory)) == len(_ROWS)


@pytest.fixture
def only_new_garbage() -> Iterator[None]:
    """Collecting looks at the test's own objects alone: a long run has millions of others."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("only_new_garbage")
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("waves", "clients"),
    [(5, 15), pytest.param(20, 50, marks=[pytest.mark.long, pytest.mark.timeout(900)])],
)
async def test_clients_cancelled_at_random(
    cluster: Cluster, tmp_path: Path, waves: int, clients: int
) -> None:
    """P31: no connection, file, thread, lock or lease leaks; memory is flat; all is resumable."""
    dice = seeded()
    content = (HEADER + "".join(user(n) for n in range(600))).encode()
    url = await cluster.new_database()
    async with (
        started(url, tmp_path, batch_rows=50, imports_per_process=1_000, pool_size=5) as running,
        Peer.of(running) as peer,
    ):
        memory = Memory(running.process.pid)
        process = Path(f"/proc/{running.process.pid}")
        levels: list[int] = []
        files: list[int] = []
        threads: list[int] = []
        for _ in range(waves):
            wave = [Sent(await peer.new_directory(), content) for _ in range(clients)]
            await asyncio.gather(*(_cancelled(running, dice, sent) for sent in wave))
            for sent in wave:
                await _check_cancelled(peer, sent)
            await check_quiet(url, connections=6)  # the pool, and the one of health
            files.append(await _fewest_files(process, files[0] + 4 if files else 0))
            levels.append(memory.now())
            threads.append(len(list((process / "task").iterdir())))
        kept = dice.sample(wave, 3)
        for sent in kept:
            check_ending(await sent.to_the_end(peer))
            assert len(await peer.stored(sent.directory)) == 600
    tell(f"MiB {[round(level / MIB) for level in levels]}, files {files}, threads {threads}")
    # The allocator grows into its size over some 2,000 calls: compare the last two fifths.
    fifth = waves // 5
    grown = max(levels[-fifth:]) - max(levels[-2 * fifth : -fifth])
    assert grown < 8 * MIB, "memory is not flat"
    assert files[-1] <= files[0] + 4
    assert threads[-1] <= threads[0] + 4


async def _fewest_files(process: Path, enough: int) -> int:
    """How many files a process has open, once they are few enough or a while has passed.

    A client of ours keeps its connection until gRPC's objects of its calls are gone, and some of
    those are garbage in cycles: until they are collected here, the client is still there.
    """
    fewest = 1_000_000
    for _ in range(200):
        gc.collect()
        fewest = min(fewest, len(list((process / "fd").iterdir())))
        if fewest <= enough:
            break
        await asyncio.sleep(0.05)
    return fewest


async def _cancelled(server: Server, dice: random.Random, sent: Sent) -> None:
    """Open an import and go away at a random moment, politely or not; perhaps without reading."""
    moment, polite, reads = dice.uniform(0, 0.8), dice.random() < 0.5, dice.random() < 0.7
    async with Peer.of(server) as dying, dying.call() as call:
        sending = asyncio.create_task(call.send(*sent.messages))
        reading = asyncio.create_task(call.rest()) if reads else None
        await asyncio.sleep(moment)
        if polite:
            call.grpc.cancel()
        else:
            await dying.close()
        told = [task for task in (sending, reading) if task]
        answers = await asyncio.gather(*told, return_exceptions=True)
        for answer in answers:
            if isinstance(answer, Answer):
                check_ending(answer, broken=True)


async def _check_cancelled(peer: Peer, sent: Sent) -> None:
    found = await _settled(peer, sent)
    stored = len(await peer.stored(sent.directory))
    assert stored == (found.summary.created if found else 0)
    if found and found.state == IMPORT_STATE_COMPLETED:
        assert stored == 600


async def _settled(peer: Peer, sent: Sent) -> Import | None:
    """The import when no server runs it any more; None if its `start` never arrived."""
    async with connected(peer.server.database_url) as connection:
        known = await connection.fetchval(
            "select count(*) from imports where id = $1::text::uuid", sent.import_id
        )
    if not known:
        return None
    found = await peer.until(sent.directory, sent.import_id, _ENDED)
    assert found.state in {IMPORT_STATE_INTERRUPTED, IMPORT_STATE_COMPLETED}, ImportState.Name(
        found.state
    )
    return found
