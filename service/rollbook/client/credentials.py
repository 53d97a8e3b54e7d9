"""Verifies, sets and recovers passwords of users.

Every method raises RollbookError where the server refuses. A user is named by one keyword, as in
`rollbook.client.users`; `client` is whose attempts are counted together, such as an address.
"""

from typing import Unpack

from rollbook.client.channel import Channel
from rollbook.client.users import Key
from rollbook.v1 import credentials_pb2 as v1
from rollbook.v1.credentials_pb2_grpc import CredentialServiceStub
from rollbook.v1.users_pb2 import UserKey


class Credentials:
    """The passwords of a directory's users."""

    def __init__(self, channel: Channel):
        self._channel = channel
        self._calls = CredentialServiceStub(channel.grpc)

    async def verify(
        self, directory: str, password: str, *, client: str = "", **key: Unpack[Key]
    ) -> v1.VerifyPasswordResponse:
        """What a login comes to: `result`, and the user's id unless it is no."""
        request = v1.VerifyPasswordRequest(
            directory=directory, user=UserKey(**key), password=password, client=client
        )
        return await self._channel.ask(self._calls.VerifyPassword, request)

    async def request_reset(self, directory: str, *, client: str = "", **key: Unpack[Key]) -> None:
        """Ask for a link by mail. The answer does not show whether there is such a user."""
        request = v1.RequestPasswordResetRequest(
            directory=directory, user=UserKey(**key), client=client
        )
        await self._channel.ask(self._calls.RequestPasswordReset, request)

    async def set_by_link(
        self, directory: str, link_token: str, new_password: str, *, client: str = ""
    ) -> str:
        """Set a password by the token of a link, which is used up. Returns the user's id."""
        request = v1.SetPasswordRequest(
            directory=directory, link_token=link_token, new_password=new_password, client=client
        )
        return (await self._channel.ask(self._calls.SetPassword, request)).user_id

    async def set_by_old(
        self,
        directory: str,
        old_password: str,
        new_password: str,
        *,
        client: str = "",
        **key: Unpack[Key],
    ) -> str:
        """Set a password by the one that it replaces. Returns the user's id."""
        request = v1.SetPasswordRequest(
            directory=directory,
            old=v1.OldPassword(user=UserKey(**key), password=old_password),
            new_password=new_password,
            client=client,
        )
        return (await self._channel.ask(self._calls.SetPassword, request)).user_id

    async def set_for_user(
        self,
        directory: str,
        new_password: str,
        *,
        must_change: bool = True,
        **key: Unpack[Key],
    ) -> str:
        """Set a user's password as an administrator. Returns the user's id.

        `must_change`: the user chooses another at the next login.
        """
        request = v1.SetUserPasswordRequest(
            directory=directory,
            user=UserKey(**key),
            new_password=new_password,
            must_change=must_change,
        )
        return (await self._channel.ask(self._calls.SetUserPassword, request)).user_id

    async def mail_login_details(self, directory: str, **key: Unpack[Key]) -> str:
        """Mail a user a password that is made for the mail, as an administrator.

        Nobody else sees it, and the user chooses another at the next login. Returns the user's id.
        """
        request = v1.SetUserPasswordRequest(
            directory=directory, user=UserKey(**key), mail_login_details=True
        )
        return (await self._channel.ask(self._calls.SetUserPassword, request)).user_id

    async def policy(self, directory: str) -> v1.GetPasswordPolicyResponse:
        """What a new password must be."""
        request = v1.GetPasswordPolicyRequest(directory=directory)
        return await self._channel.ask(self._calls.GetPasswordPolicy, request)
