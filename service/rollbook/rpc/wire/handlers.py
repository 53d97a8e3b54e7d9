"""Makes gRPC handlers for a service of the contract, method by method.

Instead of the generated `add_…_to_server`, because a message that cannot be parsed must end in
our own status: gRPC's would name Python's classes.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import grpc
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from rollbook.access.method_table import NEEDED
from rollbook.errors import Reason, Refusal
from rollbook.meter import Meter
from rollbook.rpc.wire.status import Context, answered

Method = Callable[[Any, Context], Any]


def bind(
    service: ServiceDescriptor, servicer: object, most_bytes: int, meter: Meter
) -> grpc.GenericRpcHandler:
    """Handlers for every method of the service; each must be there.

    Raises:
        AttributeError: the servicer lacks a method of the contract.
        LookupError: the table of methods lacks a method.
    """
    for method in service.methods:
        if f"/{service.full_name}/{method.name}" not in NEEDED:
            raise LookupError(f"{method.full_name} is not in access/method_table.py")
    handlers = {
        method.name: _handler(method, getattr(servicer, method.name), most_bytes, meter)
        for method in service.methods
    }
    return grpc.method_handlers_generic_handler(service.full_name, handlers)


def _handler(
    method: MethodDescriptor, behaviour: Method, most_bytes: int, meter: Meter
) -> "grpc.RpcMethodHandler[Any, Any]":
    name = f"/{method.containing_service.full_name}/{method.name}"
    request_class = GetMessageClass(method.input_type)

    def parse(data: bytes) -> Message | Refusal:
        """A refusal is a value here: an exception would end in a status of gRPC's own."""
        if len(data) > most_bytes:
            return Refusal(
                Reason.MESSAGE_TOO_LARGE,
                f"A message of {len(data)} bytes came; the limit is {most_bytes}.",
                {"bytes": str(len(data)), "limit": str(most_bytes)},
            )
        try:
            return request_class.FromString(data)
        except (DecodeError, ValueError, RecursionError):
            return Refusal(Reason.REQUEST_MALFORMED, "The message is not of the contract's form.")

    def serialize(message: Message | bytes) -> bytes:
        """Bytes are a message that waited in this form."""
        if isinstance(message, bytes):
            return message
        return message.SerializeToString(deterministic=True)

    if method.client_streaming:
        return grpc.stream_stream_rpc_method_handler(
            _streaming(behaviour, name, meter),
            request_deserializer=parse,
            response_serializer=serialize,
        )
    if method.server_streaming:
        return grpc.unary_stream_rpc_method_handler(
            _streaming_answer(behaviour, name, meter),
            request_deserializer=parse,
            response_serializer=serialize,
        )
    return grpc.unary_unary_rpc_method_handler(
        _unary(behaviour, name, meter), request_deserializer=parse, response_serializer=serialize
    )


def _unary(
    behaviour: Method, name: str, meter: Meter
) -> Callable[[Any, Context], Awaitable[Message]]:
    async def call(request: Message | Refusal, context: Context) -> Message:
        async with answered(context, name, meter):
            if isinstance(request, Refusal):
                raise request
            answer: Message = await behaviour(request, context)
        return answer

    return call


def _streaming_answer(
    behaviour: Method, name: str, meter: Meter
) -> Callable[[Any, Context], AsyncIterator[Message]]:
    async def call(request: Message | Refusal, context: Context) -> AsyncIterator[Message]:
        async with answered(context, name, meter):
            if isinstance(request, Refusal):
                raise request
            async for answer in behaviour(request, context):
                yield answer

    return call


def _streaming(
    behaviour: Method, name: str, meter: Meter
) -> Callable[[AsyncIterator[Message | Refusal], Context], Awaitable[None]]:
    """The behaviour writes to the context itself, so that it can give up on who does not read."""

    async def call(requests: AsyncIterator[Message | Refusal], context: Context) -> None:
        async with answered(context, name, meter):
            await behaviour(requests, context)

    return call
