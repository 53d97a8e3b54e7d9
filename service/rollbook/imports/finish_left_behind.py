"""Finishes staged imports whose server stopped after their file was read to its end.

After `end` no client is needed, and a server may die while it plans. The others look for what it
left behind, once a lease. Whether a batch that broke off was committed is decided elsewhere, by
the ledger: `writing/commit_in_doubt.py`.
"""

import asyncio
from contextlib import suppress

import structlog

from rollbook.context import AppContext
from rollbook.errors import RollbookError
from rollbook.imports.job.held_lease import held, taken_over_by
from rollbook.imports.job.job import Job, job_of
from rollbook.imports.logged import logged
from rollbook.imports.options import as_options
from rollbook.imports.run import complete
from rollbook.profiles import Profiles
from rollbook.store import Unavailable, imports, ledger, name_lookup
from rollbook.store.imports import LeftBehind

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


async def keep_finishing(app: AppContext, profiles: Profiles) -> None:
    """Look for imports that were left behind, once a lease, until cancelled.

    One that cannot be finished is logged and keeps none of the others waiting.

    Raises:
        StoreError: the database refused to say which, and not because it is away.
    """
    while True:
        with suppress(Unavailable):  # the next look finds them
            await finish_left_behind(app, profiles)
        await asyncio.sleep(app.settings.lease)


async def finish_left_behind(app: AppContext, profiles: Profiles) -> None:
    """Finish the imports that are left behind now.

    Raises:
        StoreError: the database failed before they were found.
    """
    async with app.database.connection() as connection:
        found = await imports.left_behind(connection)
    for left in found:
        try:
            await _finish(app, profiles, left)
        except BaseException:
            if _told_to_stop():
                raise
            _log.exception(
                "an import that was left behind cannot be finished",
                import_id=str(left.import_id),
            )


def _told_to_stop() -> bool:
    """Whether a cancellation is ours: one that came out of the import is a fault like others."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def _finish(app: AppContext, profiles: Profiles, left: LeftBehind) -> None:
    job = await _take(app, profiles, left)
    if job is None:
        return
    try:
        async with held(job):
            async for _ in logged(job, complete(job), task="finish"):
                pass
    except RollbookError as error:  # stored with the import, and answered to those who ask
        _log.info(
            "an import that was left behind was stopped",
            import_id=str(left.import_id),
            reason=error.reason.value,
        )
        return
    _log.info("finished an import that was left behind", import_id=str(left.import_id))


async def _take(app: AppContext, profiles: Profiles, left: LeftBehind) -> Job | None:
    """The import, if no other server was faster."""
    async with app.database.connection() as connection:
        directory = await name_lookup.directory(connection, left.directory)
    async with taken_over_by(app, left.directory_id, left.import_id) as lease:
        if lease is None or directory is None:
            return None
        async with app.database.within(left.directory_id).connection() as connection:
            row = await imports.get_import(connection, left.directory_id, left.import_id)
            if row is None or not row.rows_kept:
                return None
            reached = await ledger.reached(connection, directory.id, row)
        profile = profiles.named(row.profile)
        options = as_options(row.options, profile)
        return job_of(app, directory, profile, row, lease, reached, options)
