"""Reads at size: 5,000,000 users beside 5,000 directories, and 100,000 rows of an import."""

import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import cast
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from rollbook.imports.failure_report import report
from rollbook.postgres import Embedded
from rollbook.profiles import Profiles
from rollbook.settings import Settings
from rollbook.store import (
    Connection,
    Database,
    directories,
    full_sync,
    imports,
    ledger,
    name_lookup,
    users,
)
from rollbook.store.full_sync import Named
from rollbook.store.staging import Guarded, Target
from rollbook.store.users import After, Wanted
from tests.environment import MAJORS, Cluster, postgres_of
from tests.faults.witness import tell
from tests.store.crowd import IMPORT, OTHER_IMPORT, Crowd, fill
from tests.store.reads import READS, Explaining, door, steps

pytestmark = [pytest.mark.long, pytest.mark.quiet, pytest.mark.timeout(3600)]

_LARGE, _SMALL_DIRECTORIES = 5_000_000, 5_000
_MOST_SECONDS = 0.05
_ROWS = 100_000
_FEWER = _ROWS // 10
_A_ROW_S = 0.0002
_SETTINGS = {
    "autovacuum": "off",
    "checkpoint_timeout": "1h",
    "maintenance_work_mem": "1GB",
    "max_wal_size": "20GB",
    "shared_buffers": "1GB",
}

Whole = Callable[[Database, Crowd], Awaitable[int]]


@pytest_asyncio.fixture(scope="module", params=MAJORS, ids=["PostgreSQL 15", "PostgreSQL 18"])
async def versioned(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Cluster]:
    """A cluster of that version, in which nothing is analysed by itself."""
    binaries = postgres_of(request.param)
    if binaries is None:
        pytest.skip(f"PostgreSQL {request.param} is not installed")
    folder = tmp_path_factory.mktemp("versioned")
    with Embedded(folder, binaries=binaries, durable=False, settings=_SETTINGS) as embedded:
        running = Cluster(embedded)
        await running.prepare()
        yield running


@asynccontextmanager
async def _filled(
    cluster: Cluster, *, people: int, others: int, small: int
) -> AsyncIterator[tuple[Database, Crowd]]:
    url = await cluster.new_database()
    connection = await asyncpg.connect(url)
    try:
        crowd = await fill(connection, users=people, others=others, small=small)
    finally:
        await connection.close()
    opened = await Database.open(Settings(database_url=url))
    yield opened, crowd
    await opened.close()


@pytest_asyncio.fixture(scope="module")
async def large(versioned: Cluster) -> AsyncIterator[tuple[Database, Crowd]]:
    """5,000,000 users in one directory, and 100,000 of everything else."""
    async with _filled(versioned, people=_LARGE, others=_ROWS, small=_SMALL_DIRECTORIES) as filled:
        yield filled


@pytest_asyncio.fixture(scope="module")
async def two_sizes(versioned: Cluster) -> AsyncIterator[list[tuple[Database, Crowd]]]:
    """What an import of 10,000 rows leaves, and one of 100,000; never analysed."""
    async with (
        _filled(versioned, people=_FEWER, others=_FEWER, small=10) as few,
        _filled(versioned, people=_ROWS, others=_ROWS, small=10) as many,
    ):
        yield [few, many]


@pytest.mark.parametrize("known", ["not analysed", "analysed"])
async def test_each_read_takes_milliseconds(large: tuple[Database, Crowd], known: str) -> None:
    """P19: the median of five, after five that let PostgreSQL choose a plan; shows the plans."""
    database, crowd = large
    if known == "analysed":
        async with database.as_owner().connection() as connection:
            for table in ("users", "user_history", "imports", "import_issues", "notices"):
                await connection.execute(f"vacuum analyze {table}")
    slow, slowest = {}, 0.0
    for name in READS:
        took = [await _seconds(database, crowd, name) for _ in range(10)][5:]
        slowest = max(slowest, statistics.median(took))
        if statistics.median(took) >= _MOST_SECONDS:
            slow[name] = (took, await _plans(database, crowd, name))
    tell(f"the slowest of {len(READS)} reads took {slowest * 1000:.0f} ms")
    assert not slow, "\n\n".join(f"{name}: {took}\n{plans}" for name, (took, plans) in slow.items())


_ACROSS: dict[str, Callable[[Connection], Awaitable[object]]] = {
    "directories": lambda connection: directories.page(connection, "", 101, None),
    "directories, deep page": lambda connection: directories.page(connection, "d4", 101, None),
    "a directory by name": lambda connection: name_lookup.directory(connection, "d1"),
    "imports left behind": imports.left_behind,
}


