"""Batches → committed users, a ledger row each, and their answers.

One batch is one transaction: staged, planned and applied under the directory's turn. What was
answered is in the database; what is in doubt is decided by the ledger.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from rollbook.errors import Reason, Refusal
from rollbook.importing.answering import answers_of
from rollbook.importing.applying import apply
from rollbook.importing.job import Job
from rollbook.importing.planning import Plan, plan_given_up
from rollbook.importing.prepared import Prepared, joined, pack, unpack
from rollbook.importing.tally import Tally
from rollbook.store import Conflict, StoreFull, Unavailable, imports
from rollbook.words import Answers, Mark, Users

_PATIENCE_S = 60.0
"""How long an import waits for a database that went away before it is INTERRUPTED."""

_CONFLICTS = 5
"""Times a batch is planned again after a unique key refused it."""

_NOWHERE = Mark(0, b"")


@dataclass(slots=True, kw_only=True)
class Batch:
    """Consecutive rows of a file: what was said of all, and those that may be applied."""

    users: Users | None
    prepared: Prepared

    @property
    def mark(self) -> Mark:
        """Where in the content the batch ends; parked rows end nowhere."""
        return self.users.rows.mark if self.users else _NOWHERE

    @property
    def last_line(self) -> int:
        """The last line read, parked rows included."""
        return self.users.rows.lines[-1] if self.users else 0


class Saving:
    """Saves the batches of one import, in order. Holds its ledger's next number and its counts."""

    def __init__(self, job: Job):
        self._job = job
        self._number = 0
        self._careful = False
        self._parked = False
        self.tally = Tally()
        self.writing = False

    async def save(self, batch: Batch) -> Answers:
        """Apply a batch; answers all of its rows but those that were parked.

        Raises:
            Refusal: STORAGE_FULL; or SERVER_DRAINING, the database stayed away too long.
        """
        return await self._settled(batch)

    async def save_parked(self) -> AsyncIterator[Answers]:
        """At the end of the file: apply what was parked as far as it can be, and answer it.

        Raises:
            Refusal: as `save`.
        """
        if not self._parked:
            return
        async with self._job.house.database.connection() as connection:
            packed = await imports.parked(connection, self._job.directory.id, self._job.import_id)
        waiting = joined([unpack(rows) for rows in packed])
        yield await self._settled(Batch(users=None, prepared=waiting))

    async def _settled(self, batch: Batch) -> Answers:
        """Try until the batch is known to be in the database, once."""
        self.writing = True
        deadline = asyncio.get_running_loop().time() + _PATIENCE_S
        conflicts = 0
        try:
            while True:
                attempt = _Attempt(self._job, batch, self._number, self.tally)
                try:
                    await attempt.run(careful=self._careful, give_up=conflicts >= _CONFLICTS)
                except Conflict:
                    self._careful = True
                    conflicts += 1
                    continue
                except StoreFull:
                    raise _no_room() from None
                except Unavailable:
                    if not await self._happened(deadline):
                        continue
                return self._done(attempt)
        finally:
            self.writing = False

    def _done(self, attempt: "_Attempt") -> Answers:
        self._number += 1
        self._parked = self._parked or bool(attempt.plan.parked)
        self._careful = bool(attempt.plan.parked)
        self.tally.add(attempt.answers)
        return attempt.answers

    async def _happened(self, deadline: float) -> bool:
        """Whether the batch whose COMMIT is in doubt is in the ledger; waits for the database."""
        pause = 0.05
        while True:
            try:
                async with self._job.house.database.connection() as connection:
                    return await imports.batch_exists(
                        connection, self._job.directory.id, self._job.import_id, self._number
                    )
            except Unavailable:
                if asyncio.get_running_loop().time() > deadline:
                    raise _database_away() from None
                await asyncio.sleep(pause)
                pause = min(1.0, 2 * pause)


class _Attempt:
    """One transaction for one batch. Keeps its answers, in case only the COMMIT's reply is lost."""

    plan: Plan
    answers: Answers

    def __init__(self, job: Job, batch: Batch, number: int, tally: Tally):
        self._job = job
        self._batch = batch
        self._number = number
        self._tally = tally

    async def run(self, *, careful: bool, give_up: bool) -> None:
        job, batch = self._job, self._batch
        idle_timeout = job.house.settings.lease
        async with job.house.database.batch(idle_timeout_s=idle_timeout) as connection:
            created: Mapping[str, int] = {}
            if give_up:
                self.plan = plan_given_up(batch.prepared)
            else:
                self.plan, created = await apply(
                    connection, job, batch.prepared, careful=careful, last=batch.users is None
                )
            self.answers = answers_of(job, batch.users, batch.prepared, self.plan, created)
            if self.plan.parked:
                await imports.park(
                    connection,
                    job.directory.id,
                    job.import_id,
                    self._number,
                    pack(batch.prepared.chosen(self.plan.parked)),
                )
            await imports.write_batch(
                connection,
                directory_id=job.directory.id,
                import_id=job.import_id,
                number=self._number,
                answers=self.answers,
                last_line=batch.last_line,
                mark=batch.mark,
                counts=self._tally.with_added(self.answers).as_json(),
                warned_before=self._tally.warned,
            )


def _no_room() -> Refusal:
    return Refusal(
        Reason.STORAGE_FULL,
        "The database has no room left. Everything answered is kept; make room, then send the "
        "file again with the same import id.",
    )


def _database_away() -> Refusal:
    return Refusal(
        Reason.SERVER_DRAINING,
        "The database is away. Everything answered is kept; send the file again with the same "
        "import id.",
    )
