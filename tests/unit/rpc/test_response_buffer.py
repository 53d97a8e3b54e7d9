"""Answers that a client does not read are held up to a bound, and never beyond it."""

import asyncio

import pytest

from rollbook.errors import Reason, RollbookError
from rollbook.rpc.imports.response_buffer import ResponseBuffer
from rollbook.settings import Settings
from rollbook.v1.imports_pb2 import ImportUsersResponse, RowResults
from rollbook.v1.results_pb2 import RowResult

_HELD = 64 * 1024


def _message(first_row: int) -> ImportUsersResponse:
    """A thousand results: some 30 KiB."""
    results = [
        RowResult(row=row, line=row + 1, employee_number=f"number-{row:012}")
        for row in range(first_row, first_row + 1_000)
    ]
    return ImportUsersResponse(results=RowResults(results=results))


def _buffer(unread_wait: float) -> ResponseBuffer:
    return ResponseBuffer(Settings(unread_bytes=_HELD, unread_wait=unread_wait))


async def test_200_000_answers_that_nobody_reads_are_held_up_to_the_bound() -> None:
    """P24: the import waits once the bound is reached, however many answers it has."""
    buffer = _buffer(unread_wait=60)
    put = 0

    async def answering() -> None:
        nonlocal put
        for row in range(0, 200_000, 1_000):
            await buffer.put(_message(row))
            put += 1

    task = asyncio.create_task(answering())
    for _ in range(1_000):
        await asyncio.sleep(0)
    assert not task.done()
    assert 1 <= put <= _HELD // _message(0).ByteSize()
    reading = buffer.messages()
    for _ in range(200):
        await asyncio.wait_for(anext(reading), 10)
    await asyncio.wait_for(task, 10)
    assert put == 200


async def test_a_client_that_reads_nothing_is_given_up_after_the_wait() -> None:
    """P24: what is held is dropped, the reason is kept, and the import goes on."""
    buffer = _buffer(unread_wait=0.05)
    async with asyncio.timeout(10):
        for row in range(0, 20_000, 1_000):
            await buffer.put(_message(row))
    with pytest.raises(RollbookError) as ended:
        async with asyncio.timeout(10):
            [message async for message in buffer.messages()]
    assert ended.value.reason is Reason.STREAM_IDLE


async def test_a_message_beyond_the_bound_passes_alone() -> None:
    """A bound smaller than a message would stop the import for ever."""
    buffer = ResponseBuffer(Settings(unread_bytes=1, unread_wait=60))
    async with asyncio.timeout(10):
        await buffer.put(_message(0))
        await buffer.finish(None)
    assert len([message async for message in buffer.messages()]) == 1
