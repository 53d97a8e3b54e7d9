"""One import over one connection: its messages go up while its answers come down."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import TypeAlias

import grpc
import grpc.aio

from rollbook.client.call_status import Ending
from rollbook.client.channel import Channel
from rollbook.client.errors import from_call
from rollbook.client.file_content import Content
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


async def upload(channel: Channel, start: ImportStart, content: Content) -> AsyncGenerator[Event]:
    """Everything the server says, in its order; a summary is last where the import has ended.

    An import that ends badly first yields what came, its summary included, and then raises.
    Memory is a chunk going up and a message coming down: neither runs ahead of the other's peer.

    Raises:
        RollbookError: the import was refused, stopped or cut off.
        OSError: the content cannot be read.
    """
    call = ImportServiceStub(channel.grpc).ImportUsers(metadata=channel.metadata)
    ending = Ending(call)
    sending = asyncio.create_task(_send(call, start, content))
    ended = False
    try:
        async for response in call:
            part = response.WhichOneof("part")
            if part is None:  # a newer server's; nothing that an older client could miss
                continue
            event: Event = getattr(response, part)
            ended = ended or isinstance(event, ImportSummary)
            yield event
    except grpc.aio.AioRpcError as broken:
        _raise_if_unreadable(sending)
        if error := await ending.of(broken):
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
        await call.write(ImportUsersRequest(start=start))
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
