"""An import's lease, kept alive while its job runs, and let go of at the end."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

from rollbook.errors import Reason, Refusal, RollbookError
from rollbook.imports.job.job import Job
from rollbook.store import Connection, StoreError

_BEATS_A_LEASE = 3


@asynccontextmanager
async def held(job: Job) -> AsyncIterator[None]:
    """Renew the lease as long as this lasts. A lost one is noticed by the next batch's fence."""
    beating = asyncio.create_task(_beat(job))
    try:
        yield
    finally:
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating
        await _let_go(job)


@asynccontextmanager
async def short(job: Job, *, beside: bool = False) -> AsyncIterator[Connection]:
    """A short transaction that writes to the import without the directory's turn.

    `beside`: while a plan's own is open. Nobody takes the import over before it ends; who is
    frozen in it is cut off after a lease.

    Raises:
        Refusal: IMPORT_ALREADY_RUNNING, another server has taken the import over.
    """
    lease = job.app.settings.lease
    async with job.database.batch(idle_timeout_s=lease, beside=beside) as connection:
        if not await job.lease.kept(connection):
            raise taken_over()
        yield connection


async def rest(connection: Connection, job: Job) -> None:
    """Wait until no `short` transaction of the import is under way.

    Raises:
        Refusal: IMPORT_ALREADY_RUNNING, as `short`: what the ledger says may be another's.
    """
    if not await job.lease.rest(connection):
        raise taken_over()


async def opened(opening: Coroutine[Any, Any, Job]) -> Job:
    """The job that is being opened; where the caller goes away meanwhile, its lease is let go of.

    Raises:
        Refusal: as `opening`.
    """
    task = asyncio.ensure_future(opening)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        with suppress(RollbookError, StoreError):
            await _let_go(await task)
        raise


def taken_over() -> Refusal:
    """Another server has the import now: whatever this one still does is too late."""
    return Refusal(Reason.IMPORT_ALREADY_RUNNING, "Another server has taken this import over.")


async def _let_go(job: Job) -> None:
    with suppress(StoreError):
        async with job.database.connection() as connection:
            await job.lease.release(connection)


async def _beat(job: Job) -> None:
    seconds = job.app.settings.lease
    while True:
        await asyncio.sleep(seconds / _BEATS_A_LEASE)
        with suppress(StoreError):
            async with job.database.connection() as connection:
                if not await job.lease.renew(connection, seconds):
                    return
