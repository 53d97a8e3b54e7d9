"""The interface of the two batch writers, which end the pipeline.

`per_batch.PerBatchWriter` commits each batch; `whole_file.WholeFileWriter` keeps them until `end`.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import ClassVar

from rollbook.imports.job.held_lease import rest, short
from rollbook.imports.job.job import Job
from rollbook.imports.planning.limits import Stop
from rollbook.imports.planning.tally import Tally
from rollbook.imports.rows.late_rows import as_read
from rollbook.imports.rows.ready_batch import ReadyBatch
from rollbook.imports.rows.staged_rows import StagedRows, unpack_staged
from rollbook.imports.writing.answers import not_applied
from rollbook.imports.writing.commit_in_doubt import settle
from rollbook.imports.writing.whole_plan import WholePlan
from rollbook.model import NOWHERE, Answers, FileRows
from rollbook.store import Connection, failed_rows, kept_rows, ledger
from rollbook.store.kept_rows import Kept


@dataclass(frozen=True, slots=True)
class BatchResult:
    """The answers of a stored batch, and where a rule of the import stopped it, if one did."""

    answers: Answers
    stop: Stop | None = None


class BatchWriter(ABC):
    """Takes the batches of one import, in order. Holds its counts and its ledger's next number.

    `waiting` and `parked`: rows are kept that a plugin failed on, or whose name another user
    holds. `plan` is that of a staged import, once it was made.
    """

    commits_batches: ClassVar[bool]
    """Whether what `save` answered is committed, so that at a fault the rows before it count."""

    def __init__(self, job: Job):
        self._job = job
        self._number = job.reached.number
        self.waiting = job.reached.waiting
        self.parked = job.reached.parked
        self.tally = Tally.from_json(job.reached.counts)
        self.plan: WholePlan | None = None

    @abstractmethod
    async def send_ahead(self, batch: ReadyBatch) -> None:
        """Begin with the batch that is saved next, if another is being saved."""

    @abstractmethod
    async def let_go(self) -> None:
        """Undo what was begun and will not be saved; nothing is begun after it."""

    @abstractmethod
    async def save(self, batch: ReadyBatch) -> BatchResult:
        """Store a batch, and answer its rows, except those that are kept for later.

        Raises:
            Refusal: STORAGE_FULL; SERVER_DRAINING, the database stayed away.
        """

    @abstractmethod
    async def end_received(self) -> None:
        """Note that the file is whole; rows that were kept follow."""

    async def finish(self) -> AsyncIterator[Answers]:
        """Answer what is still open, after the last batch.

        Raises:
            Refusal: as `save`; TOO_MANY_FAILED_ROWS, and nothing is applied.
        """
        nothing: tuple[Answers, ...] = ()
        for answers in nothing:
            yield answers

    async def leave(self) -> Answers | None:
        """Answer a batch of kept rows as not applied, and delete them; None: none is kept.

        Works for a cancelled import, too. A staged import that was planned has answered them.

        Raises:
            Refusal: as `save`.
        """
        if self.plan:
            return None
        leave = _Leave(self._job, self._number, self.tally)
        await settle(self._job.database, leave.attempt, leave.happened)
        if leave.answers:
            self._number += 1
            self.tally = leave.tally
        return leave.answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A batch's answers for the ledger, with the import's counts before them and with them.

    `rows` are all of the batch, with their cells; without a `batch` they do not come from the file.
    `leaving`: allowed also if the import was cancelled.
    """

    number: int
    answers: Answers
    before: Tally
    tally: Tally
    rows: FileRows | StagedRows
    batch: ReadyBatch | None = None
    leaving: bool = False


async def record(connection: Connection, job: Job, entry: Entry) -> None:
    """Write a batch's answers, and its failed rows' cells, under plan 0.

    Raises:
        Cancelled: the import was; the transaction must not be committed.
    """
    batch = entry.batch
    await failed_rows.keep_failed(
        connection,
        job.directory.id,
        job.import_id,
        plan=0,
        number=entry.number,
        answers=entry.answers,
        lines=entry.rows.lines,
        raw=entry.rows.raw,
    )
    await ledger.write_batch(
        connection,
        ledger.BatchRow(
            directory_id=job.directory.id,
            import_id=job.import_id,
            plan=0,
            number=entry.number,
            answers=entry.answers,
            rows_read=batch.rows_read if batch else 0,
            last_line=batch.last_line if batch else 0,
            mark=batch.mark if batch else NOWHERE,
            counts=entry.tally.as_json(),
            codes_before=entry.before.codes,
            leaving=entry.leaving,
        ),
    )


async def is_recorded(connection: Connection, job: Job, number: int) -> bool:
    """Whether the ledger has the batch, asked after every `short` transaction has ended.

    Raises:
        Refusal: IMPORT_ALREADY_RUNNING, the ledger's batch may be another server's.
    """
    await rest(connection, job)
    return await ledger.batch_exists(connection, job.directory.id, job.import_id, 0, number)


class _Leave:
    """One short transaction that answers a kept batch as not applied, and deletes it."""

    def __init__(self, job: Job, number: int, tally: Tally):
        self._job = job
        self._number = number
        self._before = self.tally = tally
        self.answers: Answers | None = None

    async def attempt(self, _conflicts: int) -> None:
        """Answer the first batch that is kept, if there is any."""
        job = self._job
        async with short(job) as connection:
            kept = await self._take(connection)
            if kept is None:
                return
            self.answers = not_applied(kept)
            self.tally = self._before.with_added(self.answers)
            entry = Entry(
                number=self._number,
                answers=self.answers,
                before=self._before,
                tally=self.tally,
                rows=kept,
                leaving=True,
            )
            await record(connection, job, entry)

    async def _take(self, connection: Connection) -> StagedRows | None:
        here = (connection, self._job.directory.id, self._job.import_id)
        if waiting := await kept_rows.take_rows(*here, Kept.WAITING):
            return as_read(self._job, waiting)
        for kind in (Kept.STAGED, Kept.PARKED):
            if staged := await kept_rows.take_rows(*here, kind):
                return unpack_staged(staged)
        return None

    async def happened(self, connection: Connection) -> bool:
        """See `settle`."""
        return self.answers is not None and await is_recorded(connection, self._job, self._number)
