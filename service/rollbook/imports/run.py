"""Runs an import from its first part to its summary, whatever stops it."""

import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from itertools import chain

import structlog

from rollbook.errors import FileFault, Reason, Refusal, RollbookError
from rollbook.imports.job.held_lease import held, short
from rollbook.imports.job.job import Job
from rollbook.imports.pipeline import abandon, finish, upload
from rollbook.imports.planning.limits import Stopped, stopped
from rollbook.imports.rows.source import Part, Source
from rollbook.imports.writing.batch_writer import BatchWriter
from rollbook.imports.writing.commit_in_doubt import away
from rollbook.imports.writing.per_batch import PerBatchWriter
from rollbook.imports.writing.summary import (
    Summary,
    close,
    column_warnings,
    option_warnings,
    stored_summary,
    with_late,
)
from rollbook.imports.writing.whole_file import WholeFileWriter
from rollbook.model import Answers, Commit, Issue, State, Understood
from rollbook.store import StoreError, Unavailable, imports, ledger, patiently
from rollbook.store.imports import ImportRow
from rollbook.store.packing import warning_as_json

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far an import is."""

    bytes_received: int
    rows_answered: int
    end_received: bool


Event = Understood | Answers | Progress | Summary


async def run(
    job: Job, parts: AsyncIterator[Part], is_over: Callable[[], bool] = lambda: False
) -> AsyncIterator[Event]:
    """Run one import to its end, which is stored before it is reported.

    The stored answers of an earlier call come first, until the call `is_over`. An import that has
    succeeded is only compared with what is sent now, and answered again.

    Raises:
        RollbookError: why the import stopped, after the summary of what was done; a fault at or
            before the first data row comes without a summary, because nothing was.
    """
    try:
        async with held(job):
            if not job.skip_results and job.reached.rows:
                async for answers in _stored(job):
                    if is_over():
                        break
                    yield answers
            ending = _again(job, parts) if job.answered else _onwards(job, parts)
            async for event in ending:
                yield event
    except Unavailable:
        raise away() from None


@dataclass(slots=True)
class _End:
    """What is known of an import's end while it runs: its warnings, and what stopped it."""

    warnings: tuple[Issue, ...]
    stopped: RollbookError | None = None


async def _onwards(job: Job, parts: AsyncIterator[Part]) -> AsyncIterator[Event]:
    """Take the file in, and end the import."""
    writer = WholeFileWriter(job) if job.is_staged else PerBatchWriter(job)
    source = Source(parts, job)
    end = _End(option_warnings(job))
    try:
        async for event in _until_stopped(job, _taken_in(job, source, writer, end), end):
            yield event
    finally:
        await source.close()
    end.warnings = with_late(end.warnings, source.late_warnings)
    async for event in _ended(job, writer, end):
        yield event


async def complete(job: Job) -> AsyncIterator[Event]:
    """Finish a staged import whose file was read to its end, without the file.

    Raises:
        RollbookError: as `run`.
    """
    writer = WholeFileWriter(job)
    row = await _row(job)
    end = _End((stored_summary(row).warnings if row else ()) or option_warnings(job))
    async for event in _until_stopped(job, finish(job, writer), end):
        yield event
    async for event in _ended(job, writer, end):
        yield event


async def _taken_in(
    job: Job, source: Source, writer: BatchWriter, end: _End
) -> AsyncIterator[Event]:
    """What comes out of the pipeline, and after each answer how far it is."""
    async for out in upload(job, source, writer):
        if isinstance(out, Understood):
            understood = _with_own_warnings(job, out)
            end.warnings = understood.warnings
            await _keep_header(job, understood)
            yield understood
        else:
            yield out
            yield Progress(
                bytes_received=source.bytes_received,
                rows_answered=writer.tally.rows,
                end_received=source.end_received,
            )


async def _until_stopped(job: Job, events: AsyncIterator[Event], end: _End) -> AsyncIterator[Event]:
    """The events, up to what stops the import, which is noted in `end`."""
    try:
        async for event in events:
            yield event
    except RollbookError as error:
        end.stopped = error
    except Unavailable:
        end.stopped = away()
    except StoreError:
        end.stopped = _internal(job)


