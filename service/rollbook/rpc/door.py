"""The door before every method: who is there is asked before a byte is read."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Any

import grpc

from rollbook.errors import RollbookError
from rollbook.rpc.refusing import Context, abort
from rollbook.rpc.tokens import Tokens

_OPEN = "/grpc.health.v1.Health/"

if TYPE_CHECKING:
    _Handler = grpc.RpcMethodHandler[Any, Any]
else:
    _Handler = grpc.RpcMethodHandler


class Door(grpc.aio.ServerInterceptor):
    """Lets only calls with a valid token pass; health alone is open.

    Whether a method exists is told only to those who may pass.
    """

    def __init__(self, tokens: Tokens):
        self._tokens = tokens

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[_Handler | None]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> _Handler | None:
        """The method's handler, or one that refuses at once."""
        if not handler_call_details.method.startswith(_OPEN):
            try:
                self._tokens.principal(handler_call_details.invocation_metadata)
            except RollbookError as error:
                return _refusing(error)
        return await continuation(handler_call_details)


def _refusing(error: RollbookError) -> _Handler:
    async def refuse(_requests: AsyncIterator[bytes], context: Context) -> None:
        await abort(context, error)

    return grpc.stream_stream_rpc_method_handler(refuse)  # fits any method's wire
