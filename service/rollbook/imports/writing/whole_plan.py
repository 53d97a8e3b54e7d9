"""Plans all kept batches in one transaction, then commits it or rolls it back.

The answers are written as the plan goes, on a second connection, under the plan's number; they
count only once the import names that number: in the plan's own COMMIT, or after its rollback.
"""

from array import array
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial

from rollbook.errors import Reason
from rollbook.imports.job.held_lease import rest, short
from rollbook.imports.job.job import Job
from rollbook.imports.planning.digest import Digest, Expected
from rollbook.imports.planning.limits import FailedLines, Stop, limits
from rollbook.imports.planning.tally import Tally
from rollbook.imports.rows.late_rows import in_pieces
from rollbook.imports.rows.staged_rows import StagedRows, unpack_staged
from rollbook.imports.writing.answers import answers_of, not_applied
from rollbook.imports.writing.apply import Applied, Names, apply, send, take_turn
from rollbook.imports.writing.apply_parked import apply_parked
from rollbook.imports.writing.commit_in_doubt import settle
from rollbook.imports.writing.full_sync import Sync, stop_of_nothing, suspend_missing
from rollbook.model import NOWHERE, Answers, Commit, MissingUsers, Outcome
from rollbook.store import Conflict, Connection, failed_rows, imports, kept_rows, ledger, staging
from rollbook.store.kept_rows import Kept


class _RolledBack(Exception):
    """Undoes the plan's transaction."""


