"""Supervised background tasks: what must not die is started again, whatever ended it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from enum import StrEnum
from typing import Any

import structlog

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 30.0
_HEALTHY_S = 60.0
"""After so long without a failure the next pause is short again."""
_CANCELLED_AGAIN_S = 1.0
_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


class Background(StrEnum):
    """Every task that must not die, by its name. A test kills each; a new one needs its case."""

    READINESS = "readiness"
    LEFT_BEHIND = "finish left behind"
    RETENTION = "retention"
    NOTIFICATIONS = "notifications"
    URGENT = "urgent notifications"
    POSTGRES = "embedded PostgreSQL"
    LEASE = "lease of an import"
    CLAIM = "claim of notices"
    LAG = "loop lag"


@asynccontextmanager
async def beside(
    task: Background,
    work: Callable[[], Awaitable[None]],
    *,
    ending: Callable[[], None] | None = None,
    grace: float = 0,
    **facts: str,
) -> AsyncIterator[None]:
    """Run `work`, which has no end, in a task of that name, for as long as this lasts.

    If it fails, ends or is cancelled by other code, that is logged with the facts and it starts
    again. At the end `ending` tells it, and it has `grace` seconds before it is cancelled.
    """
    over = asyncio.Event()
    supervisor = asyncio.create_task(_supervise(task, work, over, facts))
    try:
        yield
    finally:
        over.set()
        if ending:
            ending()
            await asyncio.wait((supervisor,), timeout=grace)
        supervisor.cancel()
        with suppress(asyncio.CancelledError):
            await supervisor  # it may hold a connection, which the pool would wait for


async def _supervise(
    task: Background,
    work: Callable[[], Awaitable[None]],
    over: asyncio.Event,
    facts: dict[str, str],
) -> None:
    clock = asyncio.get_running_loop().time
    pause = _FIRST_PAUSE
    while True:
        began = clock()
        running = asyncio.create_task(_run(work), name=task)
        try:
            await asyncio.wait((running,))
        finally:
            while not running.done():  # while it cleans up it may wait for what never comes
                running.cancel()
                await asyncio.wait((running,), timeout=_CANCELLED_AGAIN_S)
        error = None if running.cancelled() else running.exception()
        if over.is_set():
            return
        _log.error(
            "a background task died and starts again", task=task.value, exc_info=error, **facts
        )
        if clock() - began > _HEALTHY_S:
            pause = _FIRST_PAUSE
        with suppress(TimeoutError):
            await asyncio.wait_for(over.wait(), pause)
            return
        pause = min(_LONGEST_PAUSE, 2 * pause)


async def _run(work: Callable[[], Awaitable[None]]) -> None:
    try:
        await work()
    except (SystemExit, KeyboardInterrupt) as error:  # a task that ends by one ends its loop
        raise RuntimeError("a background task must not end the server") from error


class Errands:
    """Work of a few seconds that nobody waits for. What is not done when a server stops is left.

    A failure is logged.
    """

    def __init__(self) -> None:
        self._running: dict[str, asyncio.Task[None]] = {}

    def begin(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Begin with it, unless another of that name is under way."""
        if name in self._running:
            return
        task = self._running[name] = asyncio.create_task(work(), name=name)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.pop(task.get_name(), None)
        if not task.cancelled() and (error := task.exception()):
            _log.error("an errand failed", errand=task.get_name(), exc_info=error)

    async def close(self) -> None:
        """Cancel what is under way."""
        running = [*self._running.values()]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
