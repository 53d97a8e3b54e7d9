"""NotificationService: calls `rollbook.notifications` for each request."""

from uuid import UUID

from rollbook.access import denied
from rollbook.checking.request_text import REQUEST
from rollbook.imports.options import parse_id
from rollbook.model import NoticeState
from rollbook.notifications import bounces
from rollbook.notifications.resend import Page, Place, resend, states_to_resend
from rollbook.rpc.notices import counts_message, message, state
from rollbook.rpc.users.messages import key_of
from rollbook.rpc.wire import paging
from rollbook.rpc.wire.servicer import Part, caller, directory_of
from rollbook.rpc.wire.status import Context
from rollbook.store import imports
from rollbook.store.failed_notices import Resend
from rollbook.store.name_lookup import DirectoryRow
from rollbook.users.find import find_user
from rollbook.v1 import notifications_pb2 as v1


class NotificationService(Part):
    """See the contract."""

    async def ResendNotices(
        self, request: v1.ResendNoticesRequest, _context: Context
    ) -> v1.ResendNoticesResponse:
        """See the contract."""
        directory = await directory_of(self._app, request.directory)
        wanted = await self._wanted(directory, request)
        asked = paging.page(
            self._app, f"failed notices of {directory.id} {wanted} {request.validate_only}", request
        )
        answer = await resend(
            self._app,
            directory,
            caller(),
            wanted,
            Page(
                Place(*asked.after_numbers()) if asked.after else None,
                asked.most,
                request.validate_only,
            ),
        )
        behind = f"{answer.place.after} {answer.place.until}" if answer.place else ""
        return v1.ResendNoticesResponse(
            resent=counts_message(answer.resent),
            **answer.left_out,
            next_page_token=asked.cut([], behind)[1],
        )

    async def RecordBounce(
        self, request: v1.RecordBounceRequest, _context: Context
    ) -> v1.RecordBounceResponse:
        """See the contract."""
        directory = await directory_of(self._app, request.directory)
        key = _notice_id(request.notice_id)
        who = caller()
        row, recorded = await bounces.record(
            self._app, directory, who, key, request.status, request.reason
        )
        return v1.RecordBounceResponse(notice=message(row), recorded=recorded)

    async def _wanted(self, directory: DirectoryRow, request: v1.ResendNoticesRequest) -> Resend:
        """Which notices a request means.

        Raises:
            Refusal: INVALID_OPTIONS, none is named, or a state or an id cannot be;
                PERMISSION_DENIED, there is no such import; RESOURCE_NOT_FOUND, no such user.
        """
        states = states_to_resend([_state(number) for number in request.states])
        async with self._app.database.within(directory.id).connection() as connection:
            match request.WhichOneof("whose"):
                case "import_id":
                    import_id = parse_id(request.import_id)
                    if await imports.get_import(connection, directory.id, import_id) is None:
                        raise denied()
                    return Resend(states, import_id=import_id)
                case "user":
                    found = await find_user(connection, directory.id, key_of(request.user))
                    return Resend(states, user_id=found.id)
                case "notice_id":
                    return Resend(states, key=_notice_id(request.notice_id))
                case "everybody" if request.everybody:
                    return Resend(states)
        raise REQUEST.wrong(
            "whose", "Name what is sent again: import_id, user, notice_id, or everybody."
        )


def _state(number: int) -> NoticeState:
    found = state(number)
    if found is None:
        raise REQUEST.wrong("states", "states has NOTICE_STATE_UNSPECIFIED; leave it out.")
    return found


def _notice_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise REQUEST.wrong("notice_id", "notice_id must be that of a notice.") from None
