"""Holds the lease of an import: takes it, renews it, and gives it back at the end."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any
from uuid import UUID

from rollbook.background import Background, beside
from rollbook.context import AppContext
from rollbook.errors import Reason, Refusal, RollbookError
from rollbook.imports.job.job import Job
from rollbook.store import (
    Connection,
    StoreError,
    TenantDatabase,
    Unavailable,
    leases,
    patiently,
    staging,
)
from rollbook.store.leases import Lease

_BEATS_A_LEASE = 3
_GIVING_BACK_S = 5.0


@asynccontextmanager
async def held(job: Job) -> AsyncIterator[None]:
    """Renew the lease as long as this lasts. A lost one is noticed by the next batch's fence."""
    job.app.meter.leases += 1
    try:
        async with beside(Background.LEASE, partial(_beat, job), import_id=str(job.import_id)):
            yield
    finally:
        job.app.meter.leases -= 1
        await give_back(job.database, job.lease)


@asynccontextmanager
async def short(job: Job) -> AsyncIterator[Connection]:
    """A short transaction that writes to the import without the directory's turn.

    It may be open beside that of a plan. No other server takes the import over before it ends; a
    server that is frozen in it is cut off after a lease.

    Raises:
        Refusal: IMPORT_ALREADY_RUNNING, another server has taken the import over.
    """
    lease = job.app.settings.lease
    async with job.database.batch(idle_timeout_s=lease, beside=True) as connection:
        if not await job.lease.kept(connection):
            raise taken_over()
        yield connection


async def rest(connection: Connection, job: Job) -> None:
    """Wait until no `short` transaction of the import is under way.

    Raises:
        Refusal: IMPORT_ALREADY_RUNNING, as `short`: the ledger may be another server's.
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
            job = await task
            await give_back(job.database, job.lease)
        raise


def taken_over() -> Refusal:
    """Another server has the import now: whatever this one still does is too late."""
    return Refusal(Reason.IMPORT_ALREADY_RUNNING, "Another server has taken this import over.")


@asynccontextmanager
async def taken_over_by(
    app: AppContext, directory_id: int, import_id: UUID
) -> AsyncIterator[Lease | None]:
    """The lease of an import, None while another has it; given back if what is inside fails.

    It comes once everything that an earlier owner had under way has ended: a batch of theirs holds
    the directory's turn, and is in the ledger or never will be.

    Raises:
        Unavailable: the database stayed away, or the directory's turn did not come.
    """
    database = app.database.within(directory_id)
    lease = await _taken(database, app, import_id)
    if lease is None:
        yield None
        return
    try:
        if lease.fence > 1 and not await database.ask(partial(_settled, lease, app), waiting=True):
            yield None  # the wait was longer than a lease
            return
        yield lease
    except BaseException:
        await give_back(database, lease)
        raise


async def _taken(database: TenantDatabase, app: AppContext, import_id: UUID) -> Lease | None:
    """Take the lease. If a connection broke over it, it may be ours: then wait until it lapses."""
    in_doubt = False

    async def attempt() -> Lease | None:
        nonlocal in_doubt
        try:
            async with database.connection() as connection:
                lease = await leases.take(
                    connection, database.directory_id, import_id, app.name, app.settings.lease
                )
        except Unavailable:
            in_doubt = True
            raise
        if lease is None and in_doubt:
            raise Unavailable("a lease whose taking is in doubt")
        return lease

    return await patiently(attempt, max(60.0, 1.5 * app.settings.lease))


async def _settled(lease: Lease, app: AppContext, connection: Connection) -> bool:
    await staging.take_turn(connection, lease.directory_id)
    return await lease.renew(connection, app.settings.lease)


async def give_back(database: TenantDatabase, lease: Lease) -> None:
    """Let the next call have the import at once; a lease that cannot be given back lapses."""

    async def attempt() -> None:
        async with database.connection() as connection:
            await lease.release(connection)

    task = asyncio.current_task()
    hurried = task is not None and task.cancelling() > 0  # the server stops, its pool is closed
    with suppress(StoreError):
        await patiently(attempt, 0 if hurried else _GIVING_BACK_S)


async def _beat(job: Job) -> None:
    """Renew the lease until it is another's, and then do nothing."""
    seconds = job.app.settings.lease
    ours = True
    while True:
        await asyncio.sleep(seconds / _BEATS_A_LEASE)
        with suppress(Unavailable):  # it lapses if this goes on, and another server may have it
            async with job.database.connection() as connection:
                ours = ours and await job.lease.renew(connection, seconds)
