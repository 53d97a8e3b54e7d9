"""Sends the rows of a batch to PostgreSQL while the batch before it is still being written.

They wait there in a transaction of their own, which takes the directory's turn once the batch
before has been committed, and not earlier. Where all of them are new, so are their users made there
at once: two backends write side by side, and only the rest of the batch waits. Others who want the
directory, or a connection, come first: then nothing is sent ahead.

Users who were made and not yet committed hold up others who want one of their names. So nobody
waits long beside them: they are made only while the batch before has its turn, or waits for it as
briefly as they do; they are undone if that fails, or if nobody comes for them.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import NamedTuple

from rollbook.imports.job.job import Job
from rollbook.imports.rows.ready_batch import ReadyBatch
from rollbook.imports.writing.apply import send
from rollbook.imports.writing.made_ahead import Made, make, may_be_made
from rollbook.store import Conflict, Connection, StoreError

_KEPT_S, _TIMES_KEPT = 0.5, 6
"""Seconds for which made users wait until their batch is saved; so often while one before it is."""
_REST = 16
"""Batches for which no users are made ahead, after some could not be, or not be saved."""
_SPARING = 16
"""Batches of which rows whose names are held are looked for beforehand, after there was one."""


class _Ready(NamedTuple):
    """An open transaction with the rows of a batch; `made`: and with their users."""

    connection: Connection
    made: Made | None
    open: AsyncExitStack


@dataclass(slots=True, eq=False)
class _Ahead:
    """A batch that is sent ahead. `makes`: its users are being made, or have been.

    `sent`: its rows are there, or never will be; `taken`: it is being saved.
    """

    batch: ReadyBatch
    sent: asyncio.Event = field(default_factory=asyncio.Event)
    taken: asyncio.Event = field(default_factory=asyncio.Event)
    makes: bool = False
    preparing: "asyncio.Task[_Ready | None] | None" = None


class SentAhead:
    """The batch of one import that is sent ahead; there is one at most."""

    def __init__(self, job: Job):
        self._job = job
        self._ahead: _Ahead | None = None
        self._rest = self._sparing = 0
        self._is_over = False

    async def send(self, batch: ReadyBatch) -> None:
        """Send its rows, if another batch is being written. A failure is met when it is saved."""
        if self._is_over or not self._job.overlap.writing or not len(batch.to_plan):
            return
        ahead = self._ahead = _Ahead(batch)
        ahead.preparing = asyncio.create_task(self._prepare(ahead), name="batch sent ahead")
        await ahead.sent.wait()

    async def _prepare(self, ahead: _Ahead) -> _Ready | None:
        """Send the rows, make their users where that can be, and wait until they are saved.

        None: that failed, or there was no place for it; nothing of it is left.
        """
        job, rows = self._job, ahead.batch.to_plan
        try:
            async with AsyncExitStack() as opened:
                connection = await opened.enter_async_context(
                    job.database.batch_ahead(idle_timeout_s=job.app.settings.lease)
                )
                if connection is None:
                    return None
                await send(connection, rows)
                ahead.makes = self._may_make(ahead)
                ahead.sent.set()
                made = None
                if ahead.makes:
                    made = await make(connection, job, rows, spares=self._sparing > 0)
                if made:
                    await self._kept(ahead)
                else:
                    await ahead.taken.wait()
                return _Ready(connection, made, opened.pop_all())
        except StoreError as error:
            if ahead.makes:
                self._failed_to_make(error)
            return None
        finally:
            ahead.sent.set()

    async def _kept(self, ahead: _Ahead) -> None:
        """Keep made users until the batch is saved.

        Raises:
            TimeoutError: too long for others (`Unavailable` outside).
        """
        for _ in range(_TIMES_KEPT):
            with suppress(TimeoutError):
                async with asyncio.timeout(_KEPT_S):
                    await ahead.taken.wait()
                return
            if not self._job.overlap.in_turn:
                break
        raise TimeoutError

    def spare(self) -> None:
        """Expect that names of the next batches' rows are held, as they were in the last."""
        self._sparing = _SPARING

    def _failed_to_make(self, error: StoreError) -> None:
        if isinstance(error, Conflict) and not self._sparing:
            self.spare()
        else:
            self._rest = _REST

    def _may_make(self, ahead: _Ahead) -> bool:
        self._rest = max(0, self._rest - 1)
        self._sparing = max(0, self._sparing - 1)
        return not self._rest and self._job.overlap.in_turn and may_be_made(self._job, ahead.batch)

    @asynccontextmanager
    async def transaction(self, batch: ReadyBatch) -> AsyncIterator[tuple[Connection, Made | None]]:
        """The transaction of a batch, with its rows sent, and the users made of them, if they are.

        Leaving it commits.

        Raises:
            Unavailable, Conflict, StoreFull, StoreError: as `Door.batch`.
        """
        job, overlap = self._job, self._job.overlap
        ready = None
        try:
            if ready := await self._taken(batch):
                async with ready.open:
                    yield ready.connection, ready.made
                return
            async with job.database.batch(
                idle_timeout_s=job.app.settings.lease, stages=len(batch.to_plan) > 0
            ) as connection:
                await send(connection, batch.to_plan)
                yield connection, None
        except BaseException:
            if ready and ready.made:
                self._rest = _REST
            await self._undo_made()  # before this batch waits for its turn again
            raise
        finally:
            overlap.in_turn = False

    async def _taken(self, batch: ReadyBatch) -> _Ready | None:
        """The batch as it was prepared; None: it was not."""
        ahead = self._ahead
        if ahead is None or ahead.batch is not batch or ahead.preparing is None:
            return None
        self._ahead = None
        ahead.taken.set()
        self._job.overlap.in_turn = ahead.makes
        try:
            ready = await ahead.preparing
        except BaseException:
            await _undone(ahead)
            raise
        if ready is None or ready.made is None:
            try:
                await self._undo_made()
            except BaseException:
                await _rolled_back(ready)
                raise
        return ready

    async def _undo_made(self) -> None:
        """Let nobody wait for users of the next batch while this one waits for its turn."""
        self._job.overlap.in_turn = False
        if self._ahead and self._ahead.makes:
            ahead, self._ahead = self._ahead, None
            await _undone(ahead)

    async def let_go(self) -> None:
        """Roll back what was sent and is not saved; what is being sent is not kept."""
        self._is_over = True
        if self._ahead:
            ahead, self._ahead = self._ahead, None
            await _undone(ahead)


async def _undone(ahead: _Ahead) -> None:
    """Roll back what was sent, or what is being sent; also where this is cancelled itself."""
    if ahead.preparing is None:
        return
    ahead.preparing.cancel()
    try:
        await asyncio.wait({ahead.preparing})  # unlike the task, it is cancelled for us alone
    finally:
        if ahead.preparing.done() and not ahead.preparing.cancelled():
            await _rolled_back(ahead.preparing.result())


async def _rolled_back(ready: _Ready | None) -> None:
    if ready:
        with suppress(_NotSavedError, StoreError):
            async with ready.open:
                raise _NotSavedError


class _NotSavedError(Exception):
    """The rows are not to be saved."""
