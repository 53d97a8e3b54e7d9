"""Staged imports whose file was read to its end → finished, by any server that is left.

From `end` on no client is needed, and a server may die while it plans. The others look for what
it left behind, once a lease.
"""

import asyncio
from contextlib import suppress

import structlog

from rollbook.context import AppContext
from rollbook.errors import RollbookError
from rollbook.imports.job.held_lease import held
from rollbook.imports.job.job import Job, job_of
from rollbook.imports.opening import take_over
from rollbook.imports.options import as_options
from rollbook.imports.run import complete
from rollbook.profiles import Profiles
from rollbook.store import StoreError, imports, ledger, name_lookup
from rollbook.store.imports import LeftBehind

_log = structlog.get_logger()


async def keep_finishing(app: AppContext, profiles: Profiles) -> None:
    """Look for imports that were left behind, once a lease, until cancelled."""
    while True:
        with suppress(StoreError):
            await finish_left_behind(app, profiles)
        await asyncio.sleep(app.settings.lease)


async def finish_left_behind(app: AppContext, profiles: Profiles) -> None:
    """Finish the imports that are left behind now.

    Raises:
        StoreError: the database refused to say which, or to give one of them.
    """
    async with app.database.connection() as connection:
        found = await imports.left_behind(connection)
    for one in found:
        await _finish(app, profiles, one)


async def _finish(app: AppContext, profiles: Profiles, left: LeftBehind) -> None:
    job = await _take(app, profiles, left)
    if job is None:
        return
    async with held(job):
        with suppress(RollbookError):  # why it stopped is stored
            async for _ in complete(job):
                pass
    _log.info("finished an import that was left behind", import_id=str(left.import_id))


async def _take(app: AppContext, profiles: Profiles, left: LeftBehind) -> Job | None:
    """The import, if nobody else was faster."""
    async with app.database.connection() as connection:
        directory = await name_lookup.directory(connection, left.directory)
    async with app.database.within(left.directory_id).waiting() as connection:
        lease = await take_over(connection, app, left.directory_id, left.import_id)
        row = await imports.get_import(connection, left.directory_id, left.import_id)
        if lease is None or directory is None or row is None:
            return None
        reached = await ledger.reached(connection, directory.id, row)
    return job_of(
        app, directory, profiles.named(row.profile), row, lease, reached, as_options(row.options)
    )
