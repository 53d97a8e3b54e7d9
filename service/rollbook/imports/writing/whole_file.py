"""Batches → kept until `end`, then planned in one transaction: COMMIT_WHOLE_FILE and NONE.

While the file comes in, rows are stored by short transactions that hold no lock; those that fail
are answered as they come. So a slow client holds nothing, and a preview is the real run, rolled
back.
"""

from collections.abc import AsyncIterator
from dataclasses import replace

from rollbook.errors import Reason
from rollbook.imports.job.held_lease import rest, short
from rollbook.imports.job.job import Job
from rollbook.imports.planning.limits import Stop
from rollbook.imports.planning.stop import Stopped, stopped
from rollbook.imports.planning.tally import Tally
from rollbook.imports.rows.ready_batch import ReadyBatch
from rollbook.imports.rows.staged_rows import pack, unpack
from rollbook.imports.rows.waiting_rows import as_read, asked_again, keep_waiting
from rollbook.imports.writing.answers import not_applied, refusals
from rollbook.imports.writing.exactly_once import Try, settle
from rollbook.imports.writing.failed_rows import keep_failures
from rollbook.imports.writing.full_sync import pack_numbers
from rollbook.imports.writing.whole_plan import WholePlan
from rollbook.model import Answers, Mark
from rollbook.store import Connection, imports, kept_rows, ledger, patiently
from rollbook.store.kept_rows import Kept


class WholeFileWriter:
    """Keeps the batches of one import, and settles them all at its end."""

    def __init__(self, job: Job):
        self._job = job
        self._number = job.reached.number
        self._waiting = job.reached.waiting
        self.tally = Tally.from_json(job.reached.counts)
        self.whole: WholePlan | None = None
        self.writing = False

    async def save(self, batch: ReadyBatch) -> AsyncIterator[Answers]:
        """Keep the batch's good rows, and those that wait; answer those that failed.

        Raises:
            Refusal: STORAGE_FULL, SERVER_DRAINING; TOO_MANY_FAILED_ROWS, after the answers up to
                there.
        """
        stop = self._stop(batch)
        if stop:
            batch = _cut(batch, stop)
        self._waiting = self._waiting or bool(batch.waiting)
        self.writing = True
        try:
            keep = _Keep(self._job, batch, self._number, self.tally, stop)
            await settle(self._job.database, keep.run, keep.happened, careful=False)
        finally:
            self.writing = False
        self._number += 1
        self.tally = keep.tally
        if keep.answers.lines:
            yield keep.answers
        if stop:
            raise stopped(stop)

    async def finish(self) -> AsyncIterator[Answers]:
        """Plan all that was kept, and commit it or roll it back; then answer it.

        Before that, ask once more about the rows that wait.

        Raises:
            Refusal: STORAGE_FULL, SERVER_DRAINING; TOO_MANY_FAILED_ROWS, and nothing is applied.
        """
        job = self._job

        async def ended() -> None:
            async with short(job) as connection:
                await imports.end_received(connection, job.directory.id, job.import_id)

        await patiently(ended)
        if self._waiting:
            async for batch in asked_again(job):
                async for answers in self.save(batch):
                    yield answers
        whole = WholePlan(job, self.tally, number=job.plan + 1)
        await whole.settle()
        self.whole, self.tally = whole, whole.tally
        async for answers in whole.answers():
            yield answers
        if whole.stop and whole.stop.reason is Reason.TOO_MANY_FAILED_ROWS:
            raise stopped(whole.stop)

    async def abandon(self, *, at_end: bool) -> AsyncIterator[Answers]:
        """The import will not go on: what was kept is answered as not applied.

        Where the plan was made, it has answered all of that.

        Raises:
            Refusal: STORAGE_FULL, SERVER_DRAINING.
        """
        while self.whole is None:
            leave = _Leave(self._job, self._number, self.tally)
            await settle(self._job.database, leave.run, leave.happened, careful=False)
            if leave.answers is None:
                return
            self._number += 1
            self.tally = leave.tally
            yield leave.answers

    def tripped(self) -> Stopped:
        """The refusal of an import that waits for a second pair of eyes."""
        if self.whole is None or self.whole.stop is None:
            raise LookupError("nothing stopped it")
        return stopped(self.whole.stop)

    def _stop(self, batch: ReadyBatch) -> Stop | None:
        most, failed = self._job.options.max_failed_rows, sorted(batch.failed_lines)
        if most is None or self.tally.spent.failed + len(failed) <= most:
            return None
        line = failed[most - self.tally.spent.failed]
        return Stop(Reason.TOO_MANY_FAILED_ROWS, line, "failed")


