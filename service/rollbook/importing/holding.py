"""An import's lease, kept alive while its job runs, and let go of at the end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from rollbook.importing.job import Job
from rollbook.store import StoreError

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
        with suppress(StoreError):
            async with job.house.database.connection() as connection:
                await job.lease.release(connection)


async def _beat(job: Job) -> None:
    seconds = job.house.settings.lease
    while True:
        await asyncio.sleep(seconds / _BEATS_A_LEASE)
        with suppress(StoreError):
            async with job.house.database.connection() as connection:
                if not await job.lease.renew(connection, seconds):
                    return
