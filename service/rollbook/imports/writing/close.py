"""A summary → the import's row: stored before it is told."""

from contextlib import suppress

from rollbook.imports.job.held_lease import short
from rollbook.imports.job.job import Job
from rollbook.imports.planning.summary import Summary, warnings_as_json
from rollbook.imports.writing.exactly_once import Try, settle
from rollbook.store import Connection, StoreError, imports
from rollbook.store.health import analyze_users


async def close(job: Job, summary: Summary) -> None:
    """Store where the import stands now, its counts and its reason.

    Raises:
        Cancelled: it was meanwhile, so that it stands there.
        Refusal: STORAGE_FULL, SERVER_DRAINING.
    """

    async def attempt(_: Try) -> None:
        async with short(job) as connection:
            closed = await imports.close_import(
                connection,
                directory_id=job.directory.id,
                import_id=job.import_id,
                state=summary.state,
                stopped_by=summary.stopped_by,
                stopped_line=summary.stopped_line,
                counts=summary.tally.as_json(),
                warnings=warnings_as_json(summary.warnings),
                digest=summary.digest,
            )
        if not closed:
            raise imports.Cancelled

    async def never(_: Connection) -> bool:
        return False  # saying it twice does no harm

    await settle(job.database, attempt, never, careful=False)
    with suppress(StoreError):  # the planner can wait; what ended has ended
        await analyze_users(job.app.database, summary.tally.created, job.active_at_start)
