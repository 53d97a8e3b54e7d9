"""Background tasks are started again, whatever ends them."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from structlog.testing import capture_logs

from rollbook.server.background import beside


async def _raises() -> None:
    raise RuntimeError


async def _ends() -> None:
    await asyncio.sleep(0)


async def _is_cancelled() -> None:
    task = asyncio.current_task()
    assert task
    task.cancel()
    await asyncio.sleep(1)


@pytest.mark.parametrize("death", [_raises, _ends, _is_cancelled])
async def test_a_task_that_dies_is_logged_and_started_again(
    death: Callable[[], Awaitable[None]],
) -> None:
    """It raises, ends, or is cancelled by other code."""
    starts = 0
    lives = asyncio.Event()

    async def work() -> None:
        nonlocal starts
        starts += 1
        if starts < 3:
            await death()
            return
        lives.set()
        await asyncio.Event().wait()

    with capture_logs() as lines:
        async with asyncio.timeout(10), beside("a task", work):
            await lives.wait()
    assert [(line["task"], line["log_level"]) for line in lines] == [("a task", "error")] * 2


async def test_at_the_end_the_task_is_stopped_and_waited_for() -> None:
    """Also while it cleans up, so that it gives back what it holds."""
    cleaned = False

    async def work() -> None:
        nonlocal cleaned
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            cleaned = True

    async with beside("a task", work):
        await asyncio.sleep(0.01)
    assert cleaned
