"""A job and the parts of its file → events, to the very end: the summary, and why it stopped."""

import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass

import structlog

from rollbook.errors import FileFault, Reason, Refusal, RollbookError
from rollbook.imports.job.held_lease import held, short
from rollbook.imports.job.job import Job
from rollbook.imports.pipeline import BatchWriter, upload
from rollbook.imports.planning.stop import Stopped
from rollbook.imports.planning.summary import Summary, stored_summary, warnings_as_json
from rollbook.imports.rows.claims import Claims
from rollbook.imports.rows.source import Part, Source
from rollbook.imports.warnings import own_warnings, warned
from rollbook.imports.writing.close import close
from rollbook.imports.writing.exactly_once import away
from rollbook.imports.writing.per_batch import PerBatchWriter
from rollbook.imports.writing.whole_file import WholeFileWriter
from rollbook.model import Answers, Commit, Issue, State, Understood
from rollbook.store import StoreError, Unavailable, imports, ledger, patiently
from rollbook.store.imports import ImportRow

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far an import is."""

    bytes_received: int
    rows_answered: int
    end_received: bool


Event = Understood | Answers | Progress | Summary


async def run(job: Job, parts: AsyncIterator[Part]) -> AsyncIterator[Event]:
    """Run one import to its end, which is stored before it is told.

    What an earlier call has stored is told first. An import that has ended well is only compared
    with what is sent now, and answered again.

    Raises:
        RollbookError: why the import stopped, after the summary of what was done; a fault at or
            before the first data row comes without a summary, because nothing was.
    """
    try:
        async with held(job):
            if not job.skip_results and job.reached.rows:
                async for answers in _replayed(job):
                    yield answers
            ending = _again(job, parts) if job.answered else _onwards(job, parts)
            async for event in ending:
                yield event
    except Unavailable:
        raise away() from None


async def _onwards(job: Job, parts: AsyncIterator[Part]) -> AsyncIterator[Event]:
    writer: BatchWriter = (
        PerBatchWriter(job) if job.options.commit is Commit.PER_BATCH else WholeFileWriter(job)
    )
    source = _source(job, parts, writer)
    warnings = own_warnings(job)
    stopped: RollbookError | None = None
    try:
        claims = Claims(secrets.token_bytes(16), job.profile.identity.employee_number)
        async for said in upload(job, source, claims, writer):
            if isinstance(said, Understood):
                understood = warned(job, said)
                warnings = understood.warnings
                await _keep_header(job, understood)
                yield understood
            else:
                yield said
                yield _progress(source, writer)
    except RollbookError as error:
        stopped = error
    except Unavailable:
        stopped = away()
    except StoreError:
        stopped = _internal()
    finally:
        await source.close()
    if stopped and stopped.reason in _LEFT_OPEN:
        await _leave_open(job, stopped)
        raise stopped
    async for event in _ended(job, writer, (*warnings, *source.late_warnings), stopped):
        yield event


async def complete(job: Job) -> AsyncIterator[Event]:
    """Finish a staged import whose file was read to its end, without the file.

    Raises:
        RollbookError: as `run`.
    """
    writer = WholeFileWriter(job)
    row = await _row(job)
    stopped: RollbookError | None = None
    try:
        async for answers in writer.finish():
            yield answers
    except RollbookError as error:
        stopped = error
    except Unavailable:
        stopped = away()
    except StoreError:
        stopped = _internal()
    if stopped and stopped.reason in _LEFT_OPEN:
        raise stopped
    warnings = (stored_summary(row).warnings if row else ()) or own_warnings(job)
    async for event in _ended(job, writer, warnings, stopped):
        yield event


async def _leave_open(job: Job, stopped: RollbookError) -> None:
    """Nothing is said of the import itself, but that this call has not gone on with it."""
    if stopped.reason is Reason.IDEMPOTENCY_CONFLICT:

        async def interrupted() -> None:
            async with short(job) as connection:
                await imports.interrupt_import(connection, job.directory.id, job.import_id)

        await patiently(interrupted)


async def _ended(
    job: Job, writer: BatchWriter, warnings: tuple[Issue, ...], stopped: RollbookError | None
) -> AsyncIterator[Event]:
    """Answer what is still open, store how it ended, and say so."""
    while True:
        try:
            async for answers in _left(writer, stopped):
                yield answers
            summary = _summary(job, writer, warnings, stopped)
            await close(job, summary)
            break
        except imports.Cancelled as cancelled:  # just now: then that is how it ended
            if isinstance(stopped, imports.Cancelled):
                raise
            stopped = cancelled
    if stopped is None or summary.tally.rows:
        yield summary
    if stopped:
        raise stopped
    if summary.state is State.AWAITING_APPROVAL and isinstance(writer, WholeFileWriter):
        raise writer.tripped()


async def _left(writer: BatchWriter, stopped: RollbookError | None) -> AsyncIterator[Answers]:
    """The answers that are still open, where the import does not go on."""
    if stopped and not stopped.verdict.resumable:
        at_end = isinstance(stopped, FileFault) or stopped.reason is Reason.CHECKSUM_MISMATCH
        async for answers in writer.abandon(at_end=at_end):
            yield answers


_LEFT_OPEN = frozenset({Reason.IDEMPOTENCY_CONFLICT, Reason.IMPORT_ALREADY_RUNNING})
"""What refuses this call, and says nothing of the import that another call has begun."""


async def _again(job: Job, parts: AsyncIterator[Part]) -> AsyncIterator[Event]:
    """Compare what is sent with what was; then say again what was said."""
    source = _source(job, parts, None)
    try:
        if understood := await source.header():
            yield warned(job, understood)
        async for rows in source.batches():
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


async def _row(job: Job) -> ImportRow | None:
    return await job.database.ask(
        lambda connection: imports.get_import(connection, job.directory.id, job.import_id)
    )


async def _replayed(job: Job) -> AsyncIterator[Answers]:
    """What was stored, in the ledger's order; a plan that has not come into force is left out."""
    async for answers in ledger.replay(
        job.database, job.directory.id, job.import_id, plan=job.plan
    ):
        yield answers


