"""Sends one import over one connection, and receives its answers meanwhile."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import aclosing, suppress
from typing import Any, TypeAlias, TypeVar

import grpc
import grpc.aio

from rollbook.client.channel import Channel
from rollbook.client.content import Content
from rollbook.client.errors import from_call
from rollbook.client.row_results import received
from rollbook.errors import Reason, Refusal
from rollbook.v1.imports_pb2 import (
    ImportAccepted,
    ImportProgress,
    ImportStart,
    ImportSummary,
    ImportUnderstood,
    ImportUsersRequest,
    ImportUsersResponse,
    RowResults,
)
from rollbook.v1.imports_pb2_grpc import ImportServiceStub

Event: TypeAlias = ImportAccepted | ImportUnderstood | RowResults | ImportProgress | ImportSummary
_Call: TypeAlias = grpc.aio.StreamStreamCall[ImportUsersRequest, ImportUsersResponse]

Value = TypeVar("Value")

_OF_A_WRITE = "Internal error from Core"
_POLL_SECONDS, _POLLS = 0.01, 500


async def upload(channel: Channel, start: ImportStart, content: Content) -> AsyncGenerator[Event]:
    """All messages of the server, in order; the last is a summary if the import has ended.

    An import that ends badly first yields what came, its summary included, and then raises.
    Memory is a chunk going up and a message coming down: neither runs ahead of the other's peer.

    Raises:
        RollbookError: the import was refused, stopped or cut off.
        OSError: the content cannot be read.
    """
    call = ImportServiceStub(channel.grpc).ImportUsers(metadata=channel.metadata)
    status = _CallStatus(call)
    sending = asyncio.create_task(_send(call, start, content))
    ended = False
    try:
        async for response in call:
            part = response.WhichOneof("part")
            if part is None:  # a newer server's; nothing that an older client could miss
                continue
            event: Event = getattr(response, part)
            if isinstance(event, RowResults):
                event = received(event)
            ended = ended or isinstance(event, ImportSummary)
            yield event
    except grpc.aio.AioRpcError as broken:
        _raise_if_unreadable(sending)
        if error := await status.resolve(broken):
            raise from_call(error, channel.address) from None
    except asyncio.CancelledError:
        _raise_if_unreadable(sending)  # which is why the call was cancelled
        raise
    finally:
        sending.cancel()
        call.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await sending
    if not ended:
        raise Refusal(
            Reason.TRUNCATED_STREAM,
            f"the server at {channel.address} ended the call without a summary",
        )


async def _send(call: _Call, start: ImportStart, content: Content) -> None:
    try:
        opening = ImportUsersRequest(start=start)
        opening.start.compact_results = True
        await call.write(opening)
        async with aclosing(content.messages()) as messages:
            async for message in messages:
                await call.write(message)
        await call.done_writing()
    except (grpc.aio.AioRpcError, grpc.aio.InternalError, asyncio.InvalidStateError):
        return  # the call has ended, and its status is read where its answers are
    except BaseException:
        call.cancel()  # without `end` the server keeps whole rows and knows that some are missing
        raise


def _raise_if_unreadable(sending: asyncio.Task[None]) -> None:
    """What was wrong with the content, rather than with the call that was given up for it."""
    if sending.done() and not sending.cancelled() and (fault := sending.exception()):
        raise fault


class _CallStatus:
    """The status that a call ended with, also if something was still being written.

    grpc.aio gives a call the status INTERNAL where a write fails because the call has ended, and
    puts it in the place of the server's own (grpc/grpc#36066; tried with 1.85: two refusals of
    three were lost). Whichever of the two comes first, the server's is found here.
    """

    def __init__(self, call: _Call):
        self._call = call
        self._first: grpc.aio.AioRpcError | None = None
        call.add_done_callback(self._keep)

    async def resolve(self, broken: grpc.aio.AioRpcError) -> grpc.aio.AioRpcError | None:
        """The error that really ended the call; None: it ended well."""
        if self._first is not None:
            return None if self._first.code() is grpc.StatusCode.OK else self._first
        seen = broken
        for _ in range(_POLLS):  # the server's comes soon; no event shows when
            if seen.details() != _OF_A_WRITE:
                return seen
            await asyncio.sleep(_POLL_SECONDS)
            seen = _now(self._call)
        return broken

    def _keep(self, _: object) -> None:
        # Called in the step of the loop that sets the first status; the next may replace it.
        first = _now(self._call)
        if first.details() != _OF_A_WRITE:
            self._first = first


def _now(call: _Call) -> grpc.aio.AioRpcError:
    """The status of a call that is done, as it stands."""
    return grpc.aio.AioRpcError(
        _at_once(call.code()),
        grpc.aio.Metadata(),
        _at_once(call.trailing_metadata()),
        details=_at_once(call.details()),
    )


def _at_once(started: Coroutine[Any, Any, Value]) -> Value:
    """What a coroutine answers that has nothing to wait for."""
    try:
        started.send(None)
    except StopIteration as answer:
        value: Value = answer.value
        return value
    started.close()
    raise AssertionError("the status of a call that is done has to be waited for")
