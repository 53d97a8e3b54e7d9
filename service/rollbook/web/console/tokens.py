"""The page of access tokens: listed, created with rights of the caller's own, and revoked."""

from starlette.responses import Response

from rollbook.errors import Reason, Refusal, RollbookError
from rollbook.v1.tokens_pb2 import Token
from rollbook.web.console.forms import Fields
from rollbook.web.console.pages import see
from rollbook.web.console.visit import Visit

_MOST_SHOWN = 500


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
        return await _page(visit, refused)
    return await _page(visit, secret=made.secret, of=made.token.principal)


async def _page(
    visit: Visit, refused: RollbookError | None = None, secret: str = "", of: str = ""
) -> Response:
    may = visit.may("tokens:write")
    tokens = [one async for one in visit.client.tokens.list()] if may else []
    return visit.page(
        "tokens.html",
        200 if refused is None else refused.verdict.http,
        tokens=tokens[-_MOST_SHOWN:][::-1],
        cut=len(tokens) > _MOST_SHOWN,
        scopes=sorted(visit.scopes),
        message="" if refused is None else refused.message,
        secret=secret,
        of=of,
    )


def _wanted(fields: Fields) -> Token:
    directories = fields.all("directory")
    if not directories:
        raise Refusal(Reason.INVALID_OPTIONS, "Tick the directories that the token opens.")
    everywhere = "*" in directories
    return Token(
        principal=fields.text("principal"),
        description=fields.text("description"),
        scopes=fields.all("scope"),
        directories=[] if everywhere else directories,
        all_directories=everywhere,
    )
