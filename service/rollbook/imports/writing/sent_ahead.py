"""Sends the rows of a batch to PostgreSQL while the batch before it is still being written.

They wait there in a transaction of their own, which takes the directory's turn once the batch
before has been committed, and not earlier. Others who want the directory, or a connection, come
first: then nothing is sent ahead.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

from rollbook.imports.job.job import Job
from rollbook.imports.rows.ready_batch import ReadyBatch
from rollbook.imports.writing.apply import send
from rollbook.store import Connection, StoreError


class SentAhead:
    """The batch of one import that is sent ahead; there is one at most."""

    def __init__(self, job: Job):
        self._job = job
        self._batch: ReadyBatch | None = None
        self._connection: Connection | None = None
        self._open = AsyncExitStack()
        self._is_over = False

    async def send(self, batch: ReadyBatch) -> None:
        """Send its rows, if another batch is being written. A failure is met when it is saved."""
        job = self._job
        if self._is_over or not job.overlap.writing or not len(batch.to_plan):
            return
        with suppress(StoreError):
            async with AsyncExitStack() as opened:
                connection = await opened.enter_async_context(
                    job.database.batch_ahead(idle_timeout_s=job.app.settings.lease)
                )
                if connection is None:
                    return
                await send(connection, batch.to_plan)
                if not self._is_over:
                    self._batch, self._connection, self._open = batch, connection, opened.pop_all()

    @asynccontextmanager
    async def transaction(self, batch: ReadyBatch) -> AsyncIterator[Connection]:
        """The transaction of a batch, with its rows sent; leaving it commits.

        Raises:
            Unavailable, Conflict, StoreFull, StoreError: as `Door.batch`.
        """
        job = self._job
        if self._batch is batch and self._connection:
            connection = self._connection
            self._batch = self._connection = None
            async with self._open:
                yield connection
            return
        async with job.database.batch(idle_timeout_s=job.app.settings.lease) as connection:
            await send(connection, batch.to_plan)
            yield connection

    async def let_go(self) -> None:
        """Roll back what was sent and is not saved; what is being sent is not kept."""
        self._is_over = True
        if self._batch is None:
            return
        self._batch = self._connection = None
        with suppress(_NotSavedError, StoreError):
            async with self._open:
                raise _NotSavedError


class _NotSavedError(Exception):
    """The rows are not to be saved."""
