"""The line: what a client sends → what it is answered. Read it aloud.

chunks → decode → records → header (once) → batch → check → roles → locations → plan → save
"""

from collections.abc import AsyncIterator
from typing import Protocol

from rollbook.checking import Checker
from rollbook.imports.job.job import Job
from rollbook.imports.planning.tally import Tally
from rollbook.imports.rows.claims import Claims
from rollbook.imports.rows.permitting import check_passwords, permitted
from rollbook.imports.rows.prefetch import ahead
from rollbook.imports.rows.ready_batch import ReadyBatch, ready
from rollbook.imports.rows.resolve_names import name
from rollbook.imports.rows.source import Source
from rollbook.imports.rows.username_addresses import foreign_addresses
from rollbook.model import Answers, Understood


class BatchWriter(Protocol):
    """Who takes the batches at the end of the line: `saving.Saving` or `staged.Staged`."""

    tally: Tally
    writing: bool

    def save(self, batch: ReadyBatch) -> AsyncIterator[Answers]:
        """Take a batch; answer what can be answered."""

    def finish(self) -> AsyncIterator[Answers]:
        """The file is whole: answer the rest."""

    def abandon(self, *, at_end: bool) -> AsyncIterator[Answers]:
        """The import will not go on: answer the rest."""


async def upload(
    job: Job, source: Source, claims: Claims, writer: BatchWriter
) -> AsyncIterator[Understood | Answers]:
    """Take one file in and answer each of its rows once.

    While one batch is written the next is read and checked, and the one before is told; nothing
    runs further ahead. Rows that an earlier call has taken in are only checked and claimed again.

    Raises:
        FileFault: the file cannot be read further; the rows before it have been answered.
        Refusal: the import cannot go on; what was answered is kept.
    """
    checker = Checker(job.profile, job.options, job.app.settings)

    understood = await source.header()
    if understood:
        check_passwords(job, (column.field for column in understood.columns))
        yield understood

    thoughtful = job.overlap.thoughtful
    rows = thoughtful(permitted(job, source.batches()))
    checked = thoughtful(checker.check(some) async for some in rows)
    checked = thoughtful(
        claims.judge(some, await foreign_addresses(job, some)) async for some in checked
    )
    fresh = (some async for some in checked if not source.repeats(some.rows))
    named = (await name(job, some) async for some in fresh)
    batches = (ready(some, job.profile, source.columns) async for some in named)

    saved = (answers async for batch in ahead(batches) async for answers in writer.save(batch))

    async for answers in ahead(saved):
        yield answers
    async for answers in writer.finish():
        yield answers