def _cut(batch: ReadyBatch, stop: Stop) -> ReadyBatch:
    """The batch up to the stop."""
    checked, staged = batch.checked, batch.staged
    if checked:
        lines = checked.rows.lines
        failed = {p for p in checked.failed if lines[p] <= stop.line}
        checked = replace(checked, failed=failed)
    before = [p for p in range(len(staged)) if staged.lines[p] < stop.line]
    return replace(batch, checked=checked, staged=staged.chosen(before))


class _Keep:
    """One short transaction that keeps a batch."""

    def __init__(self, job: Job, batch: ReadyBatch, number: int, tally: Tally, stop: Stop | None):
        self._job = job
        self._batch = batch
        self._number = number
        self._stop_line = stop.line if stop else None
        checked = batch.checked
        refused = (
            refusals(checked, job.profile) if checked else not_applied(batch.staged.chosen([]))
        )
        self.answers = replace(refused, late=batch.waited is not None)
        failed = tally.spent.failed + len(self.answers.lines)
        added = tally.with_added(self.answers)
        self._warned = tally.warned
        self.tally = replace(added, spent=replace(tally.spent, failed=failed))

    async def run(self, _: Try) -> None:
        """Keep the rows, and write the refusals into the ledger."""
        job, batch = self._job, self._batch
        here = (job.directory.id, job.import_id)
        async with short(job) as connection:
            if len(batch.staged):
                packed = pack(batch.staged)
                await kept_rows.keep_rows(connection, *here, Kept.STAGED, self._number, packed)
            if batch.checked and (numbers := pack_numbers(batch.checked)):
                await kept_rows.keep_rows(connection, *here, Kept.NAMED, self._number, numbers)
            await keep_waiting(connection, job, batch, self._number, self._stop_line)
            await keep_failures(
                connection, job, self.answers, batch.written, plan=0, number=self._number
            )
            await ledger.write_batch(
                connection,
                ledger.BatchRow(
                    directory_id=job.directory.id,
                    import_id=job.import_id,
                    plan=0,
                    number=self._number,
                    answers=self.answers,
                    rows_read=batch.rows_read,
                    last_line=batch.last_line,
                    mark=batch.mark,
                    counts=self.tally.as_json(),
                    warned_before=self._warned,
                ),
            )

    async def happened(self, connection: Connection) -> bool:
        """Whether the ledger has it: asked when nothing of it is under way any more."""
        job = self._job
        await rest(connection, job)
        return await ledger.batch_exists(
            connection, job.directory.id, job.import_id, 0, self._number
        )


class _Leave:
    """One short transaction that answers a kept batch as not applied, and lets go of it."""

    answers: Answers | None = None

    def __init__(self, job: Job, number: int, tally: Tally):
        self._job = job
        self._number = number
        self._before = self.tally = tally

    async def run(self, _: Try) -> None:
        """Answer the first batch that is kept, if there is any."""
        job = self._job
        here = (job.directory.id, job.import_id)
        async with short(job) as connection:
            if kept := await kept_rows.take_rows(connection, *here, Kept.STAGED):
                staged = unpack(kept)
            elif waiting := await kept_rows.take_rows(connection, *here, Kept.WAITING):
                staged = as_read(job, waiting)
            else:
                return
            self.answers = not_applied(staged)
            self.tally = self._before.with_added(self.answers)
            await ledger.write_batch(
                connection,
                ledger.BatchRow(
                    directory_id=job.directory.id,
                    import_id=job.import_id,
                    plan=0,
                    number=self._number,
                    answers=self.answers,
                    rows_read=0,
                    last_line=0,
                    mark=Mark(0, b""),
                    counts=self.tally.as_json(),
                    warned_before=self._before.warned,
                    leaving=True,
                ),
            )

    async def happened(self, connection: Connection) -> bool:
        """Whether the ledger has it: asked when nothing of it is under way any more."""
        job = self._job
        await rest(connection, job)
        return self.answers is not None and await ledger.batch_exists(
            connection, job.directory.id, job.import_id, 0, self._number
        )
