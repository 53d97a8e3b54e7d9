"""Runs background tasks beside the calls, and starts them again when they end."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import structlog

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 30.0
_HEALTHY_S = 60.0
"""After so long without a failure the next pause is short again."""
_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


@asynccontextmanager
async def beside(name: str, work: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Run `work`, which has no end, in a task of that name, for as long as this lasts.

    If it fails, ends or is cancelled by other code, that is logged and it starts again.
    """
    supervisor = asyncio.create_task(_supervise(name, work))
    try:
        yield
    finally:
        supervisor.cancel()
        with suppress(asyncio.CancelledError):
            await supervisor  # it may hold a connection, which the pool would wait for


async def _supervise(name: str, work: Callable[[], Awaitable[None]]) -> None:
    clock = asyncio.get_running_loop().time
    pause = _FIRST_PAUSE
    while True:
        began = clock()
        running = asyncio.ensure_future(_run(work))
        running.set_name(name)
        try:
            await asyncio.wait((running,))
        except asyncio.CancelledError:
            running.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await running
            raise
        error = None if running.cancelled() else running.exception()
        _log.error("a background task died and starts again", task=name, exc_info=error)
        if clock() - began > _HEALTHY_S:
            pause = _FIRST_PAUSE
        await asyncio.sleep(pause)
        pause = min(_LONGEST_PAUSE, 2 * pause)


async def _run(work: Callable[[], Awaitable[None]]) -> None:
    await work()
