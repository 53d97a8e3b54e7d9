"""Opens a gRPC channel whose calls return an answer or raise a RollbookError."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar

import grpc
import grpc.aio

from rollbook.client.errors import from_call
from rollbook.client.tls import Tls, is_local
from rollbook.errors import Reason, Refusal

Request = TypeVar("Request")
Response = TypeVar("Response")

MOST_ON_A_PAGE = 1_000
"""What a server puts on a page at the most."""
_ANSWER_WITHIN = 60.0
"""Seconds for a call that sends one message; the longest of them loads a megabyte of names."""

_HEALTHY_WITHIN = 5.0
_HEALTH, _SERVING = "/grpc.health.v1.Health/Check", b"\x08\x01"
"""The standard question about a whole server, whose message is empty, and the answer SERVING."""

_RECONNECT = [
    # A server that restarts is found again as soon as it listens: by itself gRPC would wait longer
    # and longer, up to two minutes, and refuse every call until then.
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.min_reconnect_backoff_ms", 1_000),
    ("grpc.max_reconnect_backoff_ms", 2_000),
]


class Channel:
    """Holds one connection open; every call on it carries the token.

    `address` is `HOST:PORT` or `unix:PATH`. Made within a running event loop.
    """

    def __init__(
        self, address: str, token: str, *, tls: Tls | None = None, plaintext: bool = False
    ):
        """Nothing is sent before the first call.

        Raises:
            Refusal: TOKEN_INVALID, the token cannot be sent at all; INVALID_OPTIONS, it would
                leave this machine in clear text and `plaintext` does not allow it.
        """
        if not (token.isascii() and token.isprintable() and token.strip()):
            raise Refusal(
                Reason.TOKEN_INVALID,
                "the access token is not one: it must be a line of printable ASCII",
            )
        local = is_local(address)
        if tls is None and not local and not plaintext:
            raise Refusal(
                Reason.INVALID_OPTIONS,
                f"the access token would travel to {address} in clear text: speak TLS to it",
                {"address": address},
            )
        options: list[tuple[str, int]] = [*_RECONNECT]
        if local:
            options.append(("grpc.enable_http_proxy", 0))  # no proxy can know our own machine
        self.address = address
        self.metadata = (("authorization", f"Bearer {token}"),)
        if tls is None:
            self.grpc = grpc.aio.insecure_channel(address, options=options)
        else:
            self.grpc = grpc.aio.secure_channel(address, tls.credentials(), options=options)

    async def ask(
        self,
        method: Callable[..., Awaitable[Response]],
        request: Request,
    ) -> Response:
        """The answer to one message.

        Raises:
            RollbookError: the server refused or does not answer.
        """
        try:
            return await method(request, metadata=self.metadata, timeout=_ANSWER_WITHIN)
        except grpc.aio.AioRpcError as broken:
            raise from_call(broken, self.address) from None

    async def pages(
        self,
        method: Callable[..., Awaitable[Any]],
        request: Any,
        field: str,
    ) -> AsyncIterator[Any]:
        """Everything on a list's pages, which the answers have in `field`."""
        request.page_size = request.page_size or MOST_ON_A_PAGE
        while True:
            answer = await self.ask(method, request)
            for one in getattr(answer, field):
                yield one
            if not answer.next_page_token:
                return
            request.page_token = answer.next_page_token

    async def stream(
        self,
        method: "Callable[..., grpc.aio.UnaryStreamCall[Request, Response]]",
        request: Request,
    ) -> AsyncGenerator[Response]:
        """The answers to one message, as they come. A caller that stops early ends the call.

        Raises:
            RollbookError: the server refused or does not answer.
        """
        call = method(request, metadata=self.metadata)
        try:
            async for answer in call:
                yield answer
        except grpc.aio.AioRpcError as broken:
            raise from_call(broken, self.address) from None
        finally:
            call.cancel()

    async def is_serving(self) -> bool:
        """Whether the server answers, and says that it serves."""
        # In bytes: the messages of this question come with an extra.
        check: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = self.grpc.unary_unary(_HEALTH)
        try:
            answer = await check(b"", timeout=_HEALTHY_WITHIN)
        except grpc.aio.AioRpcError:
            return False
        return answer == _SERVING

    async def close(self) -> None:
        """Close the connection."""
        await self.grpc.close()
