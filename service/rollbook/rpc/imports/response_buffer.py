"""Holds the answers that a client has not read yet, up to a bound."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator

from rollbook.errors import Reason, Refusal, RollbookError
from rollbook.settings import Settings
from rollbook.v1 import imports_pb2

Response = imports_pb2.ImportUsersResponse


class ResponseBuffer:
    """Messages between the import, which owns the work, and the call, which may go away.

    They are held as the bytes that are sent: as objects they take more than twice the memory.
    """

    def __init__(self, settings: Settings):
        self._most = settings.unread_bytes
        self._wait = settings.unread_wait
        self._held: deque[bytes] = deque()
        self._bytes = 0
        self._answered = 0
        self._changed = asyncio.Condition()
        self._finished = False
        self._error: RollbookError | None = None
        self._left = False
        self._draining = False

    async def put(self, message: Response) -> None:
        """Hold a message; drop it if the client has left, or has not read for too long.

        While the server drains, what does not fit is dropped at once: it is stored, and sent again.
        """
        data = message.SerializeToString(deterministic=True)

        def fits() -> bool:
            return not self._held or self._bytes + len(data) <= self._most

        async with self._changed:
            try:
                async with asyncio.timeout(self._wait):
                    await self._changed.wait_for(lambda: self._left or self._draining or fits())
            except TimeoutError:
                self._cut()
            self._answered = max(self._answered, message.progress.rows_answered)
            if fits():
                self._hold(data)

    async def put_end(self, bytes_received: int) -> None:
        """Hold the message that `end` was read, at once, however much is held."""
        progress = imports_pb2.ImportProgress(
            bytes_received=bytes_received, rows_answered=self._answered, end_received=True
        )
        async with self._changed:
            self._hold(Response(progress=progress).SerializeToString(deterministic=True))

    def _hold(self, data: bytes) -> None:
        if not self._left:
            self._held.append(data)
            self._bytes += len(data)
            self._changed.notify_all()

    def _cut(self) -> None:
        """Give up on the client; the import goes on, or ends by its own rules."""
        self._left = self._finished = True
        self._error = unread(self._wait)
        self._held.clear()
        self._bytes = 0
        self._changed.notify_all()

    async def drain(self) -> None:
        """Keep the import waiting for its client no longer."""
        async with self._changed:
            self._draining = True
            self._changed.notify_all()

    async def finish(self, error: RollbookError | None) -> None:
        """Nothing more will come; `error` is why, if it was not the end."""
        async with self._changed:
            self._finished = True
            self._error = self._error or error
            self._changed.notify_all()

    async def leave(self) -> None:
        """The call is over: what is held, and what still comes, is dropped."""
        async with self._changed:
            self._left = True
            self._held.clear()
            self._bytes = 0
            self._changed.notify_all()

    async def messages(self) -> AsyncIterator[bytes]:
        """The messages as bytes, as they come.

        Raises:
            RollbookError: what the import ended for, after everything it answered.
        """
        while True:
            async with self._changed:
                await self._changed.wait_for(lambda: self._held or self._finished)
                if not self._held:
                    break
                data = self._held.popleft()
                self._bytes -= len(data)
                self._changed.notify_all()
            yield data
        if self._error:
            raise self._error


def unread(wait: float) -> Refusal:
    """The client does not read its answers."""
    return Refusal(
        Reason.STREAM_IDLE,
        f"The results were not read for {wait:g} s. Read while you send; send the file again "
        "with the same import id.",
    )
