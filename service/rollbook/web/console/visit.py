"""One request to the console: whose it is, in which directory, and what they may."""

import logging
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import Response

from rollbook.client import Client
from rollbook.errors import Reason, Refusal, RollbookError
from rollbook.web.console.forms import Fields, read_form
from rollbook.web.console.pages import BROKEN, Pages, see
from rollbook.web.site import Site

_log = logging.getLogger("rollbook.web")
COOKIE = "__Host-rollbook"
"""`__Host-`: a browser takes it over TLS or on this machine alone, for this host and all paths."""
LAST = "__Host-directory"
"""The cookie with the directory that was looked at last: other pages keep its menu."""
ENDED = frozenset({Reason.TOKEN_INVALID, Reason.TOKEN_EXPIRED, Reason.TOKEN_MISSING})
"""Reasons that say that the session is none, or is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A request of somebody who is signed in. `directory` '': the page is of no directory.

    `all_directories`: the caller may enter each, also later ones.
    """

    request: Request
    client: Client
    pages: Pages
    principal: str
    scopes: frozenset[str]
    directories: Sequence[str]
    all_directories: bool
    directory: str

    def may(self, *scopes: str) -> bool:
        """Whether the session has any of the scopes."""
        return bool(self.scopes.intersection(scopes))

    @property
    def menu(self) -> str:
        """The directory whose menu the page has: its own, else the last one, or the only one."""
        if self.directory:
            return self.directory
        last = self.request.cookies.get(LAST, "")
        if last in self.directories:
            return last
        return self.directories[0] if len(self.directories) == 1 else ""

    def path(self, *parts: str, directory: str = "") -> str:
        """The path of a page of this directory, or of another."""
        first = ("d", directory or self.directory)
        return "/" + "/".join(quote(part, safe="") for part in (*first, *parts))

    def page(self, template: str, status: int = 200, **values: object) -> Response:
        """The page of a template, with this visit in it."""
        return self.pages.page(template, status, visit=self, **values)

    def asked(self, name: str) -> str:
        """A word of the query, '' where it is missing."""
        return self.request.query_params.get(name, "").strip()

    async def form(self, *, of_rows: bool = False) -> Fields:
        """The fields of the form that was sent.

        Raises:
            Refusal: as `read_form`.
        """
        return await read_form(self.request, of_rows=of_rows)


Page: TypeAlias = Callable[[Visit], Awaitable[Response]]
"""What answers a visit."""
Open: TypeAlias = Callable[[Request], Awaitable[Response]]
"""What answers any request."""


def signed_in(site: Site, pages: Pages, page: Page) -> Open:
    """The page for somebody who is signed in; others are asked to sign in, and then come back."""

    async def answered(request: Request) -> Response:
        token = session_of(request)
        if not token:
            return not_signed_in(request, pages)
        visit: Visit | None = None
        try:
            async with site.of(token) as client:
                visit = await visit_of(request, client, pages)
                answer = await page(visit)
                _remember(visit, answer)
                return answer
        except RollbookError as refused:
            if refused.reason in ENDED:
                return not_signed_in(request, pages)
            why = _missing(visit, refused) if visit else refused
            return pages.problem(why, request.method, visit=visit)

    return anybody(pages, answered)


def anybody(pages: Pages, answer: Open) -> Open:
    """The page for everybody; what is refused, or breaks, is a page too."""

    async def answered(request: Request) -> Response:
        try:
            return await answer(request)
        except RollbookError as refused:
            return pages.problem(refused, request.method)
        except Exception as wrong:
            _log.error("a page could not be shown", exc_info=wrong)
            return pages.problem(Refusal(Reason.INTERNAL_ERROR, BROKEN), request.method)

    return answered


def _missing(visit: Visit, refused: RollbookError) -> RollbookError:
    """What is refused; or what is not there, to a caller who may see the whole list of such.

    To others the service answers the same for what is missing and what is not theirs.
    """
    where, import_id = visit.directory, visit.request.path_params.get("id", "")
    if visit.request.method != "GET":
        return refused
    text = ""
    if where and where not in visit.directories:
        if visit.all_directories and visit.may("directories:read"):
            text = f"There is no directory {where[:64]!r}."
    elif import_id and visit.may("imports:read"):
        is_denied = refused.reason is Reason.PERMISSION_DENIED
        if is_denied or not _is_id(import_id):
            text = f"There is no import {import_id[:36]!r} in {where}."
    return Refusal(Reason.RESOURCE_NOT_FOUND, text) if text else refused


def _is_id(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


async def visit_of(request: Request, client: Client, pages: Pages) -> Visit:
    """The visit of a client that shows a session.

    Raises:
        RollbookError: the session has ended, or the service does not answer.
    """
    caller = await client.sessions.caller()
    may_list = caller.all_directories and "directories:read" in caller.scopes
    known = [one.name async for one in client.directories.list()] if may_list else []
    return Visit(
        request=request,
        client=client,
        pages=pages,
        principal=caller.principal,
        scopes=frozenset(caller.scopes),
        directories=sorted({*caller.directories, *known}),
        all_directories=caller.all_directories,
        directory=request.path_params.get("directory", ""),
    )


def session_of(request: Request) -> str:
    """The session that the request's cookie names; '' where there is none."""
    return request.cookies.get(COOKIE, "")


def keep_session(answer: Response, secret: str) -> None:
    """Let the browser keep the session, and show it to pages of this very site alone."""
    answer.set_cookie(COOKIE, secret, path="/", secure=True, httponly=True, samesite="strict")


def _remember(visit: Visit, answer: Response) -> None:
    """Let the browser keep which directory was looked at."""
    known = visit.directory in visit.directories
    if known and answer.status_code < 400 and visit.request.cookies.get(LAST) != visit.directory:
        answer.set_cookie(
            LAST, visit.directory, path="/", secure=True, httponly=True, samesite="strict"
        )


def not_signed_in(request: Request, pages: Pages, *, download: bool = False) -> Response:
    """A visitor who asks for a page signs in first, and then sees it.

    Somebody who sends a form or fetches a file reads that it was not done: what was typed is one
    step back, and a file that is none must not look like one.
    """
    if request.method != "GET" or download:
        then = _came_from(request)
        return pages.page("ended.html", 401, visit=None, then=then, download=download)
    # As it was sent: a number may have letters that an address has not.
    path, query = request.scope["raw_path"].decode(), request.scope["query_string"].decode()
    return see(f"/sign-in?then={quote(f'{path}?{query}' if query else path, safe='')}")


def _came_from(request: Request) -> str:
    """The page of this site on which the form or the link was; '/' where nobody says."""
    try:
        page = urlsplit(request.headers.get("referer", ""))
    except ValueError:  # no browser writes it so
        return "/"
    if not page.path or page.netloc != request.headers.get("host", ""):
        return "/"
    return page.path + (f"?{page.query}" if page.query else "")
