"""The page of users: found by conditions; and all whom an import created, invited at once."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import NamedTuple, Protocol
from urllib.parse import urlencode

from starlette.responses import Response

from rollbook.errors import Reason, Refusal, RollbookError
from rollbook.v1.notices_pb2 import NoticeMail
from rollbook.v1.server_pb2 import GetServerInfoResponse
from rollbook.v1.users_pb2 import (
    InvitationKind,
    ListUsersRequest,
    ListUsersResponse,
    SendInvitationsRequest,
    SendInvitationsResponse,
    User,
    UserStatus,
)
from rollbook.web.console.days import moments, zone_of
from rollbook.web.console.visit import Visit

_ON_A_PAGE = 50
_MOST_LOOKS = 10
"""A page of the service may be empty though there are more: so often we look on by ourselves."""
_MOST_SUGGESTED = 200
_SHOWN_AGAIN = frozenset({400, 404})
"""Statuses of refusals that name a wrong condition: the filters are shown again, to correct it."""
_PREFIX = "USER_STATUS_"
_STATUSES = UserStatus.keys()[1:]
_DAYS = ("created_from", "created_until", "updated_from", "updated_until")
_FURTHER = ("role", "location", "unit", "import", *_DAYS)
KINDS = {
    "": InvitationKind.INVITATION_KIND_UNSPECIFIED,
    "link": InvitationKind.INVITATION_KIND_LINK,
    "login-details": InvitationKind.INVITATION_KIND_LOGIN_DETAILS,
}
LEFT_OUT = {
    "signed_in": "signed in already",
    "too_soon": "had such a mail within 24 hours, or it is pending",
    "not_active": "suspended",
    "not_permitted": "login details need the right roles:privileged",
}
"""Why somebody is not invited, by the name of the count."""


class Listed(NamedTuple):
    """A user as the list shows them."""

    user: User
    name: str
    status: str
    path: str


async def not_sent(visit: Visit) -> Mapping[str, str]:
    """Why this server sends no such mail, by the mail's name in the contract; '': it does."""
    return unsent(await visit.client.get_server_info())


def unsent(info: GetServerInfoResponse) -> Mapping[str, str]:
    """The same, of a server's facts."""
    return {
        NoticeMail.Name(one.mail).removeprefix("NOTICE_MAIL_"): (
            f"the server's operator has to set up {', '.join(one.missing)}" if one.missing else ""
        )
        for one in info.mails
    }


class _Named(Protocol):
    @property
    def name(self) -> str: ...


async def list_users(visit: Visit) -> Response:
    """The users who fit the conditions of the query; asked to, how many would be invited."""
    if not (visit.asked("import") and "invite" in visit.request.query_params):
        return await _page(visit)
    kind = visit.asked("invite")
    try:
        counts = await _invited(visit, kind, dry_run=True)
    except RollbookError as refused:
        return await _page(visit, refused, kind=kind)
    return await _page(visit, kind=kind, counts=counts)


async def invite_all(visit: Visit) -> Response:
    """Invite all whom the import created and who never signed in."""
    kind = (await visit.form()).text("kind")
    try:
        counts = await _invited(visit, kind, dry_run=False)
    except RollbookError as refused:
        return await _page(visit, refused, kind=kind)
    return await _page(visit, kind=kind, counts=counts, sent=True)


async def _invited(visit: Visit, kind: str, *, dry_run: bool) -> SendInvitationsResponse:
    import_id = visit.asked("import")
    if not import_id:
        raise Refusal(Reason.INVALID_OPTIONS, "The id of the import is missing.")
    wanted = SendInvitationsRequest(import_id=import_id, kind=KINDS.get(kind, KINDS[""]))
    return await visit.client.users.invite(visit.directory, wanted, dry_run=dry_run)


