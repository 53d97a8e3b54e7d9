"""The page of access tokens: listed, created with rights of the caller's own, and revoked.

On the page of a user the rights of one who signs in with a password, which are a token, too.
"""

from collections import deque
from datetime import UTC, datetime
from urllib.parse import urlencode

from starlette.responses import Response

from rollbook.errors import Reason, Refusal, RollbookError
from rollbook.v1.tokens_pb2 import LinkedUser, Token
from rollbook.v1.users_pb2 import User, UserKey
from rollbook.web.console.days import moments
from rollbook.web.console.forms import Fields
from rollbook.web.console.pages import see
from rollbook.web.console.visit import Visit

_ON_A_PAGE = 100
_LAST_PAGE = 10_000


async def show(visit: Visit) -> Response:
    """The tokens that the caller could have made, and a form for a new one."""
    return await _page(visit)


async def act(visit: Visit) -> Response:
    """Create a token, whose clear text the answer shows this once; or revoke one."""
    fields = await visit.form()
    try:
        if fields.text("do") == "revoke":
            await visit.client.tokens.revoke(fields.text("token_id"))
            return see("/tokens")
        made = await visit.client.tokens.create(_wanted(fields))
    except RollbookError as refused:
        return await _page(visit, refused, typed=fields)
    return await _page(visit, secret=made.secret, of=made.token.principal)


async def _page(
    visit: Visit,
    refused: RollbookError | None = None,
    *,
    typed: Fields | None = None,
    secret: str = "",
    of: str = "",
) -> Response:
    principal, page = visit.asked("whose"), _number(visit.asked("page"))
    number = 0
    newest: deque[Token] = deque(maxlen=page * _ON_A_PAGE)  # the service has the oldest first
    if visit.may("tokens:write"):
        async for one in visit.client.tokens.list(principal):
            newest.append(one)
            number += 1
    before = (page - 1) * _ON_A_PAGE
    shown = [*reversed(newest)][before:] if number > before else []
    now = datetime.now(UTC)
    return visit.page(
        "tokens.html",
        200 if refused is None else refused.verdict.http,
        tokens=[(one, one.expire_time.ToDatetime(UTC) <= now) for one in shown],
        number=number,
        first=before + 1,
        whose=principal,
        newer=_address(principal, page - 1) if page > 1 else "",
        older=_address(principal, page + 1) if number > page * _ON_A_PAGE else "",
        typed=typed or Fields([]),
        scopes=sorted(visit.scopes),
        message="" if refused is None else refused.message,
        secret=secret,
        of=of,
    )


def _number(text: str) -> int:
    """The number of a page, from 1 on; 1 where it is none."""
    is_one = text.isascii() and text.isdecimal() and len(text) < 9
    return min(max(int(text), 1), _LAST_PAGE) if is_one else 1


def _address(principal: str, page: int) -> str:
    return f"/tokens?{urlencode({'whose': principal, 'page': page})}"


def _wanted(fields: Fields) -> Token:
    directories = fields.all("directory")
    if not directories:
        raise Refusal(Reason.INVALID_OPTIONS, "Tick the directories that the token opens.")
    everywhere = "*" in directories
    token = Token(
        principal=fields.text("principal"),
        description=fields.text("description"),
        scopes=fields.all("scope"),
        directories=[] if everywhere else directories,
        all_directories=everywhere,
    )
    _expire(token, fields)
    return token


def _expire(token: Token, fields: Fields) -> None:
    for at in moments(fields.text, ["expires"]).values():
        token.expire_time.FromDatetime(at)


def grant_name(visit: Visit, user: User) -> str:
    """The principal of a user's grant, unless another is chosen: as the command names it."""
    return f"{visit.directory}/{user.employee_number}"


async def grant_of(visit: Visit, user: User) -> Token | None:
    """The newest grant of that principal that is in force, if the caller may see it."""
    found = None
    if visit.may("tokens:write"):
        async for one in visit.client.tokens.list(grant_name(visit, user)):
            ended = one.HasField("revoke_time") or one.expire_time.ToDatetime(UTC) <= datetime.now(
                UTC
            )
            if one.for_login and one.user.user.user_id == user.user_id and not ended:
                found = one
    return found


async def grant(visit: Visit, user: User, fields: Fields) -> None:
    """Let the user sign in with a password, with the rights that are ticked, in this directory."""
    token = Token(
        principal=fields.text("principal") or grant_name(visit, user),
        description="Signs in with a password",
        scopes=fields.all("scope"),
        directories=[visit.directory],
        user=LinkedUser(directory=visit.directory, user=UserKey(user_id=user.user_id)),
        for_login=True,
    )
    _expire(token, fields)
    await visit.client.tokens.create(token)
