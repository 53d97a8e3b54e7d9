"""Signs people in and out: by an access token, a password, or a code that works once.

By OpenID Connect they sign in in `openid.py`; its button is on the form, where there is an issuer.
"""

import re
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from rollbook.errors import Reason, Refusal, RollbookError
from rollbook.v1.credentials_pb2 import LOGIN_RESULT_MUST_CHANGE, LOGIN_RESULT_OK
from rollbook.v1.sessions_pb2 import CreateSessionResponse
from rollbook.web.console.forms import Fields, check_origin, read_form
from rollbook.web.console.pages import USUAL_DIRECTORY, Pages, see
from rollbook.web.console.visit import COOKIE, LAST, keep_session, session_of
from rollbook.web.site import Site

_HERE = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*")
"""A path of this site: what begins with two slashes, or has a backslash, may be another's."""
_OF_A_DIRECTORY = re.compile(r"/d/([a-z][a-z0-9-]*)")
_WRONG = "The directory, name or password is wrong."


class SignIn:
    """The pages `/sign-in` and `/sign-out`."""

    def __init__(self, site: Site, pages: Pages):
        self._site = site
        self._pages = pages

    async def show(self, request: Request) -> Response:
        """The form."""
        asked = request.query_params
        named = asked.get("directory", "")
        return self.form(asked.get("then", "/"), out="signed-out" in asked, directory=named)

    async def take(self, request: Request) -> Response:
        """Open a session, and go on to the page that was asked for."""
        fields = await read_form(request)
        then, named = own_path(fields.text("then")), fields.text("directory")
        try:
            made = await self._means(fields)(fields, request)
        except RollbookError as refused:
            unknown = refused.reason is Reason.PERMISSION_DENIED and "grant" not in refused.facts
            why = _WRONG if unknown else refused.message
            return self.form(then, why, refused.verdict.http, directory=named)
        if made.result == LOGIN_RESULT_MUST_CHANGE:
            text = "This password must be changed first: ask for a link to set a new one."
            return self.form(then, text, 403, directory=named)
        if made.result != LOGIN_RESULT_OK:
            return self.form(then, _WRONG, 401, directory=named)
        answer = see(then)
        keep_session(answer, made.secret)
        return answer

    async def out(self, request: Request) -> Response:
        """End the session, here and at the service."""
        check_origin(request)
        answer = see("/sign-in?signed-out" if self._site.provider else "/sign-in")
        for cookie in (LAST, COOKIE):
            answer.delete_cookie(cookie, path="/", secure=True, httponly=True, samesite="strict")
        if token := session_of(request):
            try:
                async with self._site.of(token) as client:
                    await client.sessions.end()
            except RollbookError as refused:
                if refused.reason not in {Reason.TOKEN_INVALID, Reason.TOKEN_EXPIRED}:
                    raise
        return answer

    def form(
        self,
        then: str,
        message: str = "",
        status: int = 200,
        *,
        out: bool = False,
        directory: str = "",
    ) -> Response:
        """The form, with what went wrong; `out`: somebody has just signed out.

        `directory` '': that of the page which was asked for.
        """
        asked_for = _OF_A_DIRECTORY.match(then)
        return self._pages.page(
            "sign_in.html",
            status,
            visit=None,
            then=own_path(then),
            message=message,
            by_password=self._site.has_own_token,
            issuer=self._site.provider.name if self._site.provider else "",
            out=out,
            directory=directory or (asked_for[1] if asked_for else USUAL_DIRECTORY),
        )

    def _means(
        self, fields: Fields
    ) -> Callable[[Fields, Request], Awaitable[CreateSessionResponse]]:
        if fields.is_set("code"):
            return self._by_code
        return self._by_token if fields.is_set("token") else self._by_password

    async def _by_code(self, fields: Fields, _request: Request) -> CreateSessionResponse:
        token = self._site.redeem(fields.text("code"))
        if not token:
            raise Refusal(
                Reason.TOKEN_INVALID,
                "This link was used already, or is one of an earlier start: it signs in once. Use "
                "an access token, or start the server again for a new link.",
            )
        async with self._site.of(token) as client:
            return await client.sessions.open()

    async def _by_token(self, fields: Fields, _request: Request) -> CreateSessionResponse:
        async with self._site.of(fields.text("token")) as client:
            return await client.sessions.open()

    async def _by_password(self, fields: Fields, request: Request) -> CreateSessionResponse:
        name = fields.text("name")
        key = {"email": name} if "@" in name else {"username": name}
        async with self._site.own() as client:
            return await client.sessions.sign_in(
                fields.text("directory"),
                fields.secret("password"),
                client=request.client.host if request.client else "",
                **key,
            )


def own_path(path: str) -> str:
    """The path, with its query, where it is one of this site; else that of the first page."""
    return path if _HERE.fullmatch(path) else "/"
