"""Finds, lists, writes, locks, suspends, reactivates and invites users, and sets their sources.

Every method raises RollbookError where the server refuses, and yields or answers the contract's
own messages. A user is named by one keyword: `user_id`, `employee_number`, `email` or `username`.
"""

from collections.abc import AsyncIterator, Iterable, Mapping
from typing import TypedDict, Unpack

from rollbook.client.channel import MOST_ON_A_PAGE, Channel
from rollbook.client.content import user_row
from rollbook.v1 import users_pb2 as v1
from rollbook.v1.options_pb2 import Blanks, Mode
from rollbook.v1.users_pb2_grpc import UserServiceStub


class Key(TypedDict, total=False):
    """Which user; one of these."""

    user_id: str
    employee_number: str
    email: str
    username: str


class Users:
    """The users of a directory."""

    def __init__(self, channel: Channel):
        self._channel = channel
        self._calls = UserServiceStub(channel.grpc)

    async def get(self, directory: str, **key: Unpack[Key]) -> v1.User:
        """One user."""
        request = v1.GetUserRequest(directory=directory, user=v1.UserKey(**key))
        return (await self._channel.ask(self._calls.GetUser, request)).user

    def list(
        self, directory: str, wanted: v1.ListUsersRequest | None = None, *, most: int = 0
    ) -> AsyncIterator[v1.User]:
        """The users that fit the conditions of `wanted`, in the order of their creation.

        `most` is how many are asked for at once, 0: 1,000; a caller that has enough stops asking.
        """
        request = v1.ListUsersRequest()
        if wanted is not None:
            request.CopyFrom(wanted)
        request.directory, request.page_token = directory, ""
        request.page_size = min(most, MOST_ON_A_PAGE)
        return self._channel.pages(self._calls.ListUsers, request, "users")

    async def page(self, wanted: v1.ListUsersRequest) -> v1.ListUsersResponse:
        """One page of the list, as it is asked for."""
        return await self._channel.ask(self._calls.ListUsers, wanted)

    def changes(
        self, directory: str, *, most: int = 0, field: str = "", **key: Unpack[Key]
    ) -> AsyncIterator[v1.UserChange]:
        """What became of one user, newest first; the creation is the last. `most` as in `list`.

        `field`: only changes of it, such as `role`, `status` or `attributes.badge`.
        """
        request = v1.ListUserChangesRequest(
            directory=directory,
            user=v1.UserKey(**key),
            page_size=min(most, MOST_ON_A_PAGE),
            field=field,
        )
        return self._channel.pages(self._calls.ListUserChanges, request, "changes")

    async def changes_page(self, wanted: v1.ListUserChangesRequest) -> v1.ListUserChangesResponse:
        """One page of the changes, as it is asked for."""
        return await self._channel.ask(self._calls.ListUserChanges, wanted)

    async def write(  # noqa: PLR0913 -- the options of a row's import, by keyword
        self,
        directory: str,
        cells: Mapping[str, str | None],
        *,
        mode: Mode = Mode.MODE_UNSPECIFIED,
        profile: str = "",
        request_id: str = "",
        validate_only: bool = False,
        blanks: Blanks = Blanks.BLANKS_UNSPECIFIED,
    ) -> v1.WriteUserResponse:
        """Write one user, given as text by field. Returns the row's result."""
        request = v1.WriteUserRequest(
            directory=directory,
            request_id=request_id,
            profile=profile,
            mode=mode,
            row=user_row(cells),
            validate_only=validate_only,
            blanks=blanks,
        )
        return await self.write_as(request)

    async def write_as(self, wanted: v1.WriteUserRequest) -> v1.WriteUserResponse:
        """The same, as the message says."""
        return await self._channel.ask(self._calls.WriteUser, wanted)

    async def set_locks(
        self,
        directory: str,
        *,
        role: bool | None = None,
        location: bool | None = None,
        protected: bool | None = None,
        **key: Unpack[Key],
    ) -> v1.User:
        """Set what imports leave unchanged; None: keep the setting."""
        request = v1.SetLocksRequest(directory=directory, user=v1.UserKey(**key))
        given = {"role": role, "location": location, "protected": protected}
        for name, locked in given.items():
            if locked is not None:
                setattr(request, name, locked)
        return await self.set_locks_as(request)

    async def set_locks_as(self, wanted: v1.SetLocksRequest) -> v1.User:
        """The same, as the message says."""
        return (await self._channel.ask(self._calls.SetLocks, wanted)).user

    async def set_sources(
        self, directory: str, sources: Iterable[str], **key: Unpack[Key]
    ) -> v1.User:
        """Set which sources name a user; without any, no full sync suspends the user."""
        request = v1.SetSourcesRequest(
            directory=directory, user=v1.UserKey(**key), sources=list(sources)
        )
        return (await self._channel.ask(self._calls.SetSources, request)).user

    async def suspend(self, directory: str, **key: Unpack[Key]) -> v1.User:
        """Suspend a user."""
        request = v1.SuspendUserRequest(directory=directory, user=v1.UserKey(**key))
        return (await self._channel.ask(self._calls.SuspendUser, request)).user

    async def reactivate(self, directory: str, **key: Unpack[Key]) -> v1.User:
        """End a suspension."""
        request = v1.ReactivateUserRequest(directory=directory, user=v1.UserKey(**key))
        return (await self._channel.ask(self._calls.ReactivateUser, request)).user

    async def invite(
        self, directory: str, wanted: v1.SendInvitationsRequest, *, dry_run: bool = False
    ) -> v1.SendInvitationsResponse:
        """Invite all users that `wanted` names, or only count them; the sums of all pages.

        If it is broken off, who was invited stays so, and the same call goes on with the rest.
        """
        request = v1.SendInvitationsRequest()
        request.CopyFrom(wanted)
        request.directory, request.validate_only = directory, dry_run
        request.page_size, request.page_token = MOST_ON_A_PAGE, ""
        total = v1.SendInvitationsResponse()
        while True:
            page = await self._channel.ask(self._calls.SendInvitations, request)
            for name in ("invited", "not_active", "signed_in", "not_permitted", "too_soon"):
                setattr(total, name, getattr(total, name) + getattr(page, name))
            if not page.next_page_token:
                return total
            request.page_token = page.next_page_token
