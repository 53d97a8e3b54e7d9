"""Opens and ends sessions. Every method raises RollbookError where the server refuses."""

from typing import Unpack

from rollbook.client.channel import Channel
from rollbook.client.users import Key
from rollbook.v1 import sessions_pb2 as v1
from rollbook.v1.sessions_pb2_grpc import SessionServiceStub
from rollbook.v1.users_pb2 import UserKey


class Sessions:
    """Sessions, which stand in the place of an access token."""

    def __init__(self, channel: Channel):
        self._channel = channel
        self._calls = SessionServiceStub(channel.grpc)

    async def open(self) -> v1.CreateSessionResponse:
        """Open a session with the rights of the caller's token; its clear text is here alone."""
        return await self._channel.ask(self._calls.CreateSession, v1.CreateSessionRequest())

    async def sign_in(
        self, directory: str, password: str, *, client: str = "", **key: Unpack[Key]
    ) -> v1.CreateSessionResponse:
        """Open a session for a user with a grant; there is none unless `result` is OK."""
        user = v1.UserLogin(
            directory=directory, user=UserKey(**key), password=password, client=client
        )
        request = v1.CreateSessionRequest(user=user)
        return await self._channel.ask(self._calls.CreateSession, request)

    async def caller(self) -> v1.GetCallerResponse:
        """Who this client is to the server, and what it may."""
        return await self._channel.ask(self._calls.GetCaller, v1.GetCallerRequest())

    async def end(self) -> None:
        """End the session that this client was opened with."""
        await self._channel.ask(self._calls.EndSession, v1.EndSessionRequest())
