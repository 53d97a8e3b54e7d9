"""UserService: calls `rollbook.users`, and the import of one row, for each request."""

import asyncio
from copy import copy
from uuid import uuid4

from rollbook.checking.request_text import REQUEST
from rollbook.context import AppContext
from rollbook.credentials.invitations import Page, invite
from rollbook.directories.sources import check_spelling, checked_sources
from rollbook.imports.job.job import Job
from rollbook.imports.job.slots import ImportSlots
from rollbook.imports.write_user import RowByHand, open_write, write_user
from rollbook.profiles import Profiles
from rollbook.rpc.imports import options as wire_options
from rollbook.rpc.imports.events import event_messages
from rollbook.rpc.imports.request_stream import cells_of
from rollbook.rpc.notices import message as notice_message
from rollbook.rpc.users.messages import (
    change_message,
    changed_user_message,
    conditions_of,
    invite_of,
    key_of,
    set_password_facts,
    user_message,
)
from rollbook.rpc.wire import paging
from rollbook.rpc.wire.servicer import Part, caller, directory_of
from rollbook.rpc.wire.status import Context
from rollbook.store import credentials, notices, users
from rollbook.store.users import ByHand, Who
from rollbook.users.change import change_by_hand
from rollbook.users.disclosure import may_read
from rollbook.users.find import find_user, list_users
from rollbook.users.history import list_changes
from rollbook.v1 import options_pb2
from rollbook.v1 import users_pb2 as v1