def _source(job: Job, parts: AsyncIterator[Part], writer: BatchWriter | None) -> Source:
    return Source(
        parts,
        job.profile,
        job.options,
        job.app.settings,
        job.reached,
        lambda: writer is not None and writer.writing,
    )


async def _keep_header(job: Job, understood: Understood) -> None:
    async def kept() -> None:
        async with short(job) as connection:
            await imports.keep_header(
                connection,
                job.directory.id,
                job.import_id,
                understood.delimiter,
                [column.header for column in understood.columns],
                warnings_as_json(understood.warnings),
            )

    await patiently(kept)


def _progress(source: Source, writer: BatchWriter) -> Progress:
    return Progress(
        bytes_received=source.bytes_received,
        rows_answered=writer.tally.rows,
        end_received=source.end_received,
    )


def _summary(
    job: Job, writer: BatchWriter, warnings: tuple[Issue, ...], stopped: RollbookError | None
) -> Summary:
    whole = writer.whole if isinstance(writer, WholeFileWriter) else None
    trip = whole.stop if whole and not stopped else None
    state = _state(job, stopped, tripped=trip is not None)
    given_up = state is State.CANCELLED and whole and not whole.committed
    return Summary(
        import_id=job.import_id,
        state=state,
        tally=writer.tally.given_up() if given_up else writer.tally,
        warnings=warnings,
        stopped_by=stopped.reason.value if stopped else trip.reason.value if trip else "",
        stopped_line=stopped.line if isinstance(stopped, FileFault | Stopped) else 0,
        digest=whole.digest if whole and not stopped else b"",
    )


def _state(job: Job, stopped: RollbookError | None, *, tripped: bool) -> State:
    if stopped and stopped.reason is Reason.IMPORT_CANCELLED:
        return State.CANCELLED
    if stopped:
        return State.INTERRUPTED if stopped.verdict.resumable else State.STOPPED
    if job.options.commit is Commit.NONE:
        return State.PREVIEWED
    return State.AWAITING_APPROVAL if tripped else State.COMPLETED


def _internal() -> Refusal:
    correlation = secrets.token_hex(8)
    _log.exception("the database refused an import", correlation_id=correlation)
    return Refusal(
        Reason.INTERNAL_ERROR,
        f"Something went wrong on the server; its log has it as {correlation}.",
        {"correlation_id": correlation},
    )