class WholePlan:
    """One plan of a staged import. `approved`: a second pair of eyes has let it pass.

    `expected` is the number of the plan that it must equal, line by line, to be committed; None:
    any. After `settle`: `tally`, `digest`, `stop` (the rule of the import or the safeguard that
    rolled it back) and `stale`, the numbers of the users whose plan has changed.
    """

    def __init__(
        self,
        job: Job,
        tally: Tally,
        *,
        number: int,
        commit: bool | None = None,
        approved: bool = False,
        expected: int | None = None,
    ):
        self._job = job
        self._before = tally
        self.number = number
        self._commit = job.options.commit is Commit.WHOLE_FILE if commit is None else commit
        self._approved = approved
        self._expected = expected
        self._reset()

    def _reset(self) -> None:
        self.tally = self._before
        self.stop: Stop | None = None
        self.stale: list[str] = []
        self.committed = False
        self._rolled_back = False
        self._digest = Digest()
        self._compared: Expected | None = None
        self._sync: Sync | None = None
        self._batches = 0
        self._notices = 0
        self._parked: dict[int, array[int]] = {}
        self._failed = FailedLines()

    @property
    def digest(self) -> bytes:
        """A hash of the plan of every line, 32 bytes."""
        return self._digest.bytes()

    async def settle(self) -> None:
        """Plan until it is known to have been committed or rolled back, once.

        Raises:
            Refusal: STORAGE_FULL, SERVER_DRAINING, IMPORT_ALREADY_RUNNING.
        """
        await settle(self._job.database, self._attempt, self.happened)
        if self.committed and self._notices:
            self._job.app.noticed.ring()

    async def answers(self) -> AsyncIterator[Answers]:
        """The answers of this plan, as they were stored."""
        async for answers in self._stored(self.number):
            # After a rollback no user has the ids.
            ids = answers.user_ids if self.committed else [0] * len(answers.lines)
            yield replace(answers, replayed=False, user_ids=ids)

    def _stored(self, plan: int) -> AsyncIterator[Answers]:
        job = self._job
        return ledger.replay(
            job.database, job.directory.id, job.import_id, plan=plan, from_plan=plan
        )

    async def _attempt(self, _conflicts: int) -> None:
        job = self._job
        self._reset()
        here = (job.directory.id, job.import_id)
        async with short(job) as connection:
            await ledger.forget_plan(connection, *here, self.number)
        if job.options.max_failed_rows is not None:
            await self._note_refused()
        if self._expected is not None:
            self._compared = await Expected.of(self._stored(self._expected))
        try:
            async with job.database.batch(
                idle_timeout_s=max(job.app.settings.lease, 30)
            ) as connection:
                await self._plan(connection)
                self.stale += self._compared.left() if self._compared else []
                if not self._commit or self.stop or self.stale:
                    raise _RolledBack
                await imports.plan_committed(
                    connection, *here, self.number, self.tally.as_json(), self.digest
                )
        except _RolledBack:
            if self.stop and self.stop.reason is Reason.TOO_MANY_FAILED_ROWS:
                await self._apply_nothing()
            self._rolled_back = True
            async with short(job) as connection:
                await imports.plan_in_force(connection, *here, self.number)
        else:
            self.committed = True

    async def happened(self, connection: Connection) -> bool:
        """Whether its answers count: asked in turn, after whatever of it is still under way."""
        job = self._job
        await take_turn(connection, job, to_write=False)
        await rest(connection, job)
        row = await imports.get_import(connection, job.directory.id, job.import_id)
        happened = row is not None and row.plan == self.number
        self.committed = happened and not self._rolled_back
        return happened

    async def _plan(self, connection: Connection) -> None:
        job = self._job
        room = await take_turn(connection, job)
        if job.options.missing_users is MissingUsers.SUSPEND:
            sync = await suspend_missing(connection, job, room, read=self._before.rows)
            self._sync = sync
            self.tally = replace(self.tally, released=sync.released, protected=sync.protected)
            self._notices += sync.notices
            for piece in sync.pieces(job.app.settings.batch_rows):
                await self._tell(piece, None)
            self._trip(sync.stop(room, job.active_at_start))
        most_changes = limits(job.options, room, job.active_at_start)
        async for number, packed in kept_rows.kept_rows(
            connection, job.directory.id, job.import_id, Kept.STAGED
        ):
            staged = unpack_staged(packed)
            applied = await self._applied(connection, staged)
            if applied.plan.parked:
                self._parked[number] = array("i", applied.plan.parked)
            late = self._failed.late if staged.late else self._failed.planned
            await self._answer(connection, staged, applied, late)
        if self._parked:
            pieces = partial(self._parked_pieces, connection)
            async for staged, applied in apply_parked(connection, job, pieces, self.tally.spent):
                await self._answer(connection, staged, applied, self._failed.parked)
        if self._sync:
            self._trip(stop_of_nothing(self.tally))
        self.stop = self._failed.stop(job.options.max_failed_rows) or self.stop
        self._trip(most_changes.safeguard(self.tally.spent))

    async def _parked_pieces(self, connection: Connection) -> AsyncIterator[StagedRows]:
        """The rows that are parked, in pieces of about a batch."""

        async def parts() -> AsyncIterator[StagedRows]:
            here = (connection, self._job.directory.id, self._job.import_id, Kept.STAGED)
            for number, positions in self._parked.items():
                if found := await kept_rows.next_kept(*here, number - 1):
                    yield unpack_staged(found[1]).chosen(positions)

        async for piece in in_pieces(parts(), self._job.app.settings):
            yield piece

    async def _answer(
        self, connection: Connection, staged: StagedRows, applied: Applied, failed: "array[int]"
    ) -> None:
        """Answer rows that were applied, and note the lines that failed."""
        self._notices += applied.notices
        if self._sync:
            await self._sync.say_doubts(connection, staged, applied.plan)
        failed.extend(
            staged.lines[position]
            for position, outcome in enumerate(applied.plan.outcomes)
            if outcome is Outcome.FAILED
        )
        if not self._commit:
            applied.plan.user_ids = [0] * len(staged)
            applied.created = {}
        answers = answers_of(None, staged, applied, self._job.profile)
        await self._tell(answers, staged)
        self.tally = replace(self.tally, spent=applied.spent)

    async def _applied(self, connection: Connection, staged: StagedRows) -> Applied:
        """Apply a batch; the limits are judged by the caller, for the whole file."""
        for names in (Names.FREE, Names.HELD):
            await staging.clear(connection)
            try:
                async with self._job.database.savepoint(connection):
                    await send(connection, staged)
                    return await apply(connection, self._job, staged, (), self.tally.spent, names)
            except Conflict:
                if names is not Names.FREE:
                    raise
        raise AssertionError("unreachable")

    async def _tell(self, answers: Answers, staged: StagedRows | None) -> None:
        """Write the answers under the plan's number, and count them."""
        job = self._job
        before = self.tally
        self.tally = before.with_added(answers)
        if staged is not None:
            self._digest.add(answers, staged)
        if self._compared:
            self.stale += self._compared.differing(answers)
        async with short(job) as second:
            await ledger.write_batch(
                second,
                ledger.BatchRow(
                    directory_id=job.directory.id,
                    import_id=job.import_id,
                    plan=self.number,
                    number=self._batches,
                    answers=answers,
                    rows_read=0,
                    last_line=0,
                    mark=NOWHERE,
                    counts=self.tally.as_json(),
                    codes_before=before.codes,
                ),
            )
            if staged is not None:
                await failed_rows.keep_failed(
                    second,
                    job.directory.id,
                    job.import_id,
                    plan=self.number,
                    number=self._batches,
                    answers=answers,
                    lines=staged.lines,
                    raw=staged.raw,
                )
        self._batches += 1

    def _trip(self, stop: Stop | None) -> None:
        if stop and not self._approved and self.stop is None:
            self.stop = stop

    async def _note_refused(self) -> None:
        """Note the lines that failed before they could be planned."""
        async for answers in self._stored(0):
            noted = self._failed.late if answers.late else self._failed.read
            noted.extend(
                line
                for line, outcome in zip(answers.lines, answers.outcomes, strict=True)
                if outcome is Outcome.FAILED
            )

    async def _apply_nothing(self) -> None:
        """Too many rows failed: answer every other row with NOT_APPLIED."""
        job = self._job
        self._batches, self.tally, self._digest = 0, self._before, Digest()
        before = self._failed.before(job.options.max_failed_rows or 0)
        issues = {
            line: answers.issues[position]
            async for answers in self._stored(self.number)
            for position, line in enumerate(answers.lines)
            if answers.outcomes[position] is Outcome.FAILED and line in before
        }
        async with short(job) as connection:
            await ledger.forget_plan(connection, job.directory.id, job.import_id, self.number)
        number = -1
        while found := await job.database.ask(partial(self._next_kept, after=number)):
            number, packed = found
            staged = unpack_staged(packed)
            answers = not_applied(staged)
            refused = {p: issues[line] for p, line in enumerate(staged.lines) if line in issues}
            answers = replace(
                answers,
                outcomes=[
                    Outcome.FAILED if position in refused else Outcome.NOT_APPLIED
                    for position in range(len(staged))
                ],
                issues={**answers.issues, **refused},
            )
            await self._tell(answers, staged)

    async def _next_kept(self, connection: Connection, *, after: int) -> tuple[int, bytes] | None:
        here = (self._job.directory.id, self._job.import_id)
        return await kept_rows.next_kept(connection, *here, Kept.STAGED, after)
