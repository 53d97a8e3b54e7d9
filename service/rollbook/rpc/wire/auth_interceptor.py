"""Authenticates and authorizes every call, before a byte of it is read."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Any

import grpc

from rollbook.access import check_method
from rollbook.access.authentication import Authenticator
from rollbook.meter import Meter
from rollbook.rpc.wire.servicer import admit
from rollbook.rpc.wire.status import UNKNOWN, Context, answered

_OPEN = "/grpc.health.v1.Health/"

if TYPE_CHECKING:
    _Handler = grpc.RpcMethodHandler[Any, Any]
else:
    _Handler = grpc.RpcMethodHandler


class AuthInterceptor(grpc.aio.ServerInterceptor):
    """Lets only callers pass who may call the method; health alone is open.

    Only callers with a valid token learn whether a method exists.
    """

    def __init__(self, tokens: Authenticator, meter: Meter):
        self._tokens = tokens
        self._meter = meter

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[_Handler | None]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> _Handler | None:
        """The method's handler, or one that refuses at once."""
        method = handler_call_details.method
        if method.startswith(_OPEN):
            return await continuation(handler_call_details)
        try:
            found = await self._tokens.caller(handler_call_details.invocation_metadata)
            admit(found)
            handler = await continuation(handler_call_details)
            if handler is not None:
                check_method(found, method)
        except Exception as error:  # whatever it is, no call passes
            return _refusing(error, method, self._meter)
        if handler is None:
            self._meter.calls[UNKNOWN, grpc.StatusCode.UNIMPLEMENTED.name] += 1
        return handler


def _refusing(error: Exception, method: str, meter: Meter) -> _Handler:
    async def refuse(_requests: AsyncIterator[bytes], context: Context) -> None:
        async with answered(context, method, meter):
            raise error

    return grpc.stream_stream_rpc_method_handler(refuse)  # fits any method's wire
