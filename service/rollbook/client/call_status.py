"""A call → the status that it ended with, also where something was still being written.

grpc.aio gives a call the status INTERNAL where a write fails because the call has ended, and puts
it in the place of the server's own (grpc/grpc#36066; tried with 1.85: two refusals of three were
lost). Whichever of the two comes first, the server's is found here.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import grpc
import grpc.aio

Value = TypeVar("Value")

_OF_A_WRITE = "Internal error from Core"
_LOOK_EVERY, _LOOKS = 0.01, 500


class Ending:
    """Watches one call from its beginning."""

    def __init__(self, call: "grpc.aio.StreamStreamCall[Any, Any]"):
        self._call = call
        self._first: grpc.aio.AioRpcError | None = None
        call.add_done_callback(self._keep)

    async def of(self, broken: grpc.aio.AioRpcError) -> grpc.aio.AioRpcError | None:
        """What really ended the call that was seen to break so; None: it ended well."""
        if self._first is not None:
            return None if self._first.code() is grpc.StatusCode.OK else self._first
        seen = broken
        for _ in range(_LOOKS):  # the server's comes soon, and nothing tells when
            if seen.details() != _OF_A_WRITE:
                return seen
            await asyncio.sleep(_LOOK_EVERY)
            seen = _now(self._call)
        return broken

    def _keep(self, _: object) -> None:
        # Called in the step of the loop that sets the first status; the next may replace it.
        first = _now(self._call)
        if first.details() != _OF_A_WRITE:
            self._first = first


def _now(call: "grpc.aio.StreamStreamCall[Any, Any]") -> grpc.aio.AioRpcError:
    """The status of a call that is done, as it stands."""
    return grpc.aio.AioRpcError(
        _at_once(call.code()),
        grpc.aio.Metadata(),
        _at_once(call.trailing_metadata()),
        details=_at_once(call.details()),
    )


def _at_once(told: Coroutine[Any, Any, Value]) -> Value:
    """What a coroutine answers that has nothing to wait for."""
    try:
        told.send(None)
    except StopIteration as answer:
        value: Value = answer.value
        return value
    told.close()
    raise AssertionError("the status of a call that is done has to be waited for")
