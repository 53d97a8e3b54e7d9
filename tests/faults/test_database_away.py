"""PostgreSQL breaks off: at a COMMIT, for all at once, again and again."""

import asyncio
import os
import random
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from rollbook.postgres import Embedded
from rollbook.v1.imports_pb2 import IMPORT_STATE_COMPLETED
from tests.acceptance.wire import Answer, Peer
from tests.environment import Cluster
from tests.faults.crowd import Crowd, crowd
from tests.faults.proxy import Fate, before_database
from tests.faults.sending import Sent
from tests.faults.witness import (
    check_ending,
    check_ledger,
    check_quiet,
    check_sums,
    connected,
    guard_off,
    seeded,
    started,
    tell,
    versions,
)

_COMMIT = b"Q\x00\x00\x00\x0bcommit\x00"
_PARKED = b"insert into parked_"
_FAULTS = (Fate.LOSE, Fate.PASS_AND_CUT, Fate.PASS_AND_LOSE_REPLY)


async def _prepared(peer: Peer, file: Crowd) -> str:
    directory = await peer.new_directory()
    check_ending(await peer.send_file(directory, file.before))
    async with connected(peer.server.database_url) as connection:
        await guard_off(connection, directory)
    return directory


async def _check_end(sent: Sent, file: Crowd, answer: Answer, url: str) -> None:
    """One call, which ended well, and everything of it once."""
    check_ending(answer)
    assert answer.summary
    assert answer.summary.state == IMPORT_STATE_COMPLETED
    assert not any(result.replayed for result in answer.results)
    check_sums(answer.summary, sent.results.values(), file)
    async with connected(url) as connection:
        await check_ledger(connection, sent.directory, sent.import_id, range(2, file.rows + 2))
        assert await versions(connection, sent.directory) == file.versions
    await check_quiet(url)


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("commit", "rows", "batch", "least"),
    [
        ("PER_BATCH", 6_000, 40, 50),
        ("WHOLE_FILE", 600, 40, 10),
        pytest.param(
            *("PER_BATCH", 100_000, 40, 1_000), marks=[pytest.mark.long, pytest.mark.timeout(1800)]
        ),
    ],
)
@pytest.mark.few(1)
async def test_a_commit_in_doubt(
    cluster: Cluster, tmp_path: Path, commit: str, rows: int, batch: int, least: int
) -> None:
    """P07: the connection breaks before, at or after COMMIT; the ledger decides, 0 are wrong.

    A whole file's plan begins again wherever one of its COMMITs breaks, so it is let be after
    a dozen.
    """
    dice = seeded()
    file = crowd(dice, rows, swaps=20)
    url = await cluster.new_database()
    done: Counter[Fate] = Counter()

    def fate(data: bytes) -> Fate:
        let_be = commit == "WHOLE_FILE" and done.total() >= least + 2
        if _COMMIT not in data or let_be or dice.random() > 0.4:
            return Fate.PASS
        chosen = dice.choice(_FAULTS)
        done[chosen] += 1
        return chosen

    async with (
        before_database(lambda: url) as (proxy, through),
        started(through, tmp_path, batch_rows=batch) as running,
        Peer.of(running) as peer,
    ):
        directory = await _prepared(peer, file)
        sent = Sent(directory, file.content, options={"commit": commit})
        proxy.fate = fate
        answer = await sent.to_the_end(peer)
        proxy.fate = lambda _: Fate.PASS
        tell(f"injected {dict(done)}")
        await _check_end(sent, file, answer, url)
    assert done.total() >= least, done


@pytest.mark.parametrize("fault", _FAULTS)
@pytest.mark.few(1)
async def test_the_commit_of_all_parked_rows_in_doubt(
    cluster: Cluster, tmp_path: Path, fault: Fate
) -> None:
    """P07: it has many entries of the ledger, all of them or none; the answers are read from it."""
    file = crowd(seeded(), 1_200, swaps=100)
    url = await cluster.new_database()
    parked: list[bytes] = []
    broken: list[Fate] = []

    def fate(data: bytes) -> Fate:
        if _PARKED in data:
            parked.append(data)
        if _COMMIT in data and parked and not broken:
            broken.append(fault)
            return fault
        return Fate.PASS

    async with (
        before_database(lambda: url) as (proxy, through),
        started(through, tmp_path, batch_rows=40) as running,
        Peer.of(running) as peer,
    ):
        directory = await _prepared(peer, file)
        sent = Sent(directory, file.content)
        proxy.fate = fate
        answer = await sent.to_the_end(peer)
        await _check_end(sent, file, answer, url)
    assert broken == [fault]


@pytest_asyncio.fixture(scope="module")
async def durable(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Embedded]:
    """A PostgreSQL with fsync, of this module's own, that may be stopped."""
    embedded = Embedded(tmp_path_factory.mktemp("durable"), durable=True)
    await asyncio.to_thread(embedded.start)
    try:
        await Cluster(embedded).prepare()
        yield embedded
    finally:
        await asyncio.to_thread(embedded.stop)


async def _stopped_and_started(embedded: Embedded, away: float) -> None:
    """`pg_ctl stop -m immediate`, and a start."""
    assert embedded.pid
    os.kill(embedded.pid, signal.SIGQUIT)
    assert await asyncio.to_thread(embedded.wait, 10)
    await asyncio.sleep(away)
    await asyncio.to_thread(embedded.start)