@pytest.mark.parametrize("name", _ACROSS)
async def test_a_read_across_directories_takes_milliseconds(
    large: tuple[Database, Crowd], name: str
) -> None:
    """P19: the median of five, beside 5,000 directories."""
    took = []
    async with large[0].connection() as connection:
        for _ in range(5):
            begun = time.perf_counter()
            await _ACROSS[name](connection)
            took.append(time.perf_counter() - begun)
    assert statistics.median(took) < _MOST_SECONDS, took


async def _seconds(database: Database, crowd: Crowd, name: str) -> float:
    async with door(database, crowd, name) as inner:
        begun = time.perf_counter()
        await READS[name](inner, crowd)
        return time.perf_counter() - begun


async def _plans(database: Database, crowd: Crowd, name: str) -> str:
    async with door(database, crowd, name) as inner:
        explaining = Explaining(inner)
        await READS[name](cast("Connection", explaining), crowd)
    return "\n".join(line for _, plan in explaining.plans for line, _ in steps(plan))


async def _failure_report(database: Database, crowd: Crowd) -> int:
    here = database.within(crowd.directory)
    row = await here.ask(lambda connection: imports.get_import(connection, crowd.directory, IMPORT))
    assert row
    row = row._replace(header=["number", "email"], delimiter=",")
    pieces = report(here, crowd.directory, row, Profiles(), reader=True)
    return sum([piece.count(b"\n") async for piece in pieces]) - 1


async def _replay(database: Database, crowd: Crowd) -> int:
    here = database.within(crowd.directory)
    stored = ledger.replay(here, crowd.directory, IMPORT, plan=1)
    return sum([len(answers.lines) async for answers in stored])


async def _all_users(database: Database, crowd: Crowd, wanted: Wanted) -> int:
    after, count = After(), 0
    while True:
        async with database.within(crowd.directory).batch(idle_timeout_s=60) as connection:
            found = await users.page(connection, crowd.directory, wanted, after, 1_000)
        count += len(found.rows)
        if len(found.rows) < 1_000 and not found.behind:
            return count
        after = found.behind or found.rows[-1][0]


async def _users_of_the_import(database: Database, crowd: Crowd) -> int:
    return await _all_users(database, crowd, Wanted(import_id=OTHER_IMPORT)) + 300


async def _users_by_name(database: Database, crowd: Crowd) -> int:
    text = users.Beginnings(
        number_key="ada", name_key="ada", name="ada", first_name=None, last_name=None
    )
    return await _all_users(database, crowd, Wanted(text=text))


async def _full_sync(database: Database, crowd: Crowd) -> int:
    target = Target(crowd.directory, UUID(int=3), "hr", "admin", username_follows=False)
    async with database.within(crowd.directory).batch(idle_timeout_s=60) as connection:
        await full_sync.create(connection)
        keys = (f"n{n:08}" for n in range(0, crowd.users, 2))
        named = (Named(2, key, f"{key}@elsewhere.org", None, False, True) for key in keys)
        await full_sync.name_users(connection, named)
        await full_sync.note_missing(connection, target, Guarded((), ()))
        suspended = await full_sync.let_go(connection, target)
        await connection.execute("rollback and chain")
    return len(suspended) * 2


_WHOLE: dict[str, Whole] = {
    "failure report": _failure_report,
    "replay": _replay,
    "users of the import": _users_of_the_import,
    "users by name": _users_by_name,
    "full sync": _full_sync,
}


@pytest.mark.parametrize("name", _WHOLE)
async def test_all_of_an_import_takes_time_in_proportion(
    two_sizes: list[tuple[Database, Crowd]], name: str
) -> None:
    """P19: without statistics; ten times the rows take ten times as long, more beside others."""
    took = []
    for database, crowd in two_sizes:
        best = float("inf")
        for _ in range(3):
            begun = time.perf_counter()
            count = await _WHOLE[name](database, crowd)
            best = min(best, time.perf_counter() - begun)
        assert count == pytest.approx(crowd.users, rel=0.01)
        took.append(best)
    tell(f"{_FEWER:,} rows {took[0]:.2f} s, {_ROWS:,} rows {took[1]:.2f} s")
    assert took[1] < 30 * took[0], took  # in the square of the rows it would be a hundred times
    assert took[1] < _A_ROW_S * _ROWS, took