async def _ended(job: Job, writer: BatchWriter, end: _End) -> AsyncIterator[Event]:
    """Answer what is still open, store how the import ended, and give its summary.

    Raises:
        RollbookError: what stopped it.
    """
    if end.stopped and end.stopped.reason in _LEFT_OPEN:
        await _leave_open(job, end.stopped)
        raise end.stopped
    while True:
        try:
            async for answers in _abandoned(job, writer, end.stopped):
                yield answers
            summary = _summary(job, writer, end)
            await close(job, summary)
            break
        except imports.Cancelled as cancelled:  # just now: then it ended that way
            if isinstance(end.stopped, imports.Cancelled):
                raise
            end.stopped = cancelled
    if end.stopped is None or summary.tally.rows:
        yield summary
    if end.stopped:
        raise end.stopped
    if summary.state is State.AWAITING_APPROVAL and writer.plan and writer.plan.stop:
        raise stopped(writer.plan.stop)


async def _abandoned(
    job: Job, writer: BatchWriter, error: RollbookError | None
) -> AsyncIterator[Answers]:
    """The answers that are still open, if the import does not go on."""
    if error and not error.verdict.resumable:
        file_ended = isinstance(error, FileFault) or error.reason is Reason.CHECKSUM_MISMATCH
        async for answers in abandon(job, writer, file_ended=file_ended):
            yield answers


_LEFT_OPEN = frozenset({Reason.IDEMPOTENCY_CONFLICT, Reason.IMPORT_ALREADY_RUNNING})
"""Reasons that end this call alone, and not the import that another call has begun."""


async def _leave_open(job: Job, error: RollbookError) -> None:
    """Note only that this call has not gone on with the import."""
    if error.reason is Reason.IDEMPOTENCY_CONFLICT:

        async def interrupted() -> None:
            async with short(job) as connection:
                await imports.interrupt_import(connection, job.directory.id, job.import_id)

        await patiently(interrupted)


async def _again(job: Job, parts: AsyncIterator[Part]) -> AsyncIterator[Event]:
    """Compare what is sent now with what was sent before; then give the same summary."""
    source = Source(parts, job)
    try:
        if understood := await source.header():
            yield _with_own_warnings(job, understood)
        async for rows in source.rows():
            if not source.repeats(rows):
                raise Refusal(
                    Reason.IDEMPOTENCY_CONFLICT,
                    "This import id was used for a shorter file. Choose a new id.",
                    {"differs": "content"},
                )
    finally:
        await source.close()
    row = await _row(job)
    if row:
        yield stored_summary(row)


def _stored(job: Job) -> AsyncIterator[Answers]:
    """What is stored and the client lacks, without a plan that is not in force."""
    here = (job.database, job.directory.id, job.import_id)
    return ledger.replay(*here, plan=job.plan, after_line=job.results_after_line)


async def _row(job: Job) -> ImportRow | None:
    return await job.database.ask(
        lambda connection: imports.get_import(connection, job.directory.id, job.import_id)
    )


async def _keep_header(job: Job, understood: Understood) -> None:
    async def kept() -> None:
        async with short(job) as connection:
            await imports.keep_header(
                connection,
                job.directory.id,
                job.import_id,
                understood,
                [*map(warning_as_json, understood.warnings)],
            )

    await patiently(kept)


def _summary(job: Job, writer: BatchWriter, end: _End) -> Summary:
    error, plan = end.stopped, writer.plan
    trip = plan.stop if plan and not error else None
    stop = error.stop if isinstance(error, Stopped) else trip
    state = _state(job, error, tripped=trip is not None)
    undone = state is State.CANCELLED and plan and not plan.committed
    return Summary(
        import_id=job.import_id,
        state=state,
        tally=writer.tally.given_up() if undone else writer.tally,
        warnings=end.warnings,
        stopped_by=error.reason.value if error else trip.reason.value if trip else "",
        stopped_line=error.line if isinstance(error, FileFault | Stopped) else 0,
        stop=stop,
        digest=plan.digest if plan and not error else b"",
    )


def _state(job: Job, error: RollbookError | None, *, tripped: bool) -> State:
    if error and error.reason is Reason.IMPORT_CANCELLED:
        return State.CANCELLED
    if error:
        return State.INTERRUPTED if error.verdict.resumable else State.STOPPED
    if job.options.commit is Commit.NONE:
        return State.PREVIEWED
    return State.AWAITING_APPROVAL if tripped else State.COMPLETED


def _with_own_warnings(job: Job, understood: Understood) -> Understood:
    """What was understood, with those warnings behind the header's."""
    own = column_warnings(job, understood.columns), option_warnings(job)
    return replace(understood, warnings=(*understood.warnings, *chain(*own)))


def _internal(job: Job) -> Refusal:
    correlation = secrets.token_hex(8)
    _log.exception(
        "the database refused an import", correlation_id=correlation, import_id=str(job.import_id)
    )
    return Refusal(
        Reason.INTERNAL_ERROR,
        f"Something went wrong on the server; its log has it as {correlation}.",
        {"correlation_id": correlation},
    )