@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    ("rows", "stops"),
    [(4_000, 2), pytest.param(40_000, 20, marks=[pytest.mark.long, pytest.mark.timeout(900)])],
)
@pytest.mark.parametrize("commit", ["PER_BATCH", "WHOLE_FILE"])
@pytest.mark.few(1)
async def test_postgres_stopped_at_once(
    durable: Embedded, tmp_path: Path, commit: str, rows: int, stops: int
) -> None:
    """P11: a batch is all or nothing; the import goes on by itself within 5 s of the restart."""
    dice = seeded()
    file = crowd(dice, rows, swaps=20)
    cluster = Cluster(durable)
    database = await _new_database(durable, cluster)

    def where() -> str:
        return durable.dsn(database)

    async with (
        before_database(where) as (_, through),
        started(through, tmp_path, batch_rows=50) as running,
        Peer.of(running) as peer,
    ):
        directory = await _prepared(peer, file)
        sent = Sent(directory, file.content, options={"commit": commit})
        progress = _Progress(through, sent)
        importing = asyncio.create_task(sent.to_the_end(peer))
        pauses = []
        for share in sorted(dice.uniform(0, 0.8) for _ in range(stops)):
            await progress.reaches(int(share * rows), importing)
            if importing.done():
                break
            await _stopped_and_started(durable, dice.choice([0, 0.3, 1]))
            pauses.append(await progress.goes_on(importing))
        answer = await importing
        tell(f"went on after {[round(pause, 2) for pause in pauses]} s")
        assert len(pauses) == stops
        assert max(pauses) < 5
        # The peer's own connection was to the PostgreSQL that was stopped.
        await _check_end(sent, file, answer, through)


async def _new_database(embedded: Embedded, cluster: Cluster) -> str:
    url = await cluster.new_database()
    return url.split("?", maxsplit=1)[0].rpartition("/")[2]


class _Progress:
    """How far an import is in the database, seen from outside."""

    def __init__(self, where: str, sent: Sent):
        self._where = where
        self._sent = sent

    async def reaches(self, rows: int, importing: "asyncio.Task[Answer]") -> None:
        """Wait until so many rows are in, or the import has ended."""
        while not importing.done():
            if (await self._now())[0] >= rows:
                return
            await asyncio.sleep(0.005)

    async def goes_on(self, importing: "asyncio.Task[Answer]") -> float:
        """The seconds until it is no longer where it is now."""
        before, began = await self._now(), time.monotonic()
        while not importing.done():
            if await self._now() != before:
                break
            assert time.monotonic() - began < 60
            await asyncio.sleep(0.01)
        return time.monotonic() - began

    async def _now(self) -> tuple[int, ...]:
        """Its rows; and what moves while it plans: the plan, the batches of any plan, the state."""
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            async with connected(self._where) as connection:
                found = await connection.fetchrow(
                    "select i.rows, i.plan, (i.state = 'RUNNING')::integer,"
                    " (select count(*) from import_batches as b where b.import_id = i.id)"
                    " from imports as i where i.id = $1::text::uuid",
                    self._sent.import_id,
                )
                return tuple(found) if found else (0,)
        return (0,)


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "commit",
    ["WHOLE_FILE", *(pytest.param(c, marks=pytest.mark.long) for c in ("PER_BATCH", "NONE"))],
)
@pytest.mark.parametrize(
    "rows", [4_000, pytest.param(12_000, marks=[pytest.mark.long, pytest.mark.timeout(900)])]
)
async def test_backends_terminated_all_the_time(
    cluster: Cluster, tmp_path: Path, commit: str, rows: int
) -> None:
    """P12: every 200 ms all backends of the server are terminated; it finishes, nothing is lost."""
    dice = seeded()
    file = crowd(dice, rows, swaps=20)
    url = await cluster.new_database()
    async with started(url, tmp_path, batch_rows=20) as running, Peer.of(running) as peer:
        directory = await _prepared(peer, file)
        sent = Sent(directory, file.content, options={"commit": commit})
        killing = asyncio.create_task(_terminating(url, dice, sent))
        try:
            answer = await sent.to_the_end(peer)
        finally:
            killing.cancel()
            with suppress(asyncio.CancelledError):
                await killing
        if commit != "NONE":
            await _check_end(sent, file, answer, url)
            return
        check_ending(answer)
        assert answer.summary
        check_sums(answer.summary, sent.results.values(), file)
        async with connected(url) as connection:
            assert set((await versions(connection, directory)).values()) == {1}
        await check_quiet(url)


async def _terminating(url: str, dice: random.Random, sent: Sent) -> None:
    """Terminate all backends of the server, again and again, from the first answer on."""
    async with connected(url) as connection:
        there = 0
        while not there:
            await asyncio.sleep(0.01)
            there = await connection.fetchval(
                "select count(*) from import_batches where import_id = $1::text::uuid",
                sent.import_id,
            )
        # A plan is one transaction: it is broken off twice, and then let be.
        planned = 0
        while planned < 3:
            planned += await connection.fetchval(
                "select end_received::integer from imports where id = $1::text::uuid",
                sent.import_id,
            )
            await connection.fetch(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and application_name = 'rollbook'"
            )
            await asyncio.sleep(0.2 * dice.uniform(0.8, 1.2))
