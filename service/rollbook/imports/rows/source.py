"""Reads the parts that a client sends as a header and then batches of rows."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass

from rollbook.errors import Reason, Refusal
from rollbook.imports.job.job import Job
from rollbook.model import Column, FileRows, Issue, Understood
from rollbook.reading import Reader, TypedReader

_ROW = 128
"""Bytes of a row, about."""
_FIRST = 1_000
"""Rows of the first batch, at most."""


@dataclass(frozen=True, slots=True)
class End:
    """The client's word that nothing is missing; what is None is not compared."""

    total_bytes: int | None = None
    sha256: bytes | None = None
    total_rows: int | None = None


Part = bytes | Sequence[Mapping[str, str]] | End


class Source:
    """One file, or typed rows, on the way in. Reads a part only when there is room for it.

    Up to where an earlier call of the job came the content must be the same. What is large is read
    in the worker thread.
    """

    def __init__(self, parts: AsyncIterator[Part], job: Job):
        """Nothing is read yet.

        Raises:
            Refusal: INVALID_OPTIONS, the encoding, delimiter or a column cannot be.
        """
        settings = job.app.settings
        self._parts = parts
        self._reader: Reader | TypedReader = Reader(job.profile, job.options, settings)
        self._typed_reader = TypedReader(job.profile, job.options, settings)
        self._settings = settings
        self._reached = job.reached
        self._overlap = job.overlap
        self._worker = job.app.worker
        self._unread = 0
        self._taken = 0
        self._next: asyncio.Future[Part | None] | None = None
        self._content = hashlib.sha256()
        self._ended = False
        self.bytes_received = 0
        self.rows_received = 0
        self.end_received = False

    async def header(self) -> Understood | None:
        """Read up to the end of the header; None for typed rows.

        Raises:
            FileFault: the header is wrong, or there is none.
            Refusal: TRUNCATED_STREAM, SEQUENCE_ERROR, CHECKSUM_MISMATCH.
        """
        while not self._reader.understood and not self._reader.ready and not self._ended:
            self._give(await self._part())
        if not self._reader.understood:
            self._reader.take(1)  # raises what is wrong with it
        return self._reader.understood if isinstance(self._reader, Reader) else None

    @property
    def columns(self) -> Sequence[Column]:
        """The columns of what was received, once rows are; of typed rows every field is one."""
        understood = self._reader.understood
        return understood.columns if understood else ()

    async def batches(self) -> AsyncIterator[FileRows]:
        """Rows, cut by count, by bytes, or where the client makes us wait.

        Raises:
            FileFault: at its place in the file, after the rows before it.
            Refusal: TRUNCATED_STREAM, SEQUENCE_ERROR, CHECKSUM_MISMATCH; the same.
        """
        fault: Refusal | None = None
        while not self._ended:
            ready = await self._ready()
            if ready >= self._most or (ready and await self._late()):
                if rows := await self._rows(ready):
                    yield rows
                continue
            try:
                self._give(await self._part())
            except Refusal as refusal:  # reported after the rows that came before it
                fault = refusal
                break
        while rows := await self._rows(await self._ready()):
            yield rows
        if fault:
            raise fault
        if self._taken < self._reached.rows:
            raise _other_content()

    @property
    def _most(self) -> int:
        """How many rows the next batch may have. The first has few: it is soon answered."""
        return self._settings.batch_rows if self._taken else min(_FIRST, self._settings.batch_rows)

    async def _ready(self) -> int:
        """How many rows may be taken now, once what was received is read."""
        unread, self._unread = self._unread, 0
        return await self._worker.do(lambda: self._reader.ready, rows=unread // _ROW)

    async def _rows(self, ready: int) -> FileRows | None:
        """As `_take`, beside the loop; `ready` rows are there."""
        return await self._worker.do(self._take, rows=ready)

    def repeats(self, rows: FileRows) -> bool:
        """Whether an earlier call has taken these rows in."""
        return rows.first <= self._reached.rows

    def _take(self) -> FileRows | None:
        """The next rows; a batch ends where the earlier call came to, and is compared there.

        Raises:
            Refusal: IDEMPOTENCY_CONFLICT, the content is not what it was.
        """
        left = self._reached.rows - self._taken
        most = min(self._most, left) if left > 0 else self._most
        rows = self._reader.take(most, self._settings.batch_bytes)
        if rows:
            self._taken += len(rows)
            if self._taken == self._reached.rows and rows.mark != self._reached.mark:
                raise _other_content()
        return rows

    @property
    def late_warnings(self) -> tuple[Issue, ...]:
        """Warnings of the whole import that are known only at the end of the file."""
        return self._reader.late_warnings if isinstance(self._reader, Reader) else ()

    async def close(self) -> None:
        """Let go of the part that is being waited for."""
        if self._next:
            self._next.cancel()

    async def _part(self) -> Part | None:
        """The next part; None where the stream ended. Cancelling the wait loses nothing."""
        if self._next is None:
            self._next = asyncio.ensure_future(_anext(self._parts))
        part = await asyncio.shield(self._next)
        self._next = None
        return part

    async def _late(self) -> bool:
        """Whether the client has made us wait longer than a batch is worth."""
        # While another batch is being written there is time to fill this one.
        busy = self._overlap.writing
        wait = self._settings.batch_wait_busy if busy else self._settings.batch_wait
        if self._next is None:
            self._next = asyncio.ensure_future(_anext(self._parts))
        done, _ = await asyncio.wait((self._next,), timeout=wait)
        return not done

    def _give(self, part: Part | None) -> None:
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
            self._reader.end()
            self.end_received = True
        elif isinstance(part, bytes):
            if not isinstance(self._reader, Reader):
                raise _mixed()
            self.bytes_received += len(part)
            self._unread += len(part)
            self._content.update(part)
            self._reader.feed(part)
        else:
            if self.bytes_received:
                raise _mixed()
            self._reader = self._typed_reader
            self.rows_received += len(part)
            self._unread += len(part) * _ROW
            self._reader.feed(part)

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
                    {"field": name, "said": str(claimed), "received": str(counted)},
                )


async def _anext(parts: AsyncIterator[Part]) -> Part | None:
    return await anext(parts, None)


def _other_content() -> Refusal:
    return Refusal(
        Reason.IDEMPOTENCY_CONFLICT,
        "This import id was used for another file. Send the same file, or choose a new id.",
        {"differs": "content"},
    )


def _mixed() -> Refusal:
    return Refusal(Reason.SEQUENCE_ERROR, "A stream carries either `csv` or `rows`, never both.")