class UserService(Part):
    """See the contract. Each change is in the name of the call's principal."""

    def __init__(self, app: AppContext, profiles: Profiles, slots: ImportSlots):
        super().__init__(app)
        self._profiles = profiles
        self._slots = slots
        self._writing: set[asyncio.Task[v1.WriteUserResponse]] = set()

    async def GetUser(self, request: v1.GetUserRequest, _context: Context) -> v1.GetUserResponse:
        """See the contract."""
        directory = await directory_of(self._app, request.directory)
        async with self._app.database.within(directory.id).connection() as connection:
            row = await find_user(connection, directory.id, key_of(request.user))
            last = await notices.last(connection, directory.id, row.id)
            account = await credentials.get(connection, directory.id, Who(id=row.id))
        user = user_message(row)
        if account:
            set_password_facts(user, account)
        if last:
            user.last_notice.CopyFrom(notice_message(last))
        return v1.GetUserResponse(user=user)

    async def ListUsers(
        self, request: v1.ListUsersRequest, _context: Context
    ) -> v1.ListUsersResponse:
        """See the contract."""
        directory = await directory_of(self._app, request.directory)
        page = paging.page(
            self._app,
            f"users of {directory.id} {_question(request)}",
            request,
        )
        rows, behind = await list_users(
            self._app.database.within(directory.id),
            directory.id,
            conditions_of(request),
            page.after,
            page.most + 1,
        )
        found, token = page.cut([(key, user_message(row)) for key, row in rows], behind)
        return v1.ListUsersResponse(users=found, next_page_token=token)

    async def ListUserChanges(
        self, request: v1.ListUserChangesRequest, _context: Context
    ) -> v1.ListUserChangesResponse:
        """See the contract."""
        directory = await directory_of(self._app, request.directory)
        page = paging.page(
            self._app, f"changes of a user of {directory.id} {_question(request)}", request
        )
        found = await list_changes(
            self._app.database.within(directory.id),
            directory.id,
            key_of(request.user),
            before=int(page.after or 0),
            most=page.most + 1,
            field=request.field,
        )
        changes, token = page.cut(
            [(str(change.version), change_message(change)) for change in found.changes],
            str(found.behind or ""),
        )
        return v1.ListUserChangesResponse(changes=changes, next_page_token=token)

    async def SetLocks(self, request: v1.SetLocksRequest, _context: Context) -> v1.SetLocksResponse:
        """See the contract."""
        by_hand = ByHand(
            role_locked=request.role if request.HasField("role") else None,
            location_locked=request.location if request.HasField("location") else None,
            protected=request.protected if request.HasField("protected") else None,
        )
        user = await self._change(request.directory, request.user, by_hand)
        return v1.SetLocksResponse(user=user)

    async def SuspendUser(
        self, request: v1.SuspendUserRequest, _context: Context
    ) -> v1.SuspendUserResponse:
        """See the contract."""
        by_hand = ByHand(status=users.SUSPENDED)
        user = await self._change(request.directory, request.user, by_hand)
        return v1.SuspendUserResponse(user=user)

    async def ReactivateUser(
        self, request: v1.ReactivateUserRequest, _context: Context
    ) -> v1.ReactivateUserResponse:
        """See the contract."""
        by_hand = ByHand(status=users.ACTIVE)
        user = await self._change(request.directory, request.user, by_hand)
        return v1.ReactivateUserResponse(user=user)

    async def SetSources(
        self, request: v1.SetSourcesRequest, _context: Context
    ) -> v1.SetSourcesResponse:
        """See the contract."""
        by_hand = ByHand(sources=checked_sources("sources", request.sources))
        directory = await directory_of(self._app, request.directory)
        async with self._app.database.within(directory.id).connection() as connection:
            await check_spelling(connection, directory.id, "sources", request.sources)
        user = await self._change(request.directory, request.user, by_hand)
        return v1.SetSourcesResponse(user=user)

    async def SendInvitations(
        self, request: v1.SendInvitationsRequest, _context: Context
    ) -> v1.SendInvitationsResponse:
        """See the contract."""
        directory = await directory_of(self._app, request.directory)
        asked = paging.page(
            self._app, f"invitations of {directory.id} {_question(request)}", request
        )
        page = Page(int(asked.after or 0), asked.most, request.validate_only)
        answer = await invite(self._app, directory, caller(), invite_of(request), page)
        behind = "" if answer.after is None else str(answer.after)
        return v1.SendInvitationsResponse(
            **{verdict.value: count for verdict, count in answer.counts.items()},
            next_page_token=asked.cut([], behind)[1],
        )

    async def _change(self, directory: str, key: v1.UserKey, by_hand: ByHand) -> v1.User:
        found = await directory_of(self._app, directory)
        who = caller()
        row = await change_by_hand(self._app, found, key_of(key), by_hand, who)
        return changed_user_message(row, reader=may_read(who))

    async def WriteUser(
        self, request: v1.WriteUserRequest, _context: Context
    ) -> v1.WriteUserResponse:
        """See the contract. The call may go: what has begun is finished."""
        if not request.HasField("row"):
            raise REQUEST.wrong("row", "There is no row to write.")
        who = caller()
        slot = await self._slots.take(who)
        try:
            job = await open_write(self._app, self._profiles, _row_by_hand(request), who)
        except BaseException:
            slot.release()
            raise
        writing = asyncio.create_task(self._write(job, request, reader=may_read(who)))
        self._writing.add(writing)
        writing.add_done_callback(self._writing.discard)
        writing.add_done_callback(lambda _: slot.release())
        return await asyncio.shield(writing)

    async def drain(self) -> None:
        """Wait until what has begun is written."""
        if self._writing:
            await asyncio.wait(self._writing, timeout=self._app.settings.shutdown_grace)

    async def _write(
        self, job: Job, request: v1.WriteUserRequest, *, reader: bool
    ) -> v1.WriteUserResponse:
        answers = await write_user(job, cells_of(request.row))
        (message,) = event_messages(answers, job, self._app.settings.max_sent_bytes, reader=reader)
        (result,) = message.results.results
        response = v1.WriteUserResponse(result=result, import_id=str(job.import_id))
        if answers.user_ids[0]:
            async with job.database.connection() as connection:
                row = await users.get(connection, job.directory.id, Who(id=answers.user_ids[0]))
            if row:
                response.user.CopyFrom(changed_user_message(row, reader=reader))
        return response


def _question(
    request: v1.ListUsersRequest | v1.ListUserChangesRequest | v1.SendInvitationsRequest,
) -> str:
    """All of the request except the page: a token is good for the same question alone."""
    asked = copy(request)
    for field in ("directory", "page_size", "page_token"):
        asked.ClearField(field)
    return asked.SerializeToString(deterministic=True).hex()


def _row_by_hand(request: v1.WriteUserRequest) -> RowByHand:
    return RowByHand(
        directory=request.directory,
        request_id=request.request_id or str(uuid4()),
        profile=request.profile,
        options=wire_options.option_values(
            options_pb2.ImportOptions(mode=request.mode, blanks=request.blanks)
        ),
        validate_only=request.validate_only,
    )
