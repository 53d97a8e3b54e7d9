"""Background tasks are started again, whatever ends them."""

import asyncio
import sys
from collections.abc import Awaitable, Callable

import pytest
from structlog.testing import capture_logs

from rollbook.background import Background, Errands, beside

_TASK = Background.LEFT_BEHIND


async def _raises() -> None:
    raise KeyError


async def _ends() -> None:
    await asyncio.sleep(0)


async def _is_cancelled() -> None:
    task = asyncio.current_task()
    assert task
    task.cancel()
    await asyncio.sleep(1)


async def _exits() -> None:
    sys.exit(3)


@pytest.mark.parametrize("death", [_raises, _ends, _is_cancelled, _exits])
async def test_a_task_that_dies_is_logged_and_started_again(
    death: Callable[[], Awaitable[None]],
) -> None:
    """It raises, ends, is cancelled by somebody else, or would end the whole server."""
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
        async with asyncio.timeout(10), beside(_TASK, work, import_id="7"):
            await lives.wait()
    said = [(line["task"], line["import_id"], line["log_level"]) for line in lines]
    assert said == [(_TASK, "7", "error")] * 2


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

    async with beside(_TASK, work):
        await asyncio.sleep(0.01)
    assert cleaned


async def test_a_task_that_is_told_to_end_finishes_what_it_does() -> None:
    """Within its grace it is not cancelled, and its end is no death."""
    told = asyncio.Event()
    finished = False

    async def work() -> None:
        nonlocal finished
        await told.wait()
        await asyncio.sleep(0.05)
        finished = True

    with capture_logs() as lines:
        async with beside(_TASK, work, ending=told.set, grace=10):
            await asyncio.sleep(0)
    assert finished
    assert lines == []


async def test_a_task_that_does_not_end_when_told_is_cancelled() -> None:
    """When its grace is over; also where it waits for ever while it cleans up."""
    waits = 0

    async def work() -> None:
        nonlocal waits
        try:
            await asyncio.Event().wait()
        finally:
            waits += 1
            await asyncio.Event().wait()

    async with asyncio.timeout(10):
        async with beside(_TASK, work, ending=lambda: None, grace=0.05):
            await asyncio.sleep(0)
    assert waits == 1


async def test_an_errand_is_run_once_at_a_time_and_cancelled_at_the_end() -> None:
    """Nobody waits for it; a second one of its name only begins when it is done."""
    begun, ended = 0, 0

    async def work() -> None:
        nonlocal begun, ended
        begun += 1
        try:
            await may_end.wait()
        finally:
            ended += 1

    errands, may_end = Errands(), asyncio.Event()
    errands.begin("one", work)
    errands.begin("one", work)
    errands.begin("other", work)
    await asyncio.sleep(0)
    assert (begun, ended) == (2, 0)
    may_end.set()
    for _ in range(3):
        await asyncio.sleep(0)
    assert (begun, ended) == (2, 2)
    may_end.clear()
    errands.begin("one", work)
    await asyncio.sleep(0)
    async with asyncio.timeout(10):
        await errands.close()
    assert (begun, ended) == (3, 3)


async def test_an_errand_that_fails_is_logged() -> None:
    """With its name; the next one of that name begins."""
    errands = Errands()
    with capture_logs() as lines:
        errands.begin("one", _raises)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert [(line["errand"], line["log_level"]) for line in lines] == [("one", "error")]
    errands.begin("one", _ends)
    await errands.close()
