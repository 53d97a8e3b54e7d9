"""Creates, lists and revokes access tokens.

Every method raises RollbookError where the server refuses, and yields or answers the contract's
own messages.
"""

from collections.abc import AsyncIterator

from rollbook.client.channel import Channel
from rollbook.v1 import tokens_pb2 as v1
from rollbook.v1.tokens_pb2_grpc import TokenServiceStub


class Tokens:
    """The tokens that the caller could have made."""

    def __init__(self, channel: Channel):
        self._channel = channel
        self._calls = TokenServiceStub(channel.grpc)

    async def create(self, token: v1.Token) -> v1.CreateTokenResponse:
        """Make a token; its clear text is in this answer and nowhere else."""
        return await self._channel.ask(self._calls.CreateToken, v1.CreateTokenRequest(token=token))

    def list(self, principal: str = "") -> AsyncIterator[v1.Token]:
        """All tokens, or one principal's, in the order in which they were made."""
        request = v1.ListTokensRequest(principal=principal)
        return self._channel.pages(self._calls.ListTokens, request, "tokens")

    async def revoke(self, token_id: str) -> v1.Token:
        """Revoke a token."""
        request = v1.RevokeTokenRequest(token_id=token_id)
        return (await self._channel.ask(self._calls.RevokeToken, request)).token
