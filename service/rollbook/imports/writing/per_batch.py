"""The writer for COMMIT_PER_BATCH: commits each batch and answers its rows.

One batch is one transaction: staged, planned and applied under the directory's turn, except rows
that a look before it has found unchanged. So are all parked rows together, whose ledger rows are
many. What was answered is in the database; what is in doubt is decided by the ledger.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial

from rollbook.imports.job.job import Job
from rollbook.imports.planning.limits import Stop, stopped
from rollbook.imports.planning.plan import plan_given_up
from rollbook.imports.planning.tally import Tally
from rollbook.imports.rows.late_rows import keep_waiting, parked_pieces
from rollbook.imports.rows.ready_batch import ReadyBatch
from rollbook.imports.rows.staged_rows import StagedRows, pack_staged
from rollbook.imports.writing.answers import answers_of, with_unchanged
from rollbook.imports.writing.apply import Applied, Names, apply, take_turn
from rollbook.imports.writing.apply_parked import apply_parked
from rollbook.imports.writing.batch_writer import BatchResult, BatchWriter, Entry, record
from rollbook.imports.writing.commit_in_doubt import MOST_CONFLICTS, settle
from rollbook.imports.writing.made_ahead import Made
from rollbook.imports.writing.sent_ahead import SentAhead
from rollbook.model import Answers
from rollbook.store import Connection, kept_rows, ledger
from rollbook.store.kept_rows import Kept

_LONGEST_THOUGHT_S = 30.0
"""Seconds between two statements for all parked rows, at most: a million are judged meanwhile."""


class PerBatchWriter(BatchWriter):
    """Commits the batches of one import, one after the other."""

    commits_batches = True

    def __init__(self, job: Job):
        super().__init__(job)
        self._contested = False
        self._sent = SentAhead(job)

    async def send_ahead(self, batch: ReadyBatch) -> None:
        """Send the batch's rows to PostgreSQL, if they would only wait here."""
        await self._sent.send(batch)

    async def let_go(self) -> None:
        """Roll back what was sent ahead and is not saved."""
        await self._sent.let_go()

    async def save(self, batch: ReadyBatch) -> BatchResult:
        """Apply a batch; answers all of its rows except those that are parked, or wait."""
        attempt = _Attempt(
            self._job, batch, self._sent, self._number, self.tally, contested=self._contested
        )
        await settle(self._job.database, attempt.run, attempt.happened)
        self._number += 1
        # After a batch with a contested name the next one is likely to have some, too.
        self._contested = bool(attempt.parked)
        if self._contested:
            self._sent.spare()
        self.parked = self.parked or bool(attempt.parked)
        self.waiting = self.waiting or bool(batch.waiting)
        self.tally = attempt.tally
        if attempt.notices:
            self._job.app.noticed.ring()
        return BatchResult(attempt.answers, attempt.stop)

    async def end_received(self) -> None:
        """Nothing to note: to finish, it needs the file again."""

    async def finish(self) -> AsyncIterator[Answers]:
        """Apply the parked rows; answers them as they were stored, a piece at a time.

        Raises:
            Stopped: after the answers, where a rule of the import stopped it. Others as `save`.
        """
        if not self.parked:
            return
        attempt = _Together(self._job, self._number, self.tally)
        await settle(self._job.database, attempt.run, attempt.happened)
        before, self._number = self._number, attempt.number
        self.parked = False
        self.tally = attempt.tally
        if attempt.notices:
            self._job.app.noticed.ring()
        here = (self._job.database, self._job.directory.id, self._job.import_id)
        async for answers in ledger.replay(*here, plan=0, after=before - 1):
            yield replace(answers, replayed=False)
        if attempt.stop:
            raise stopped(attempt.stop)


