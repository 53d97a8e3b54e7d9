"""The pages for everybody: set a password by a link, and ask for a link."""

import re

from starlette.requests import Request
from starlette.responses import Response

from rollbook.errors import Reason, RollbookError
from rollbook.web.console.forms import read_form
from rollbook.web.console.pages import USUAL_DIRECTORY, Pages
from rollbook.web.site import Site

_DEAD = frozenset({Reason.TOKEN_REJECTED, Reason.PERMISSION_DENIED})
"""The link is none, or of a directory that is none."""
_NAME = re.compile(r"[a-z][a-z0-9-]{0,63}")
"""What the name of a directory looks like: a link may have any text in its place."""


class Recovery:
    """`/set-password` and `/forgot-password`."""

    def __init__(self, site: Site, pages: Pages):
        self._site = site
        self._pages = pages

    async def show_set(self, _request: Request) -> Response:
        """The form. The link's token is in the fragment: opening the page redeems nothing."""
        return self._set()

    async def set(self, request: Request) -> Response:
        """Set the password, which uses the link up."""
        fields = await read_form(request)
        link = fields.text("token")
        if fields.secret("password") != fields.secret("again"):
            return self._set(link, ["The two passwords differ."], 422)
        directory, _, token = link.partition(".")
        try:
            async with self._site.own() as client:
                await client.credentials.set_by_link(
                    directory, token, fields.secret("password"), client=_address(request)
                )
        except RollbookError as refused:
            return self._set(
                "" if refused.reason in _DEAD else link,
                refused.message.splitlines(),
                refused.verdict.http,
                dead=refused.reason in _DEAD,
            )
        return self._pages.page("password_set.html", visit=None, directory=directory)

    def _set(
        self,
        token: str = "",
        messages: list[str] | None = None,
        status: int = 200,
        *,
        dead: bool = False,
    ) -> Response:
        directory, _, _ = token.partition(".")
        return self._pages.page(
            "set_password.html",
            status,
            visit=None,
            token=token,
            directory=directory if _NAME.fullmatch(directory) else "",
            messages=messages or [],
            dead=dead,
        )

    async def show_forgot(self, request: Request) -> Response:
        """The form; a link to it may name the directory: `?directory=acme`."""
        return self._forgot(request.query_params.get("directory", ""))

    async def forgot(self, request: Request) -> Response:
        """Ask for a link: the answer is the same for everybody."""
        fields = await read_form(request)
        name, directory = fields.text("name"), fields.text("directory")
        try:
            key = {"email": name} if "@" in name else {"username": name}
            async with self._site.own() as client:
                await client.credentials.request_reset(directory, client=_address(request), **key)
        except RollbookError as refused:
            if refused.reason is not Reason.PERMISSION_DENIED:
                return self._forgot(directory, name, refused)
        return self._forgot(directory, done=True)

    def _forgot(
        self,
        directory: str,
        name: str = "",
        refused: RollbookError | None = None,
        *,
        done: bool = False,
    ) -> Response:
        return self._pages.page(
            "forgot_password.html",
            200 if refused is None else refused.verdict.http,
            visit=None,
            directory=directory or USUAL_DIRECTORY,
            name=name,
            done=done,
            message="" if refused is None else refused.message,
        )


def _address(request: Request) -> str:
    return request.client.host if request.client else ""
