"""The thread beside the event loop: what it answers, raises, and leaves behind."""

import asyncio
import gc
import threading
import weakref
from collections.abc import AsyncIterator
from functools import partial

import pytest
import pytest_asyncio

from rollbook.worker_thread import SMALL, WorkerThread


@pytest_asyncio.fixture
async def worker() -> AsyncIterator[WorkerThread]:
    """A thread that is ended."""
    made = WorkerThread()
    yield made
    made.close()


async def test_large_work_is_done_beside_the_loop(worker: WorkerThread) -> None:
    """Small work is done at once, in the loop's own thread."""
    here = threading.get_ident()
    assert await worker.do(threading.get_ident) != here
    assert await worker.do(threading.get_ident, rows=SMALL - 1) == here


async def test_work_is_done_in_its_order(worker: WorkerThread) -> None:
    """So that no import waits for ever behind others."""
    done: list[int] = []
    await asyncio.gather(*(worker.do(partial(done.append, at)) for at in range(20)))
    assert done == [*range(20)]


@pytest.mark.parametrize("error", [ValueError("odd"), SystemExit(3)])
async def test_what_work_raises_is_its_callers(worker: WorkerThread, error: BaseException) -> None:
    """And the thread goes on."""

    def fail() -> None:
        raise error

    with pytest.raises(type(error)):
        await worker.do(fail)
    assert await worker.do(lambda: 7) == 7


async def test_a_cancelled_caller_goes_on_when_the_work_has_ended(worker: WorkerThread) -> None:
    """Nothing that it uses changes behind its back; work that was not begun never is."""
    may_end, done = threading.Event(), list[str]()

    def first() -> None:
        may_end.wait(10)
        done.append("first")

    calls = [
        asyncio.ensure_future(worker.do(first)),
        asyncio.ensure_future(worker.do(lambda: done.append("second"))),
    ]
    await asyncio.sleep(0.01)
    for call in calls:
        call.cancel()
    await asyncio.sleep(0.01)
    assert not calls[0].done()
    may_end.set()
    await asyncio.wait(calls)
    assert [call.cancelled() for call in calls] == [True, True]
    assert done == ["first"]


async def test_nothing_of_an_answer_is_kept(worker: WorkerThread) -> None:
    """Batches are large, and the collector is slow to come."""

    class Batch:
        pass

    gc.disable()
    try:
        batch = await worker.do(Batch)
        gone = weakref.ref(batch)
        del batch
        assert gone() is None
    finally:
        gc.enable()


async def test_a_closed_thread_has_ended(worker: WorkerThread) -> None:
    """A server leaves no thread behind, whether it was ever needed or not."""
    before = threading.active_count()
    await worker.do(lambda: None)
    assert threading.active_count() == before + 1
    worker.close()
    worker.close()
    assert threading.active_count() == before
