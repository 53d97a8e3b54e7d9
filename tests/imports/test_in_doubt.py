"""A staged import's plan in doubt: whether its COMMIT has happened or is under way."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio

from rollbook.context import AppContext
from rollbook.errors import Reason, Refusal
from rollbook.imports.job.held_lease import short
from rollbook.imports.job.job import Job
from rollbook.imports.planning.tally import Tally
from rollbook.imports.writing.commit_in_doubt import settle
from rollbook.imports.writing.whole_plan import WholePlan
from rollbook.model import Commit
from rollbook.server.app import open_app
from rollbook.settings import Settings
from rollbook.store import Connection, imports, leases, staging
from tests.imports.jobs import opened

_NUMBER = 1


@pytest_asyncio.fixture
async def app(database_url: str) -> AsyncIterator[AppContext]:
    """The inside of a server, whose leases end soon."""
    async with open_app(Settings(database_url=database_url, lease=1)) as inside:
        yield inside


async def _asked(job: Job) -> bool:
    """What a server whose connection broke finds out about its plan."""
    plan = WholePlan(job, Tally(), number=_NUMBER)
    return await job.database.ask(plan.happened, waiting=True)


async def test_a_plan_that_is_not_in_force_has_not_happened(app: AppContext) -> None:
    """P07: then it is planned again."""
    job = await opened(app, Commit.NONE)
    assert await _asked(job) is False


async def test_p07_it_is_asked_after_the_short_transactions_have_ended(app: AppContext) -> None:
    """P07: a plan whose number is being committed counts as done, though it is not visible yet."""
    job = await opened(app, Commit.NONE)
    async with short(job) as connection:
        await imports.plan_in_force(connection, job.directory.id, job.import_id, _NUMBER)
        asked = asyncio.create_task(_asked(job))
        done, _ = await asyncio.wait({asked}, timeout=0.5)
        assert not done
    assert await asked is True


async def test_p06_what_another_server_has_taken_over_is_not_judged(app: AppContext) -> None:
    """P06: the number in the ledger may be that server's plan."""
    job = await opened(app, Commit.NONE)
    async with short(job) as connection:
        await imports.plan_in_force(connection, job.directory.id, job.import_id, _NUMBER)
    async with job.database.connection() as connection:
        await job.lease.release(connection)
        await leases.take(connection, job.directory.id, job.import_id, "another", 30)
    with pytest.raises(Refusal) as refused:
        await _asked(job)
    assert refused.value.reason is Reason.IMPORT_ALREADY_RUNNING


async def test_p13_a_busy_directory_is_no_database_that_is_away(
    app: AppContext, database_url: str
) -> None:
    """P13: who waited briefly for the turn waits on as others do; here no pause is allowed at all.

    The first attempt gives up, as one does whose users were made ahead; then the ledger is asked,
    which waits until the directory is free.
    """
    job = await opened(app, Commit.PER_BATCH)
    here = job.directory.id
    attempts = 0

    async def attempt(_conflicts: int) -> None:
        nonlocal attempts
        attempts += 1
        async with job.database.transaction() as connection:
            if attempts == 1:
                await connection.execute("set local lock_timeout = '50ms'")
            await staging.take_turn(connection, here)

    async def happened(connection: Connection) -> bool:
        await staging.take_turn(connection, here)
        return False

    other = await asyncpg.connect(database_url)
    try:
        async with other.transaction():
            await staging.take_turn(other, here)
            settling = asyncio.create_task(settle(job.database, attempt, happened, patience_s=0))
            done, _ = await asyncio.wait({settling}, timeout=0.5)
            assert not done
        await settling
    finally:
        await other.close()
    assert attempts == 2
