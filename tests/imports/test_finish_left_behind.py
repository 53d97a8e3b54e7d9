"""Staged imports that a server left behind are finished by another."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial

import asyncpg
import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from rollbook.background import Background, beside
from rollbook.context import AppContext
from rollbook.errors import Reason, Refusal
from rollbook.imports.finish_left_behind import finish_left_behind, keep_finishing
from rollbook.imports.job.held_lease import held
from rollbook.imports.job.job import Job
from rollbook.imports.pipeline import upload
from rollbook.imports.rows.source import Source
from rollbook.imports.writing.whole_file import WholeFileWriter
from rollbook.model import Answers, Commit, State
from rollbook.profiles import Profile, Profiles
from rollbook.server.app import open_app
from rollbook.settings import Settings
from rollbook.store import StoreError, Unavailable, imports, leases
from rollbook.store.imports import ImportRow
from tests.imports.jobs import FILE, opened, parts, profiles

_LEASE = 1.0
"""Seconds; the least that a server may be given."""


@pytest_asyncio.fixture
async def app(database_url: str) -> AsyncIterator[AppContext]:
    """The inside of a server, whose leases end soon."""
    async with open_app(Settings(database_url=database_url, lease=_LEASE)) as inside:
        yield inside


class _Dies(WholeFileWriter):
    """The writer of a server that dies when the file has been read, before anything is planned."""

    async def finish(self) -> AsyncIterator[Answers]:
        raise _Died
        yield  # type: ignore[unreachable]  # so that it is an iterator, as the writer's own


class _Died(Exception):
    pass


async def _left_behind(app: AppContext) -> Job:
    """An import whose file was read to its end, and on which no server works any more."""
    job = await opened(app, Commit.WHOLE_FILE)
    source = Source(parts(FILE), job)
    try:
        async for _ in upload(job, source, _Dies(job)):
            pass
    except _Died:
        pass
    async with job.database.connection() as connection:
        await job.lease.release(connection)
    return job


async def _stored(job: Job) -> ImportRow:
    async with job.database.connection() as connection:
        row = await imports.get_import(connection, job.directory.id, job.import_id)
    assert row
    return row


async def test_s07_it_is_finished_and_its_lease_let_go_of(app: AppContext) -> None:
    """S07: once `end` has been read, neither the client nor that server is needed."""
    job = await _left_behind(app)
    await finish_left_behind(app, profiles(app))
    row = await _stored(job)
    assert (row.state, row.counts["outcomes"]) == (State.COMPLETED, {"CREATED": 2})
    async with job.database.connection() as connection:
        taken = await leases.take(connection, job.directory.id, job.import_id, "another", 30)
    assert taken


async def test_p06_an_import_is_held_for_longer_than_a_lease(app: AppContext) -> None:
    """P06: another server that looks meanwhile does not get it."""
    job = await _left_behind(app)
    here = (job.directory.id, job.import_id)
    async with job.database.connection() as connection:
        lease = await leases.take(connection, *here, app.name, _LEASE)
        assert lease
        async with held(replace(job, lease=lease)):
            await asyncio.sleep(2.5 * _LEASE)
            assert await leases.take(connection, *here, "another", 30) is None
        assert await leases.take(connection, *here, "another", 30)


_FAULTS: list[BaseException] = [
    Refusal(Reason.INVALID_OPTIONS, "There is no such profile."),
    StoreError(),
    Unavailable(),
    KeyError(),
    asyncio.CancelledError(),
    SystemExit(3),
]


class _Faulty(Profiles):
    """Profiles of which one cannot be read, for any reason there may be."""

    def __init__(self, good: Profiles, fault: BaseException):
        self._good = good
        self._fault = fault

    def named(self, name: str) -> Profile:
        if name == "faulty":
            raise self._fault
        return self._good.named(name)


async def _completed(job: Job) -> None:
    async with asyncio.timeout(20):
        while (await _stored(job)).state is not State.COMPLETED:  # noqa: ASYNC110  # no event
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("fault", _FAULTS, ids=lambda fault: type(fault).__name__)
async def test_s07_whatever_one_raises_the_next_is_finished(
    app: AppContext, fault: BaseException
) -> None:
    """S07: it is logged with the import's id, and neither the others nor the task suffer.

    A cancellation is somebody else's here: it comes out of the import, not from who stops us.
    """
    bad, good = await _left_behind(app), await _left_behind(app)
    connection = await asyncpg.connect(app.settings.database_url)
    await connection.execute("update imports set profile = 'faulty' where id = $1", bad.import_id)
    faulty = _Faulty(profiles(app), fault)
    with capture_logs() as lines:
        async with beside(Background.LEFT_BEHIND, partial(keep_finishing, app, faulty)):
            await _completed(good)
    told = [line for line in lines if line["log_level"] == "error"]
    assert {line.get("import_id") for line in told} == {str(bad.import_id)}
    await connection.execute("delete from imports where id = $1", bad.import_id)
    await connection.close()
