"""Staged imports whose file was read to its end → finished, by whichever server is left.

From `end` on nobody's client is needed, and a server may die while it plans. The others look for
what it left behind, now and then.
"""

import asyncio
from contextlib import suppress

import structlog

from rollbook.errors import RollbookError
from rollbook.importing.jobs.holding import held
from rollbook.importing.jobs.job import House, Job, job_of
from rollbook.importing.opening import as_options, take_over
from rollbook.importing.running import complete
from rollbook.profiles import Profiles
from rollbook.store import StoreError, imports, ledger, names
from rollbook.store.imports import LeftBehind

_log = structlog.get_logger()


async def keep_finishing(house: House, profiles: Profiles) -> None:
    """Look for imports that were left behind, once a lease, until cancelled."""
    while True:
        with suppress(StoreError):
            async with house.database.connection() as connection:
                found = await imports.left_behind(connection)
            for one in found:
                await _finish(house, profiles, one)
        await asyncio.sleep(house.settings.lease)


async def _finish(house: House, profiles: Profiles, left: LeftBehind) -> None:
    job = await _take(house, profiles, left)
    if job is None:
        return
    async with held(job):
        with suppress(RollbookError):  # why it stopped is stored, and told to whoever asks
            async for _ in complete(job):
                pass
    _log.info("finished an import that was left behind", import_id=str(left.import_id))


async def _take(house: House, profiles: Profiles, left: LeftBehind) -> Job | None:
    """The import, if nobody else was faster."""
    async with house.database.connection() as connection:
        directory = await names.directory(connection, left.directory)
    async with house.database.within(left.directory_id).waiting() as connection:
        lease = await take_over(connection, house, left.directory_id, left.import_id)
        row = await imports.get_import(connection, left.directory_id, left.import_id)
        if lease is None or directory is None or row is None:
            return None
        reached = await ledger.reached(connection, directory.id, row)
    return job_of(
        house, directory, profiles.named(row.profile), row, lease, reached, as_options(row.options)
    )
