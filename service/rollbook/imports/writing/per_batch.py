"""Batches → committed users, a ledger row each, and their answers: COMMIT_PER_BATCH.

One batch is one transaction: staged, planned and applied under the directory's turn. What was
answered is in the database; what is in doubt is decided by the ledger.
"""

from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace

from rollbook.imports.job.job import Job
from rollbook.imports.planning.limits import Stop
from rollbook.imports.planning.plan import plan_given_up
from rollbook.imports.planning.stop import Stopped, stopped
from rollbook.imports.planning.tally import Tally
from rollbook.imports.rows.ready_batch import ReadyBatch
from rollbook.imports.rows.staged_rows import StagedRows, joined, pack, unpack
from rollbook.imports.rows.waiting_rows import asked_again, keep_waiting, not_asked
from rollbook.imports.writing.answers import answers_of, not_applied
from rollbook.imports.writing.apply import Applied, How, apply, take_turn
from rollbook.imports.writing.exactly_once import Try, settle
from rollbook.imports.writing.failed_rows import keep_failures
from rollbook.model import Answers
from rollbook.store import Connection, kept_rows, ledger
from rollbook.store.kept_rows import Kept


class PerBatchWriter:
    """Saves the batches of one import, in order. Holds its ledger's next number and its counts."""

    def __init__(self, job: Job):
        self._job = job
        self._number = job.reached.number
        self._careful = False
        self._parked = job.reached.parked
        self._waiting = job.reached.waiting
        self.tally = Tally.from_json(job.reached.counts)
        self.writing = False

    async def save(self, batch: ReadyBatch) -> AsyncIterator[Answers]:
        """Apply a batch; answers all of its rows but those that were parked, or wait.

        Raises:
            Refusal: STORAGE_FULL; SERVER_DRAINING, the database stayed away; TOO_MANY_FAILED_ROWS
                or SAFEGUARD_TRIPPED, after the answers up to there.
        """
        applied = await self._settled(batch)
        yield applied.answers
        if applied.stop:
            raise stopped(applied.stop)

    async def finish(self) -> AsyncIterator[Answers]:
        """At the end of the file: ask once more about rows that wait; then apply what was parked.

        Raises:
            Refusal: as `save`.
        """
        if self._waiting:
            async for batch in asked_again(self._job):
                async for answers in self.save(batch):
                    yield answers
        if parked := await self._parked_rows():
            async for answers in self.save(ReadyBatch(checked=None, staged=parked)):
                yield answers

    async def abandon(self, *, at_end: bool) -> AsyncIterator[Answers]:
        """The import will not go on: answer what was parked, and what waits.

        `at_end`: a fault of the file is its end, and all rows before it count; at most until they
        stop the import by a rule of its own.

        Raises:
            Refusal: as `save`, but for the rules.
        """
        if at_end:
            with suppress(Stopped):
                async for answers in self.finish():
                    yield answers
        if self._waiting:
            async for batch in not_asked(self._job):
                yield await self._left(batch)
        if parked := await self._parked_rows():
            yield await self._left(ReadyBatch(checked=None, staged=parked))

    async def _left(self, batch: ReadyBatch) -> Answers:
        attempt = _Attempt(self._job, batch, self._number, self.tally)
        await settle(self._job.database, attempt.leave, attempt.happened, careful=False)
        return self._done(attempt).answers

    async def _parked_rows(self) -> StagedRows | None:
        if not self._parked:
            return None
        job = self._job

        async def parked(connection: Connection) -> list[bytes]:
            here = (connection, job.directory.id, job.import_id)
            return [rows async for rows in kept_rows.kept_rows(*here, Kept.PARKED)]

        packed = await job.database.ask(parked)
        return joined([unpack(rows) for rows in packed]) if packed else None

    async def _settled(self, batch: ReadyBatch) -> "_Attempt":
        """Try until the batch is known to be in the database, once."""
        self.writing = True
        try:
            attempt = _Attempt(self._job, batch, self._number, self.tally)
            await settle(self._job.database, attempt.run, attempt.happened, careful=self._careful)
            return self._done(attempt)
        finally:
            self.writing = False

    def _done(self, attempt: "_Attempt") -> "_Attempt":
        self._number += 1
        self._careful = bool(attempt.parked)
        self._parked = bool(attempt.parked) or (self._parked and not attempt.was_parked)
        self._waiting = self._waiting or attempt.waits
        self.tally = attempt.tally
        if attempt.notices:
            self._job.app.noticed.set()
        return attempt


class _Attempt:
    """One transaction for one batch. Keeps its answers, in case only the COMMIT's reply is lost."""

    answers: Answers
    tally: Tally

    def __init__(self, job: Job, batch: ReadyBatch, number: int, tally: Tally):
        self._job = job
        self._batch = batch
        self._number = number
        self._before = tally
        self.was_parked = batch.checked is None
        self.waits = bool(batch.waiting)
        self.parked: list[int] = []
        self.stop: Stop | None = None
        self.notices = 0

    async def run(self, how: Try) -> None:
        """Apply the batch and write it into the ledger."""
        job = self._job
        with job.overlap.talking():
            await self._apply(how)

    async def _apply(self, how: Try) -> None:
        job, batch = self._job, self._batch
        spent = self._before.spent
        async with job.database.batch(idle_timeout_s=job.app.settings.lease) as connection:
            if how.give_up:
                await take_turn(connection, job)
                plan = plan_given_up(batch.staged)
                applied = Applied(plan=plan, spent=spent.plus(plan, len(batch.failed_lines)))
            else:
                applied = await apply(
                    connection,
                    job,
                    batch.staged,
                    batch.failed_lines,
                    spent,
                    How(
                        careful=how.careful,
                        last=self.was_parked,
                        changes=job.options.include_changes,
                    ),
                )
            self.answers = answers_of(
                batch.checked,
                batch.staged,
                applied,
                job.profile,
                changes=job.options.include_changes,
            )
            self.parked = applied.plan.parked
            self.stop = applied.stop
            self.notices = applied.notices
            self.tally = replace(self._before.with_added(self.answers), spent=applied.spent)
            await self._keep(connection, leaving=False)
            job.overlap.said_all()

    async def leave(self, _: Try) -> None:
        """Answer parked rows as not applied, also where the import was cancelled."""
        job = self._job
        async with job.database.batch(idle_timeout_s=job.app.settings.lease) as connection:
            await take_turn(connection, job)
            self.answers = not_applied(self._batch.staged)
            self.tally = self._before.with_added(self.answers)
            await self._keep(connection, leaving=True)

    async def happened(self, connection: Connection) -> bool:
        """Whether the ledger has it: asked in turn, after whatever of it is still under way."""
        job = self._job
        await take_turn(connection, job)
        return await ledger.batch_exists(
            connection, job.directory.id, job.import_id, 0, self._number
        )

    async def _keep(self, connection: Connection, *, leaving: bool) -> None:
        job, batch = self._job, self._batch
        here = (connection, job.directory.id, job.import_id)
        if self.was_parked:
            await kept_rows.forget_rows(*here, Kept.PARKED)
        if self.parked:
            packed = pack(batch.staged.chosen(self.parked))
            await kept_rows.keep_rows(*here, Kept.PARKED, self._number, packed)
        stop_line = self.stop.line if self.stop else None
        await keep_waiting(connection, job, batch, self._number, stop_line)
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
                warned_before=self._before.warned,
                leaving=leaving,
            ),
        )
