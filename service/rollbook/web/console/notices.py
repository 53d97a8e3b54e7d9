"""Notices, of an import or of a directory: listed; what failed is sent again, or counted first."""

from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urlencode

from starlette.responses import Response

from rollbook.errors import RollbookError
from rollbook.v1.imports_pb2 import Import, ListImportNoticesRequest
from rollbook.v1.notices_pb2 import Notice, NoticeCounts, NoticeEvent, NoticeMail, NoticeState
from rollbook.v1.notifications_pb2 import ResendNoticesRequest, ResendNoticesResponse
from rollbook.web.console.forms import Fields
from rollbook.web.console.visit import Visit

_ON_A_PAGE = 100
_MOST_LOOKS = 10
"""A page of the service may be empty though there are more: so often we look on by ourselves."""
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
    all_of_them = ResendNoticesRequest(import_id=visit.request.path_params["id"])
    try:
        done = await resent(visit, fields, all_of_them)
    except RollbookError as refused:
        return await _page(visit, refused)
    return await _page(visit, done=done, counted=fields.text("do") != "send")


async def resent(
    visit: Visit, fields: Fields, all_of_them: ResendNoticesRequest
) -> ResendNoticesResponse:
    """What is sent again: the notice that the form names, else all; only counted, unless `send`.

    Raises:
        RollbookError: the service refused it.
    """
    notice = fields.text("notice")
    wanted = ResendNoticesRequest(notice_id=notice) if notice else all_of_them
    dry_run = fields.text("do") != "send"
    return await visit.client.notifications.resend(visit.directory, wanted, dry_run=dry_run)


def left_out(done: ResendNoticesResponse | None) -> list[tuple[int, str]]:
    """How many notices are not sent again, and why."""
    return [(getattr(done, name), why) for name, why in LEFT_OUT.items()] if done else []


def counts_of(found: Import) -> list[tuple[str, int]]:
    """How many notices an import has in each state, of those in which there are any."""
    counted = ((state, getattr(found.notices, state.lower(), 0)) for state in STATES)
    return [(state, number) for state, number in counted if number]


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
    return visit.page(
        "notices_of_import.html",
        200 if refused is None else refused.verdict.http,
        found=found,
        path=visit.path("imports", found.import_id),
        counts=counts_of(found),
        failed=sum(number for state, number in counts_of(found) if state in _AGAIN),
        listed=await listed(visit, found.import_id),
        message="" if refused is None else refused.message,
        done=all_of(done.resent) if done else None,
        left_out=left_out(done),
        counted=counted,
    )


class Listed(NamedTuple):
    """A page of notices: each with the words of its event, mail and state."""

    notices: Sequence[tuple[Notice, str, str, str]]
    state: str
    """Only those in it; '': in any."""
    next_page: str
    """Its address; '' on the last."""


async def listed(visit: Visit, import_id: str = "") -> Listed:
    """The page that the query names: of an import by line, else the directory's, newest first."""
    asked = visit.asked("state").upper()
    state = asked if asked in STATES else ""
    wanted = ListImportNoticesRequest(
        directory=visit.directory,
        import_id=import_id,
        state=f"{_PREFIX}{state or 'UNSPECIFIED'}",
        page_size=_ON_A_PAGE,
        page_token=visit.asked("page"),
    )
    for _ in range(_MOST_LOOKS):
        page = await visit.client.imports.notices_page(wanted)
        if page.notices or not page.next_page_token:
            break
        wanted.page_token = page.next_page_token
    query = urlencode({"state": state, "page": page.next_page_token})
    return Listed(
        [
            (
                one,
                NoticeEvent.Name(one.event).removeprefix("NOTICE_EVENT_"),
                NoticeMail.Name(one.mail).removeprefix("NOTICE_MAIL_"),
                NoticeState.Name(one.state).removeprefix(_PREFIX),
            )
            for one in page.notices
        ],
        state,
        f"{visit.request.url.path}?{query}" if page.next_page_token else "",
    )
