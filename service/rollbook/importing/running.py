"""A job and the parts of its file → events, to the very end: the summary, and why it stopped."""

import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

import structlog

from rollbook.errors import FileFault, Reason, Refusal, RollbookError
from rollbook.importing.claims import Claims
from rollbook.importing.job import Job
from rollbook.importing.line import upload
from rollbook.importing.saving import Saving
from rollbook.importing.source import Part, Source
from rollbook.importing.tally import Tally
from rollbook.store import StoreError, imports
from rollbook.words import Answers, Issue, State, Understood

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far an import is."""

    bytes_received: int
    rows_answered: int
    end_received: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What became of an import. `stopped_by` '' where its file was read to its end."""

    import_id: UUID
    state: State
    tally: Tally
    warnings: tuple[Issue, ...] = ()
    stopped_by: str = ""
    stopped_line: int = 0


Event = Understood | Answers | Progress | Summary


async def run(job: Job, parts: AsyncIterator[Part]) -> AsyncIterator[Event]:
    """Run one import to its end, which is stored before it is told.

    Raises:
        RollbookError: why the import stopped, after the summary of what was done; a fault at or
            before the first data row comes without a summary, because nothing was.
    """
    saving = Saving(job)
    source = Source(parts, job.profile, job.options, job.house.settings, lambda: saving.writing)
    claims = Claims(secrets.token_bytes(16))
    warnings: tuple[Issue, ...] = ()
    stopped: RollbookError | None = None
    try:
        async for event in upload(job, source, claims, saving):
            if isinstance(event, Understood):
                warnings = event.warnings
            yield event
            if isinstance(event, Answers):
                yield _progress(source, saving)
    except RollbookError as error:
        stopped = error
    except StoreError as error:
        _log.exception("the database refused an import", import_id=str(job.import_id))
        stopped = _internal(error)
    finally:
        await source.close()
    summary = _summary(job, saving.tally, warnings, stopped)
    await _close(job, summary)
    if stopped is None or summary.tally.rows:
        yield summary
    if stopped:
        raise stopped


def _progress(source: Source, saving: Saving) -> Progress:
    return Progress(
        bytes_received=source.bytes_received,
        rows_answered=saving.tally.rows,
        end_received=source.end_received,
    )


def _summary(
    job: Job, tally: Tally, warnings: tuple[Issue, ...], stopped: RollbookError | None
) -> Summary:
    state = State.COMPLETED
    if stopped:
        state = State.INTERRUPTED if stopped.verdict.resumable else State.STOPPED
    return Summary(
        import_id=job.import_id,
        state=state,
        tally=tally,
        warnings=warnings,
        stopped_by=stopped.reason.value if stopped else "",
        stopped_line=stopped.line if isinstance(stopped, FileFault) else 0,
    )


async def _close(job: Job, summary: Summary) -> None:
    async with job.house.database.connection() as connection:
        await imports.close_import(
            connection,
            directory_id=job.directory.id,
            import_id=job.import_id,
            state=summary.state,
            stopped_by=summary.stopped_by,
            stopped_line=summary.stopped_line,
            counts=summary.tally.as_json(),
            warnings=[
                {"code": i.code, "field": i.field, "message": i.message, "params": dict(i.params)}
                for i in summary.warnings
            ],
        )


def _internal(error: Exception) -> Refusal:
    correlation = secrets.token_hex(8)
    _log.error("internal error", correlation_id=correlation, kind=type(error).__name__)
    return Refusal(
        Reason.INTERNAL_ERROR,
        f"Something went wrong on the server; its log has it as {correlation}.",
        {"correlation_id": correlation},
    )
