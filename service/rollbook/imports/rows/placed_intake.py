"""Where an intake is: in this process, or in the worker process, where large files are taken in."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, ClassVar, cast

from rollbook.errors import Reason, Refusal
from rollbook.imports.job.job import Job
from rollbook.imports.rows.intake import Intake, State, Taken
from rollbook.model import CheckedBatch, FileRows, Issue
from rollbook.worker_process import Placed, WorkerProcessEndedError

_ROW = 128
"""Bytes of a row, about."""


class PlacedIntake(ABC):
    """An intake, wherever it is. The methods are those of `Intake`.

    `is_apart`: it does one thing after another by itself, and may be asked for the next meanwhile.

    Raises:
        Refusal: what the method raises; SERVER_DRAINING, the worker process has ended.
    """

    is_apart: ClassVar[bool] = False

    async def feed(self, part: bytes | Sequence[Mapping[str, str]]) -> State:
        """See `Intake.feed`."""
        rows = len(part) // _ROW if isinstance(part, bytes) else len(part)
        return cast(State, await self._do("feed", part, rows=rows))

    async def end(self) -> State:
        """See `Intake.end`."""
        return cast(State, await self._do("end"))

    async def fault(self) -> None:
        """See `Intake.fault`."""
        await self._do("fault")

    async def read(self, ready: int) -> tuple[FileRows | None, State]:
        """See `Intake.read`; so many rows are ready."""
        return cast(tuple[FileRows | None, State], await self._do("read", rows=ready))

    async def take(self, ready: int) -> tuple[Taken | None, State]:
        """See `Intake.take`; so many rows are ready."""
        return cast(tuple[Taken | None, State], await self._do("take", rows=ready))

    async def judge(self, batch: CheckedBatch, foreign: Mapping[int, bool]) -> CheckedBatch:
        """See `Intake.judge`."""
        judged = await self._do("judge", batch, foreign, rows=len(batch.rows))
        return cast(CheckedBatch, judged)

    async def late_warnings(self) -> tuple[Issue, ...]:
        """See `Intake.late_warnings`."""
        return cast(tuple[Issue, ...], await self._do("late_warnings"))

    @abstractmethod
    async def _do(self, method: str, *args: Any, rows: int = 1) -> Any:
        """Call it; about so many rows are worked on."""

    @abstractmethod
    def let_go(self) -> None:
        """Forget all that it knows of the rows."""


class _Here(PlacedIntake):
    """In this process; what is large is done in the worker thread."""

    def __init__(self, job: Job, *, is_typed: bool) -> None:
        self._worker = job.app.worker
        self._intake: Intake | None = Intake(
            job.app.settings,
            job.profile,
            job.options,
            reached_rows=job.reached.rows,
            reached_mark=job.reached.mark,
            is_typed=is_typed,
        )

    async def _do(self, method: str, *args: Any, rows: int = 1) -> Any:
        return await self._worker.do(partial(getattr(self._intake, method), *args), rows=rows)

    def let_go(self) -> None:
        self._intake = None


class _There(PlacedIntake):
    """In the worker process."""

    is_apart = True

    def __init__(self, placed: Placed) -> None:
        self._placed = placed

    async def _do(self, method: str, *args: Any, rows: int = 1) -> Any:
        try:
            return await self._placed.call(method, *args)
        except WorkerProcessEndedError:
            raise Refusal(
                Reason.SERVER_DRAINING,
                "The process that reads the rows has ended. Everything answered is kept; send the "
                "file again with the same import id.",
            ) from None

    def let_go(self) -> None:
        self._placed.drop()


def intake_here(job: Job, *, is_typed: bool = False) -> PlacedIntake:
    """An intake in this process.

    Raises:
        Refusal: INVALID_OPTIONS, the encoding, delimiter or a column cannot be.
    """
    return _Here(job, is_typed=is_typed)


async def intake_there(job: Job, first_bytes: int) -> PlacedIntake | None:
    """An intake in the worker process, for a file whose first part has so many bytes.

    None: they are few, or the process is not there.
    """
    process = job.app.worker_process
    if process is None or process.ended or first_bytes < job.app.settings.worker_process_from:
        return None
    try:
        return _There(
            await process.place(job.profile, job.options, job.reached.rows, job.reached.mark)
        )
    except WorkerProcessEndedError:
        return None
