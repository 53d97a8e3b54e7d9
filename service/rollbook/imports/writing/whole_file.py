"""The writer for COMMIT_WHOLE_FILE and NONE: keeps all batches until `end`.

While the file comes in, rows are stored by short transactions that hold no lock; those that fail
are answered as they come. So a slow client holds nothing, and a preview is the real run, rolled
back.
"""

from collections.abc import AsyncIterator
from dataclasses import replace

from rollbook.errors import Reason
from rollbook.imports.job.held_lease import short
from rollbook.imports.job.job import Job
from rollbook.imports.planning.limits import Stop, stopped
from rollbook.imports.planning.tally import Tally
from rollbook.imports.rows.doubts import pack_named
from rollbook.imports.rows.late_rows import keep_waiting
from rollbook.imports.rows.ready_batch import ReadyBatch
from rollbook.imports.rows.staged_rows import pack_staged
from rollbook.imports.writing.answers import refusals
from rollbook.imports.writing.batch_writer import (
    BatchResult,
    BatchWriter,
    Entry,
    is_recorded,
    record,
)
from rollbook.imports.writing.commit_in_doubt import settle
from rollbook.imports.writing.whole_plan import WholePlan
from rollbook.model import Answers
from rollbook.store import Connection, imports, kept_rows, patiently
from rollbook.store.kept_rows import Kept


class WholeFileWriter(BatchWriter):
    """Keeps the batches of one import, and plans them all at its end."""

    commits_batches = False

    async def send_ahead(self, batch: ReadyBatch) -> None:
        """Nothing: its rows are kept, and sent with all others at the end."""

    async def let_go(self) -> None:
        """Nothing was begun."""

    async def save(self, batch: ReadyBatch) -> BatchResult:
        """Keep the batch's good rows, and those that wait; answer those that failed."""
        stop = self._stop(batch)
        keep = _Keep(self._job, _cut(batch, stop), self._number, self.tally, stop)
        await settle(self._job.database, keep.attempt, keep.happened)
        self._number += 1
        self.waiting = self.waiting or bool(batch.waiting)
        self.tally = keep.tally
        return BatchResult(keep.answers, stop)

    async def end_received(self) -> None:
        """Remember that no client is needed any more: another server may finish the import."""
        job = self._job

        async def ended() -> None:
            async with short(job) as connection:
                await imports.end_received(connection, job.directory.id, job.import_id)

        await patiently(ended)

    async def finish(self) -> AsyncIterator[Answers]:
        """Plan all that was kept, and commit it or roll it back; then answer it."""
        plan = WholePlan(self._job, self.tally, number=self._job.plan + 1)
        await plan.settle()
        self.plan, self.tally = plan, plan.tally
        async for answers in plan.answers():
            yield answers
        if plan.stop and plan.stop.reason is Reason.TOO_MANY_FAILED_ROWS:
            raise stopped(plan.stop)

    def _stop(self, batch: ReadyBatch) -> Stop | None:
        most, failed = self._job.options.max_failed_rows, sorted(batch.failed_lines)
        if most is None or self.tally.spent.failed + len(failed) <= most:
            return None
        line = failed[most - self.tally.spent.failed]
        return Stop(Reason.TOO_MANY_FAILED_ROWS, line, "failed")


def _cut(batch: ReadyBatch, stop: Stop | None) -> ReadyBatch:
    """The batch up to the stop."""
    if stop is None:
        return batch
    checked, staged = batch.checked, batch.staged
    lines = checked.rows.lines
    checked = replace(checked, failed={p for p in checked.failed if lines[p] <= stop.line})
    before = [p for p in range(len(staged)) if staged.lines[p] < stop.line]
    return replace(batch, checked=checked, staged=staged.chosen(before))


class _Keep:
    """One short transaction that keeps a batch."""

    def __init__(self, job: Job, batch: ReadyBatch, number: int, tally: Tally, stop: Stop | None):
        self._job = job
        self._batch = batch
        self._number = number
        self._before = tally
        self._stop_line = stop.line if stop else None
        refused = refusals(batch.checked, job.profile)
        self.answers: Answers = replace(refused, late=batch.waited is not None)
        failed = tally.spent.failed + len(self.answers.lines)
        self.tally = replace(
            tally.with_added(self.answers), spent=replace(tally.spent, failed=failed)
        )

    async def attempt(self, _conflicts: int) -> None:
        """Keep the rows, and write the refusals into the ledger."""
        job, batch = self._job, self._batch
        here = (job.directory.id, job.import_id)
        async with short(job) as connection:
            if len(batch.staged):
                packed = pack_staged(batch.staged)
                await kept_rows.keep_rows(
                    connection,
                    *here,
                    Kept.STAGED,
                    self._number,
                    packed,
                    lines=batch.staged.lines,
                )
            if named := pack_named(batch.checked, job):
                await kept_rows.keep_rows(connection, *here, Kept.NAMED, self._number, named)
            await keep_waiting(connection, job, batch, self._number, self._stop_line)
            entry = Entry(
                number=self._number,
                answers=self.answers,
                before=self._before,
                tally=self.tally,
                rows=batch.checked.rows,
                batch=batch,
            )
            await record(connection, job, entry)

    async def happened(self, connection: Connection) -> bool:
        """See `settle`."""
        return await is_recorded(connection, self._job, self._number)
