"""The pipeline of an import, from the client's bytes to the answers of its rows.

chunks → decode → records → header → batch → check → claim → names → look → stage → plan → save
       → answers

Rows enter at its top only. After the rows of the file come the rows that waited for a plugin. A
writer at its end takes each batch; last it judges the parked rows, whose names other users still
held.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from functools import partial
from typing import TypeVar

from rollbook.checking import claims_foreign_address
from rollbook.errors import Reason, Refusal
from rollbook.imports.job.job import Job
from rollbook.imports.planning.limits import Stopped, stopped
from rollbook.imports.rows.doubts import with_doubts
from rollbook.imports.rows.first_passwords import FirstPasswords
from rollbook.imports.rows.intake import Taken
from rollbook.imports.rows.late_rows import waiting_batches
from rollbook.imports.rows.ready_batch import ReadyBatch, ready
from rollbook.imports.rows.resolve_names import name
from rollbook.imports.rows.source import Source
from rollbook.imports.rows.unchanged import UnchangedRows
from rollbook.imports.writing.batch_writer import BatchWriter
from rollbook.model import Answers, CheckedBatch, Field, Understood
from rollbook.store import name_lookup

T = TypeVar("T")

_NO_MORE = object()


async def upload(
    job: Job, source: Source, writer: BatchWriter
) -> AsyncIterator[Understood | Answers]:
    """Take one file in and answer each of its rows once.

    While one batch is written the next is sent to PostgreSQL, another is compared with what is
    stored, two more are read and checked, and the one before is answered; nothing runs further
    ahead, so that memory is a few batches whatever the file. Rows that an earlier call has taken in
    are only checked and claimed again.

    Raises:
        FileFault: the file cannot be read further; the rows before it have been answered.
        Refusal: the import cannot go on; what was answered is kept.
    """
    understood = await source.header()
    if understood:
        _check_passwords(job, (column.field for column in understood.columns))
        yield understood

    passwords = FirstPasswords(job, job.app.hash_in_bulk)
    claimed = (
        await _claimed(job, source, taken, passwords) async for taken in _ahead(source.batches())
    )
    fresh = (batch async for batch in claimed if not source.repeats(batch.rows))
    named = (await with_doubts(job, await name(job, batch)) async for batch in fresh)
    staged = (
        await job.app.worker.do(
            partial(ready, batch, job.profile, source.columns), rows=len(batch.checked.rows)
        )
        async for batch in named
    )

    unchanged = UnchangedRows(job)
    looked = (await unchanged.found(batch) async for batch in _ahead(staged))

    try:
        sent = _ahead(_sent(writer, _ahead(looked)))
        async for answers in _ahead(_saved(job, writer, sent)):
            yield answers
    finally:
        await writer.let_go()
    await source.close()
    async for answers in finish(job, writer):
        yield answers


async def finish(job: Job, writer: BatchWriter) -> AsyncIterator[Answers]:
    """Send what is kept behind the file, which is whole; then answer all that is still open.

    Raises:
        Refusal: as `upload`.
    """
    await writer.end_received()
    async for answers in _late(job, writer):
        yield answers


async def abandon(job: Job, writer: BatchWriter, *, file_ended: bool) -> AsyncIterator[Answers]:
    """Answer what is still kept, where the import does not go on.

    `file_ended`: a fault of the file is its end, and all rows before it count, at most until they
    stop the import by a rule of its own.

    Raises:
        Refusal: STORAGE_FULL, SERVER_DRAINING.
    """
    if file_ended and writer.commits_batches:
        with suppress(Stopped):
            async for answers in _late(job, writer):
                yield answers
    while (left := await writer.leave()) is not None:
        yield left


async def _late(job: Job, writer: BatchWriter) -> AsyncIterator[Answers]:
    """The rows behind the file: those that waited, asked about once more; then what is kept."""
    if writer.waiting:
        named = (
            (number, await with_doubts(job, await name(job, batch, at_last=True)))
            async for number, batch in waiting_batches(job)
        )
        staged = (ready(batch, job.profile, (), waited=number) async for number, batch in named)
        async for answers in _saved(job, writer, staged):
            yield answers
    async for answers in writer.finish():
        yield answers


async def _sent(
    writer: BatchWriter, batches: AsyncIterator[ReadyBatch]
) -> AsyncIterator[ReadyBatch]:
    """The batches, each begun by the writer as far as that can be."""
    async for batch in batches:
        await writer.send_ahead(batch)
        yield batch


async def _saved(
    job: Job, writer: BatchWriter, batches: AsyncIterator[ReadyBatch]
) -> AsyncIterator[Answers]:
    """The answers of the batches, each after it is stored.

    Raises:
        Stopped: after the answers up to the line where a rule of the import stopped it.
    """
    async for batch in batches:
        with job.overlap.saving(), job.app.meter.batches.timed():
            result = await writer.save(batch)
        if result.answers.lines:
            yield result.answers
        if result.stop:
            raise stopped(result.stop)


async def _ahead(values: AsyncIterator[T]) -> AsyncIterator[T]:
    """The same values; one of them, and no more, is made while the one before is used."""
    upcoming = asyncio.ensure_future(anext(values, _NO_MORE))
    try:
        while (value := await upcoming) is not _NO_MORE:
            upcoming = asyncio.ensure_future(anext(values, _NO_MORE))
            yield value  # type: ignore[misc]  # _NO_MORE was ruled out above
    finally:
        upcoming.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await upcoming


async def _claimed(
    job: Job, source: Source, taken: Taken, passwords: FirstPasswords
) -> CheckedBatch:
    """The batch, compared with the rows before it; its passwords are hashed.

    Typed rows have no header: a password is noticed only here.

    Raises:
        Refusal: PERMISSION_DENIED. Unavailable: the database stayed away.
    """
    batch = taken.batch
    if taken.is_claimed:
        return batch
    if taken.rows:
        _check_passwords(job, taken.rows.columns)
        batch = await passwords.take(taken.rows, batch, repeats=source.repeats(batch.rows))
    return await source.judge(batch, await _foreign_addresses(job, batch))


def _check_passwords(job: Job, fields: Iterable[str]) -> None:
    """Refuse a password from a caller who may not set any.

    Raises:
        Refusal: PERMISSION_DENIED.
    """
    if not job.ceiling.passwords and Field.PASSWORD in fields:
        raise Refusal(
            Reason.PERMISSION_DENIED,
            "The column password needs the right credentials:write. Remove it, or let a caller "
            "with that right import the file.",
            {"column": Field.PASSWORD.value},
        )


async def _foreign_addresses(job: Job, batch: CheckedBatch) -> dict[int, bool]:
    """The rows whose username is an address and not their own; True: it is another user's.

    A row without an e-mail may have the stored one as its username. Other rows of the file are
    not looked at here, but by the claims.

    Raises:
        Unavailable: the database stayed away.
    """
    suspects = claims_foreign_address(batch)
    if not suspects:
        return {}
    keys = {key for position in suspects if (key := batch.username_keys[position]) is not None}
    owners = await job.database.ask(
        lambda connection: name_lookup.owners_of_emails(connection, job.directory.id, keys)
    )
    foreign = {}
    for position in suspects:
        owner = owners.get(batch.username_keys[position] or "")
        own = batch.number_keys[position]
        if owner != own or batch.email_keys[position] is not None:
            foreign[position] = owner is not None and owner != own
    return foreign
