"""Notices: those of an import, one by one; and what failed is sent again, or counted first."""

from urllib.parse import urlencode

from starlette.responses import Response

from rollbook.errors import RollbookError
from rollbook.v1.imports_pb2 import Import, ListImportNoticesRequest, ListImportNoticesResponse
from rollbook.v1.notices_pb2 import NoticeCounts, NoticeEvent, NoticeMail, NoticeState
from rollbook.v1.notifications_pb2 import ResendNoticesRequest, ResendNoticesResponse
from rollbook.web.console.forms import Fields
from rollbook.web.console.visit import Visit

_ON_A_PAGE = 100
_PREFIX = "NOTICE_STATE_"
STATES = [name.removeprefix(_PREFIX) for name in NoticeState.keys()[1:]]
_AGAIN = frozenset({"UNDELIVERABLE", "IN_DOUBT", "EXPIRED"})
"""The states in which a notice may be sent again."""
LEFT_OUT = {
    "too_soon": "had such a mail a short while ago, or it is pending",
    "user_gone": "the user is gone",
    "has_password": "have a password of their own",
    "not_active": "suspended",
}
"""Why a notice is not sent again, by the name of the count."""


async def of_import(visit: Visit) -> Response:
    """The notices of an import, and how many are in which state."""
    return await _page(visit)


async def send_again(visit: Visit) -> Response:
    """Send failed notices of the import again: all of them or one; or only count them."""
    fields = await visit.form()
    import_id = visit.request.path_params["id"]
    notice = fields.text("notice")
    wanted = ResendNoticesRequest(notice_id=notice) if notice else None
    try:
        done = await resent(visit, fields, wanted or ResendNoticesRequest(import_id=import_id))
    except RollbookError as refused:
        return await _page(visit, refused)
    return await _page(visit, done=done, counted=fields.text("do") != "send")


async def resent(
    visit: Visit, fields: Fields, wanted: ResendNoticesRequest
) -> ResendNoticesResponse:
    """What is sent again of what is wanted; only counted, unless the form says `send`.

    Raises:
        RollbookError: the service refused it.
    """
    dry_run = fields.text("do") != "send"
    return await visit.client.notifications.resend(visit.directory, wanted, dry_run=dry_run)


def left_out(done: ResendNoticesResponse | None) -> list[tuple[int, str]]:
    """How many notices are not sent again, and why."""
    return [(getattr(done, name), why) for name, why in LEFT_OUT.items()] if done else []


def all_of(counts: NoticeCounts) -> int:
    """The sum over all states."""
    return sum(getattr(counts, field.name) for field in counts.DESCRIPTOR.fields)


async def _page(
    visit: Visit,
    refused: RollbookError | None = None,
    *,
    done: ResendNoticesResponse | None = None,
    counted: bool = False,
) -> Response:
    found = await visit.client.imports.get(visit.directory, visit.request.path_params["id"])
    state = visit.asked("state").upper()
    page = await _notices(visit, found, state if state in STATES else "")
    return visit.page(
        "notices_of_import.html",
        200 if refused is None else refused.verdict.http,
        found=found,
        path=visit.path("imports", found.import_id),
        counts=[
            (name, number) for name in STATES if (number := getattr(found.notices, name.lower(), 0))
        ],
        failed=sum(getattr(found.notices, name.lower(), 0) for name in _AGAIN),
        notices=[
            (
                one,
                NoticeEvent.Name(one.event).removeprefix("NOTICE_EVENT_"),
                NoticeMail.Name(one.mail).removeprefix("NOTICE_MAIL_"),
                NoticeState.Name(one.state).removeprefix(_PREFIX),
            )
            for one in page.notices
        ],
        again=_AGAIN,
        state=state if state in STATES else "",
        next_page=_further(visit, page.next_page_token),
        message="" if refused is None else refused.message,
        done=all_of(done.resent) if done else None,
        left_out=left_out(done),
        counted=counted,
    )


async def _notices(visit: Visit, found: Import, state: str) -> ListImportNoticesResponse:
    return await visit.client.imports.notices_page(
        ListImportNoticesRequest(
            directory=visit.directory,
            import_id=found.import_id,
            state=f"{_PREFIX}{state or 'UNSPECIFIED'}",
            page_size=_ON_A_PAGE,
            page_token=visit.asked("page"),
        )
    )


def _further(visit: Visit, token: str) -> str:
    """The address of the next page, '' on the last."""
    state = visit.asked("state")
    return f"{visit.request.url.path}?{urlencode({'state': state, 'page': token})}" if token else ""