class _Attempt:
    """One transaction for one batch. Keeps its answers, in case only the COMMIT's reply is lost."""

    answers: Answers
    tally: Tally

    def __init__(
        self,
        job: Job,
        batch: ReadyBatch,
        sent: SentAhead,
        number: int,
        tally: Tally,
        *,
        contested: bool,
    ):
        self._job = job
        self._batch = batch
        self._sent = sent
        self._number = number
        self._before = tally
        self._contested = contested
        self.parked: list[int] = []
        self.stop: Stop | None = None
        self.notices = 0

    async def run(self, conflicts: int) -> None:
        """Apply the batch and write it into the ledger; `conflicts`: how often it was refused."""
        job = self._job
        async with self._sent.transaction(self._batch) as (connection, made):
            applied = await self._applied(connection, conflicts, made)
            if self._batch.planned is not None:
                applied = with_unchanged(applied, self._batch, self._batch.planned)
            self.answers = answers_of(self._batch.checked, self._batch.staged, applied, job.profile)
            self.parked = applied.plan.parked
            self.stop = applied.stop
            self.notices = applied.notices
            self.tally = replace(self._before.with_added(self.answers), spent=applied.spent)
            await self._keep(connection)
            entry = Entry(
                number=self._number,
                answers=self.answers,
                before=self._before,
                tally=self.tally,
                rows=self._batch.checked.rows,
                batch=self._batch,
            )
            await record(connection, job, entry)

    async def _applied(self, connection: Connection, conflicts: int, made: Made | None) -> Applied:
        job, batch, spent = self._job, self._batch, self._before.spent
        staged = batch.to_plan
        if conflicts >= MOST_CONFLICTS:
            await take_turn(connection, job)
            plan = plan_given_up(staged)
            return Applied(plan=plan, spent=spent.plus(plan, len(batch.failed_lines)))
        names = Names.HELD if self._contested or conflicts else Names.FREE
        if conflicts:  # somebody may have made one of the users meanwhile
            staged = replace(staged, all_new=False)
        return await apply(connection, job, staged, batch.failed_lines, spent, made or names)

    async def _keep(self, connection: Connection) -> None:
        """Keep the rows that are parked or wait on, and delete those that were kept before."""
        job, batch = self._job, self._batch
        here = (connection, job.directory.id, job.import_id)
        if self.parked:
            packed = pack_staged(batch.staged.chosen(self.parked))
            await kept_rows.keep_rows(*here, Kept.PARKED, self._number, packed)
        stop_line = self.stop.line if self.stop else None
        await keep_waiting(connection, job, batch, self._number, stop_line)

    async def happened(self, connection: Connection) -> bool:
        """See `_happened`."""
        return await _happened(connection, self._job, self._number)


class _Together:
    """One transaction for all parked rows, whose pieces are entries of the ledger.

    `number` is the next after them. Nothing of a piece is kept here.
    """

    def __init__(self, job: Job, number: int, tally: Tally):
        self._job = job
        self._first = self.number = number
        self._before = self.tally = tally
        self.stop: Stop | None = None
        self.notices = 0

    async def run(self, conflicts: int) -> None:
        """Apply the rows and write them into the ledger; `conflicts` as for a batch."""
        job = self._job
        self.number, self.tally, self.notices = self._first, self._before, 0
        idle = max(job.app.settings.lease, _LONGEST_THOUGHT_S)
        async with job.database.batch(idle_timeout_s=idle) as connection:
            async for staged, applied in self._applied(connection, conflicts):
                await self._record(connection, staged, applied)
            here = (connection, job.directory.id, job.import_id)
            await kept_rows.forget_rows(*here, Kept.PARKED)

    async def _applied(
        self, connection: Connection, conflicts: int
    ) -> AsyncIterator[tuple[StagedRows, Applied]]:
        job, spent = self._job, self._before.spent
        pieces = partial(parked_pieces, connection, job)
        if conflicts < MOST_CONFLICTS:
            async for staged, applied in apply_parked(connection, job, pieces, spent):
                yield staged, applied
            return
        await take_turn(connection, job)
        async for staged in pieces():
            plan = plan_given_up(staged)
            spent = spent.plus(plan, 0)
            yield staged, Applied(plan=plan, spent=spent)

    async def _record(self, connection: Connection, staged: StagedRows, applied: Applied) -> None:
        answers = answers_of(None, staged, applied, self._job.profile)
        before = self.tally
        self.tally = replace(before.with_added(answers), spent=applied.spent)
        entry = Entry(
            number=self.number, answers=answers, before=before, tally=self.tally, rows=staged
        )
        await record(connection, self._job, entry)
        self.number += 1
        self.stop = applied.stop
        self.notices += applied.notices

    async def happened(self, connection: Connection) -> bool:
        """See `_happened`; all of its entries are in the ledger, or none is."""
        return await _happened(connection, self._job, self._first)


async def _happened(connection: Connection, job: Job, number: int) -> bool:
    """Whether the ledger has it: asked in turn, after whatever of it is still under way."""
    await take_turn(connection, job, to_write=False)
    return await ledger.batch_exists(connection, job.directory.id, job.import_id, 0, number)
