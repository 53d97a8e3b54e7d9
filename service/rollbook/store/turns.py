"""Lets writers wait in turn for a directory's lock, before they take a connection.

PostgreSQL's lock decides between servers; this queue decides within one. Only two go to PostgreSQL
for a directory: the one that holds the lock, and the next one, which sends its rows meanwhile. All
others wait here and hold nothing that others need. Principals take turns, and each one's are
served in the order in which they came.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

from rollbook.meter import Histogram
from rollbook.store.errors import Busy

_AT_POSTGRES = 2


@dataclass(slots=True)
class _Queue:
    entered: int = 0
    waiting: OrderedDict[str, deque[asyncio.Future[None]]] = field(default_factory=OrderedDict)


class Turns:
    """The queues of one server, by directory. `longest_wait` is in seconds."""

    def __init__(self, longest_wait: float):
        self._longest_wait = longest_wait
        self._queues: dict[int, _Queue] = {}
        self.waited = Histogram()
        """How long they have waited for their turn, whether it came or not."""

    @property
    def queued(self) -> int:
        """How many wait now."""
        return sum(
            len(waiting) for queue in self._queues.values() for waiting in queue.waiting.values()
        )

    @contextmanager
    def spare(self, directory_id: int) -> Iterator[bool]:
        """A place at PostgreSQL that nobody else wants now; False: there is none.

        For who sends rows ahead while the batch before them still has its own place. It never
        waits: else two imports could hold both places, and each wait for one.
        """
        queue = self._queues.setdefault(directory_id, _Queue())
        if queue.waiting or queue.entered >= _AT_POSTGRES:
            yield False
            return
        queue.entered += 1
        try:
            yield True
        finally:
            self._leave(queue, directory_id)

    @asynccontextmanager
    async def turn(self, directory_id: int, principal: str) -> AsyncIterator[None]:
        """Wait until it is this one's turn to go to PostgreSQL; the next one goes at the end.

        Raises:
            Busy: it did not come within the longest wait.
        """
        queue = self._queues.setdefault(directory_id, _Queue())
        with self.waited.timed():
            if queue.entered < _AT_POSTGRES:
                queue.entered += 1
            else:
                await self._wait(queue, directory_id, principal)
        try:
            yield
        finally:
            self._leave(queue, directory_id)

    async def _wait(self, queue: _Queue, directory_id: int, principal: str) -> None:
        called: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue.waiting.setdefault(principal, deque()).append(called)
        try:
            async with asyncio.timeout(self._longest_wait):
                await called
        except BaseException as error:
            if called.done() and not called.cancelled():
                self._leave(queue, directory_id)  # its turn came at the same moment
            else:
                _remove(queue, principal, called)
            if isinstance(error, TimeoutError):
                raise Busy(f"no turn within {self._longest_wait:g} s") from None
            raise

    def _leave(self, queue: _Queue, directory_id: int) -> None:
        """Hand the place to the first of the principal that has waited longest for a turn."""
        if queue.waiting:
            principal, waiting = queue.waiting.popitem(last=False)
            called = waiting.popleft()
            if waiting:
                queue.waiting[principal] = waiting  # behind the other principals
            called.set_result(None)
            return
        queue.entered -= 1
        if not queue.entered:
            self._queues.pop(directory_id, None)


def _remove(queue: _Queue, principal: str, called: "asyncio.Future[None]") -> None:
    waiting = queue.waiting[principal]
    waiting.remove(called)
    if not waiting:
        del queue.waiting[principal]