async def _page(
    visit: Visit,
    refused: RollbookError | None = None,
    *,
    kind: str = "",
    counts: SendInvitationsResponse | None = None,
    sent: bool = False,
) -> Response:
    found = ListUsersResponse()
    try:
        found = await _found(visit, _wanted(visit))
    except RollbookError as wrong:
        if wrong.verdict.http not in _SHOWN_AGAIN:
            raise
        refused = refused or wrong
    return visit.page(
        "users.html",
        200 if refused is None else refused.verdict.http,
        users=[_listed(visit, one) for one in found.users],
        next_page=_further(visit, found.next_page_token),
        import_id=visit.asked("import"),
        filtered=any(map(visit.asked, ("text", "status", *_FURTHER))),
        further_filtered=any(map(visit.asked, _FURTHER)),
        zone=zone_of(visit.asked, _DAYS),
        statuses=[name.removeprefix(_PREFIX) for name in _STATUSES],
        suggested=await suggested(visit),
        message="" if refused is None else refused.message,
        kind=kind,
        counts=counts,
        not_sent=await not_sent(visit) if visit.asked("import") else {},
        left_out=[(getattr(counts, name), why) for name, why in LEFT_OUT.items()] if counts else [],
        sent=sent,
    )


async def _found(visit: Visit, wanted: ListUsersRequest) -> ListUsersResponse:
    for _ in range(_MOST_LOOKS):
        page = await visit.client.users.page(wanted)
        if page.users or not page.next_page_token:
            break
        wanted.page_token = page.next_page_token
    return page


def _wanted(visit: Visit) -> ListUsersRequest:
    status = f"{_PREFIX}{visit.asked('status').upper()}"
    wanted = ListUsersRequest(
        directory=visit.directory,
        page_size=_ON_A_PAGE,
        page_token=visit.asked("page"),
        text=visit.asked("text"),
        import_id=visit.asked("import"),
        role=visit.asked("role"),
        location=visit.asked("location"),
        organizational_unit=visit.asked("unit"),
        status=status if status in _STATUSES else None,
    )
    for name, at in moments(visit.asked, _DAYS).items():
        getattr(wanted, name).FromDatetime(at)
    return wanted


def _listed(visit: Visit, user: User) -> Listed:
    return Listed(user, name_of(user), status_of(user), path_of(visit, user))


def name_of(user: User) -> str:
    """The user's name, however the file had it; '' for none."""
    return user.name or f"{user.first_name} {user.last_name}".strip()


def status_of(user: User) -> str:
    """The status's name."""
    return UserStatus.Name(user.status).removeprefix(_PREFIX)


def path_of(visit: Visit, user: User, **query: str) -> str:
    """The address of the user's page: by the number, or by the id if no page can have the number.

    `/users/new` is a form.
    """
    shown = user.employee_number
    if shown == "new":
        shown, query = user.user_id, {"by": "id", **query}
    return visit.path("users", shown) + (f"?{urlencode(query)}" if query else "")


async def suggested(visit: Visit) -> Mapping[str, Sequence[str]]:
    """The first names of roles, locations and units, by field; none to who may not see them."""
    lists: Mapping[str, AsyncIterator[_Named]] = {
        "role": visit.client.roles.list(visit.directory),
        "location": visit.client.locations.list(visit.directory),
        "organizational_unit": visit.client.units.list(visit.directory),
    }
    if not visit.may("directories:read"):
        return dict.fromkeys(lists, ())
    names = await asyncio.gather(*map(_first, lists.values()))
    return dict(zip(lists, names, strict=True))


async def _first(listed: AsyncIterator[_Named]) -> Sequence[str]:
    names: list[str] = []
    async for one in listed:
        names.append(one.name)
        if len(names) == _MOST_SUGGESTED:
            break
    return names


def _further(visit: Visit, token: str) -> str:
    """The address of the next page, '' on the last."""
    if not token:
        return ""
    kept = [
        (name, value)
        for name, value in visit.request.query_params.multi_items()
        if name not in {"page", "invite"}
    ]
    return f"{visit.request.url.path}?{urlencode([*kept, ('page', token)])}"
