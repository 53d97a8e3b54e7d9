"""Takes the parts that a client sends, as a header and then batches of rows."""

import asyncio
import hashlib
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from rollbook.errors import Reason, Refusal
from rollbook.imports.job.job import Job
from rollbook.imports.rows.intake import State, Taken, other_content
from rollbook.imports.rows.placed_intake import intake_here, intake_there
from rollbook.model import CheckedBatch, Column, FileRows, Issue, Understood


@dataclass(frozen=True, slots=True)
class End:
    """The client's word that nothing is missing; what is None is not compared."""

    total_bytes: int | None = None
    sha256: bytes | None = None
    total_rows: int | None = None


T = TypeVar("T")

_AHEAD = 2
"""Parts that a busy intake is given ahead; about a batch."""

Part = bytes | Sequence[Mapping[str, str]] | End


class Source:
    """One file, or typed rows, on the way in. Reads a part only when there is room for it.

    Up to where an earlier call of the job came the content must be the same.
    """

    def __init__(self, parts: AsyncIterator[Part], job: Job):
        """Nothing is read yet.

        Raises:
            Refusal: INVALID_OPTIONS, the encoding, delimiter or a column cannot be.
        """
        self._parts = parts
        self._job = job
        self._settings = job.app.settings
        self._reached = job.reached
        self._overlap = job.overlap
        self._intake = intake_here(job)
        self._state = State()
        self._is_typed = False
        self._next: asyncio.Future[Part | None] | None = None
        self._given = deque[asyncio.Future[State]]()
        self._judged = asyncio.Event()
        self._judged.set()
        self._content = hashlib.sha256()
        self._ended = self._is_closed = False
        self.bytes_received = 0
        self.rows_received = 0
        self.end_received = False
        self.late_warnings: tuple[Issue, ...] = ()

    async def header(self) -> Understood | None:
        """Read up to the end of the header; None for typed rows.

        Raises:
            FileFault: the header is wrong, or there is none.
            Refusal: TRUNCATED_STREAM, SEQUENCE_ERROR, CHECKSUM_MISMATCH.
        """
        while not self._state.understood and not self._state.ready and not self._ended:
            await self._give(await self._part())
        if not self._state.understood:
            await self._intake.fault()
        return None if self._is_typed else self._state.understood

    @property
    def columns(self) -> Sequence[Column]:
        """The columns of what was received, once rows are; of typed rows every field is one."""
        understood = self._state.understood
        return understood.columns if understood else ()

    def rows(self) -> AsyncIterator[FileRows]:
        """Rows as they were written, cut as `batches`.

        Raises:
            FileFault, Refusal: as `batches`.
        """
        return self._cut(lambda: self._intake.read(self._state.ready))

    async def batches(self) -> AsyncIterator[Taken]:
        """Rows as checked, cut by count, by bytes, or where the client makes us wait.

        A batch that is not claimed yet has to be judged before the next is taken.

        Raises:
            FileFault: at its place in the file, after the rows before it.
            Refusal: TRUNCATED_STREAM, SEQUENCE_ERROR, CHECKSUM_MISMATCH; the same.
        """
        async for taken in self._cut(lambda: self._intake.take(self._state.ready)):
            if not taken.is_claimed:
                self._judged.clear()
            yield taken
            await self._judged.wait()  # rows claim in the file's order

    async def judge(self, batch: CheckedBatch, foreign: Mapping[int, bool]) -> CheckedBatch:
        """See `Claims.judge`; of the batch that was taken last."""
        judged = await self._intake.judge(batch, foreign)
        self._judged.set()
        return judged

    async def _cut(self, take: Callable[[], Awaitable[tuple[T | None, State]]]) -> AsyncIterator[T]:
        fault: Refusal | None = None
        while not self._ended:
            while self._given:
                self._state = await self._given.popleft()
            ready = self._state.ready
            if ready >= self._state.most or (ready and await self._late()):
                if rows := await self._took(take):
                    yield rows
                continue
            try:
                await self._give(await self._part())
            except Refusal as refusal:  # reported after the rows that came before it
                fault = refusal
                break
        while rows := await self._took(take):
            yield rows
        if fault:
            raise fault
        if self._state.taken < self._reached.rows:
            raise other_content()

    async def _took(self, take: Callable[[], Awaitable[tuple[T | None, State]]]) -> T | None:
        taking = asyncio.ensure_future(take())
        try:
            if self._intake.is_apart and self._state.ready < 2 * self._state.most:
                await self._give_ahead(taking)
            rows, self._state = await taking
        finally:
            taking.cancel()  # where this was cancelled
        return rows

    async def _give_ahead(self, taking: asyncio.Future[Any]) -> None:
        """Give the intake what it needs for the next batch, for as long as it is busy with this."""
        while len(self._given) < _AHEAD and not self._ended:
            coming = self._coming()
            await asyncio.wait((taking, coming), return_when=asyncio.FIRST_COMPLETED)
            part = None if taking.done() or coming.exception() else coming.result()
            if not isinstance(part, bytes):
                return
            self._next = None
            self._given.append(asyncio.ensure_future(self._fed(part)))

    def repeats(self, rows: FileRows) -> bool:
        """Whether an earlier call has taken these rows in."""
        return rows.first <= self._reached.rows

    async def close(self) -> None:
        """Let go of the part that is being waited for, and of what is known of the rows."""
        if self._next:
            self._next.cancel()
        if self._is_closed:
            return
        self._is_closed = True
        await asyncio.gather(*self._given, return_exceptions=True)
        with suppress(Refusal):
            self.late_warnings = await self._intake.late_warnings()
        self._intake.let_go()

    async def _part(self) -> Part | None:
        """The next part; None where the stream ended. Cancelling the wait loses nothing."""
        part = await asyncio.shield(self._coming())
        self._next = None
        return part

    def _coming(self) -> asyncio.Future[Part | None]:
        """The next part, when it is there."""
        if self._next is None:
            self._next = asyncio.ensure_future(_anext(self._parts))
        return self._next

    async def _late(self) -> bool:
        """Whether the client has made us wait longer than a batch is worth."""
        # While another batch is being written there is time to fill this one.
        busy = self._overlap.writing
        wait = self._settings.batch_wait_busy if busy else self._settings.batch_wait
        done, _ = await asyncio.wait((self._coming(),), timeout=wait)
        return not done

    async def _give(self, part: Part | None) -> None:
        if part is None:
            self._ended = True
            raise Refusal(
                Reason.TRUNCATED_STREAM,
                "The stream ended without `end`, so the file may be incomplete. "
                "Send it again with the same import id.",
            )
        if isinstance(part, End):
            self._ended = True
            self._check(part)
            self._state = await self._intake.end()
            self.end_received = True
        elif isinstance(part, bytes):
            if self._is_typed:
                raise _mixed()
            if not self.bytes_received:
                self._intake = await intake_there(self._job, len(part)) or self._intake
            self._state = await self._fed(part)
        else:
            if self.bytes_received:
                raise _mixed()
            if not self._is_typed:
                self._is_typed = True
                self._intake = intake_here(self._job, is_typed=True)
            self.rows_received += len(part)
            self._state = await self._intake.feed(part)

    def _fed(self, part: bytes) -> Awaitable[State]:
        """What may be taken once this part is read."""
        self.bytes_received += len(part)
        self._content.update(part)
        return self._intake.feed(part)

    def _check(self, end: End) -> None:
        received = {
            "total_bytes": (end.total_bytes, self.bytes_received),
            "total_rows": (end.total_rows, self.rows_received),
            "sha256": (
                end.sha256.hex() if end.sha256 is not None else None,
                self._content.hexdigest(),
            ),
        }
        for name, (claimed, counted) in received.items():
            if claimed is not None and claimed != counted:
                raise Refusal(
                    Reason.CHECKSUM_MISMATCH,
                    f"`end` has {name} = {claimed}, but {counted} was received. "
                    "Send the file again, with a new import id.",
                    {"field": name, "claimed": str(claimed), "received": str(counted)},
                )


async def _anext(parts: AsyncIterator[Part]) -> Part | None:
    return await anext(parts, None)


def _mixed() -> Refusal:
    return Refusal(Reason.SEQUENCE_ERROR, "A stream carries either `csv` or `rows`, never both.")
