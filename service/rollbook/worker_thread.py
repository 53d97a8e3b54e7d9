"""A thread beside the event loop, for work on rows that takes milliseconds.

Python runs one thread at a time, but the loop gets its turn after a tenth of a millisecond
(`sys.setswitchinterval`, in `server.serve`) where it would else wait for the whole of a batch. So
it talks to PostgreSQL and to clients while rows are read and checked. One thread is enough for all
imports: it takes their pieces of work in the order in which they come, which is fair to each.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")

SMALL = 100
"""Rows that are worked on at once, in the loop: to change threads would take longer."""


class WorkerThread:
    """The thread. It starts with the first work, and ends by `close`.

    Not an executor: its futures are in cycles with what they answer, which keeps whole batches
    until the collector comes, and it comes seldom.
    """

    def __init__(self) -> None:
        self._tasks: SimpleQueue[_Task | None] = SimpleQueue()
        self._thread: threading.Thread | None = None

    async def do(self, work: Callable[[], T], *, rows: int = SMALL) -> T:
        """What `work` answers or raises. Of fewer than `SMALL` rows it is done here and now.

        A caller that is cancelled goes on only when the work has ended, so that nothing that it
        uses changes behind its back.
        """
        if rows < SMALL:
            return work()
        if self._thread is None:
            self._thread = threading.Thread(
                target=_work, args=(self._tasks,), name="rollbook-rows", daemon=True
            )
            self._thread.start()
        task = _Task(work)
        self._tasks.put(task)
        try:
            await asyncio.shield(task.done)
        except asyncio.CancelledError:
            task.cancelled = True
            await asyncio.wait([task.done])
            raise
        answer: T = task.answer()
        return answer

    def close(self) -> None:
        """End the thread after what it is at."""
        if self._thread:
            self._tasks.put(None)
            self._thread.join()
            self._thread = None


class _Task:
    """Work that waits for the thread, and then what came of it."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self._loop = asyncio.get_running_loop()
        self._work: Callable[[], Any] | None = work
        self._answer: Any = None
        self._error: BaseException | None = None
        self.done: asyncio.Future[None] = self._loop.create_future()
        self.cancelled = False

    def run(self) -> None:
        """Do it, unless nobody waits for it any more."""
        try:
            if self._work and not self.cancelled:
                self._answer = self._work()
        except BaseException as error:  # whatever it is, it is the caller's
            self._error = error
        self._work = None
        with contextlib.suppress(RuntimeError):  # the loop has ended, and nobody waits
            self._loop.call_soon_threadsafe(self._finish)

    def _finish(self) -> None:
        if not self.done.done():
            self.done.set_result(None)

    def answer(self) -> Any:
        """What came of it; nothing of it is kept here."""
        answer, error = self._answer, self._error
        self._answer = self._error = None
        if error:
            raise error
        return answer


def _work(tasks: "SimpleQueue[_Task | None]") -> None:
    while task := tasks.get():
        task.run()
        del task  # do not keep a batch while there is nothing to do
