"""What all requests share: how to reach the gRPC service, and whether the site is stopping."""

import asyncio
import hmac
from collections.abc import Callable
from hashlib import sha256
from typing import TYPE_CHECKING, TypeAlias

from rollbook.client import Client
from rollbook.errors import Reason, Refusal

if TYPE_CHECKING:
    from rollbook.web.openid import Provider

Connect: TypeAlias = Callable[[str], Client]
"""A client that shows the given token; made within a running event loop."""

_SCHEME = "bearer"


class OneTimeCode:
    """A code that stands for an access token, once."""

    def __init__(self, code: str, token: str):
        self._hash = sha256(code.encode()).digest()
        self._token = token

    def redeem(self, code: str) -> str:
        """The token, the first time that the code is shown; else ''."""
        if not hmac.compare_digest(self._hash, sha256(code.encode()).digest()):
            return ""
        token, self._token = self._token, ""
        return token


class Site:
    """One running web site. Made within a running event loop."""

    def __init__(
        self,
        connect: Connect,
        own_token: str = "",
        once: OneTimeCode | None = None,
        provider: "Provider | None" = None,
    ):
        """`own_token` verifies and recovers passwords, '': nobody does that here.

        `provider` signs people in by OpenID Connect.
        """
        self._connect = connect
        self._own_token = own_token
        self._once = once
        self.provider = provider
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
                Reason.TOKEN_MISSING, "There is no access token: send Authorization: Bearer TOKEN."
            )
        scheme, _, token = authorization[0].partition(" ")
        if len(authorization) > 1 or scheme.lower() != _SCHEME:
            raise Refusal(
                Reason.TOKEN_INVALID, "The header Authorization must be one: Bearer TOKEN."
            )
        return self._connect(token.strip())

    def of(self, token: str) -> Client:
        """A client with this token, or session.

        Raises:
            Refusal: TOKEN_INVALID, it cannot be one.
        """
        return self._connect(token)

    @property
    def has_own_token(self) -> bool:
        """Whether people can sign in with passwords here, and recover them."""
        return bool(self._own_token)

    def own(self) -> Client:
        """A client that may verify and recover passwords, and nothing else.

        Raises:
            Refusal: TOKEN_MISSING, this site has no token of its own.
        """
        if not self._own_token:
            raise Refusal(
                Reason.TOKEN_MISSING,
                "Passwords are not taken here: this site has no access token of its own. Its "
                "operator may give it one by ROLLBOOK_LOGIN_TOKEN_FILE.",
            )
        return self._connect(self._own_token)

    def redeem(self, code: str) -> str:
        """The token that a one-time code stands for; '' where it is none, or was used."""
        return self._once.redeem(code) if self._once else ""

    def nobody(self) -> Client:
        """A client for the one question that needs no token: whether the service serves."""
        return self._connect("none")
