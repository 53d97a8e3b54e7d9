"""What all requests share: how to reach the gRPC service, and whether the site is stopping."""

import asyncio
from collections.abc import Callable
from typing import TypeAlias

from rollbook.client import Client
from rollbook.errors import Reason, Refusal

Connect: TypeAlias = Callable[[str], Client]
"""A client that shows the given token; made within a running event loop."""

_SCHEME = "bearer"


class Site:
    """One running web site. Made within a running event loop."""

    def __init__(self, connect: Connect):
        self._connect = connect
        self.stopping: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done from the moment on that the site stops."""

    def stop(self) -> None:
        """Let uploads that are still being sent end."""
        if not self.stopping.done():
            self.stopping.set_result(None)

    def client(self, authorization: list[str]) -> Client:
        """A client with the token of the header `Authorization`, of which there must be one.

        Raises:
            Refusal: TOKEN_MISSING; TOKEN_INVALID, it cannot be one.
        """
        if not authorization:
            raise Refusal(
                Reason.TOKEN_MISSING, "there is no access token: send Authorization: Bearer TOKEN"
            )
        scheme, _, token = authorization[0].partition(" ")
        if len(authorization) > 1 or scheme.lower() != _SCHEME:
            raise Refusal(
                Reason.TOKEN_INVALID, "the header Authorization must be one: Bearer TOKEN"
            )
        return self._connect(token.strip())

    def nobody(self) -> Client:
        """A client for the one question that needs no token: whether the service serves."""
        return self._connect("none")
