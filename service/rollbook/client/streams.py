"""A call that answers with a stream → its messages, or a RollbookError."""

from collections.abc import AsyncGenerator, Callable
from typing import TypeVar

import grpc
import grpc.aio

from rollbook.client.channel import Channel
from rollbook.client.errors import from_call

Request = TypeVar("Request")
Response = TypeVar("Response")


async def answers(
    channel: Channel,
    method: "Callable[..., grpc.aio.UnaryStreamCall[Request, Response]]",
    request: Request,
) -> AsyncGenerator[Response]:
    """The answers to one message, as they come. Whoever stops early ends the call.

    Raises:
        RollbookError: the server refused, or nobody answers.
    """
    call = method(request, metadata=channel.metadata)
    try:
        async for answer in call:
            yield answer
    except grpc.aio.AioRpcError as broken:
        raise from_call(broken, channel.address) from None
    finally:
        call.cancel()
