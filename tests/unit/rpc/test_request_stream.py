"""A stream of requests is read only while its call lasts."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from rollbook.errors import Reason, Refusal
from rollbook.rpc.imports.request_stream import RequestStream
from rollbook.settings import Settings
from rollbook.v1.imports_pb2 import ImportUsersRequest


class _Requests:
    """Chunks without end, which counts how many were asked for."""

    def __init__(self) -> None:
        self.asked = 0

    def __aiter__(self) -> AsyncIterator[ImportUsersRequest]:
        return self

    async def __anext__(self) -> ImportUsersRequest:
        self.asked += 1
        return ImportUsersRequest(csv=b"1\n")


async def _ended() -> None:
    raise AssertionError("nothing has ended")


_IDLE = Refusal(Reason.STREAM_IDLE, "slow")
_OVER: dict[str, Callable[[RequestStream, asyncio.Event], None]] = {
    "the client has gone": lambda stream, _: stream.leave(),
    "we have cut it": lambda stream, _: stream.leave(_IDLE),
    "the server drains": lambda _, draining: draining.set(),
}


@pytest.mark.parametrize("why", _OVER)
async def test_a_call_that_is_over_is_not_read(why: str) -> None:
    """P31: gRPC has forgotten such a call, and keeps what a read of it began for ever."""
    requests, draining = _Requests(), asyncio.Event()
    stream = RequestStream(requests, Settings(), draining)
    parts = stream.parts(_ended)
    assert await anext(parts) == b"1\n"
    _OVER[why](stream, draining)
    with pytest.raises((StopAsyncIteration, Refusal)) as ended:
        await anext(parts)
    assert requests.asked == 1
    assert isinstance(ended.value, Refusal) is (why != "the client has gone")
