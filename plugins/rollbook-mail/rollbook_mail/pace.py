"""Spreads mails evenly over time: one an interval, never several at once after a pause."""

import asyncio
import heapq
from itertools import count


class Pace:
    """Gives turns, at most `per_minute`; None: at once. Who is urgent has the next one."""

    def __init__(self, per_minute: int | None):
        self.interval = 60 / per_minute if per_minute else 0.0
        """Seconds from one turn to the next."""
        self._next = 0.0
        self._queue: list[tuple[bool, int, asyncio.Future[None]]] = []
        self._numbers = count()
        self._timer: asyncio.TimerHandle | None = None

    async def turn(self, until: float, *, urgent: bool) -> float:
        """Wait for a turn, by that time of the loop's clock: 0.

        Where there is none so soon, the seconds after which there may be one; no turn is used.
        """
        if not self.interval:
            return 0.0
        loop = asyncio.get_running_loop()
        expected = self._expected(loop.time(), urgent=urgent)
        if expected > until:
            return expected - loop.time()
        mine: asyncio.Future[None] = loop.create_future()
        heapq.heappush(self._queue, (not urgent, next(self._numbers), mine))
        self._wake()
        try:
            async with asyncio.timeout_at(until):
                await mine
        except TimeoutError:  # urgent ones came between
            if not mine.done() or mine.cancelled():
                return max(self.interval, self._next - loop.time())
        return 0.0

    def _expected(self, now: float, *, urgent: bool) -> float:
        """When who comes now would have a turn, if nobody urgent comes after."""
        before = sum(
            not mine.done() and (not urgent or not later) for later, _, mine in self._queue
        )
        return max(now, self._next) + before * self.interval

    def _wake(self) -> None:
        """Give the next turn as soon as it is due."""
        if self._timer is not None:
            return
        loop = asyncio.get_running_loop()
        while self._queue and self._next <= loop.time():
            *_, mine = heapq.heappop(self._queue)
            if not mine.done():
                self._next = loop.time() + self.interval
                mine.set_result(None)
        if self._queue:
            self._timer = loop.call_at(self._next, self._due)

    def _due(self) -> None:
        self._timer = None
        self._wake()
