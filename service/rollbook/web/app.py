"""The paths, and what answers each."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeAlias

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rollbook.client import Client, json_schemas
from rollbook.errors import Reason, Refusal, RollbookError
from rollbook.v1.imports_pb2 import Import, ListImportRowsResponse, ListImportsResponse
from rollbook.v1.users_pb2 import ListUsersResponse, User, WriteUserResponse
from rollbook.web.api import imports, users
from rollbook.web.api.answers import answer, as_json, not_there, refusal
from rollbook.web.api.upload import import_users
from rollbook.web.console.pages import Pages
from rollbook.web.console.routes import console_routes, no_page
from rollbook.web.site import Site

_log = logging.getLogger("rollbook.web")
_OPENAPI = Path(__file__).parent / "api/openapi.json"
_ANSWERED = (
    *(Import, ListImportsResponse, ListImportRowsResponse),
    *(User, ListUsersResponse, WriteUserResponse),
)
"""The messages of the contract that the description names; it has their schemas from here."""
Asked: TypeAlias = Callable[[Client, Request], Awaitable[Response]]
"""What answers a request, by a client that shows the request's own token."""

_USER = "/api/users/{number:path}"


def make_app(site: Site) -> Starlette:
    """The application of a site."""
    described = _description()

    async def openapi(_request: Request) -> Response:
        return answer(described)

    async def healthz(_request: Request) -> Response:
        return answer(b'{"status":"ok"}')

    async def readyz(_request: Request) -> Response:
        async with site.nobody() as client:
            ready = await client.is_serving()
        return answer(as_json({"status": "ok" if ready else "not ready"}), 200 if ready else 503)

    async def report(request: Request) -> Response:
        return await imports.get_report(_client(site, request), request)

    def api(path: str, method: str, asked: Asked) -> Route:
        async def answered(request: Request) -> Response:
            async with _client(site, request) as client:
                return await asked(client, request)

        return Route(path, _careful(answered), methods=[method])

    app = Starlette(
        routes=[
            Route("/api/admin/users/import", _Import(site), methods=["POST"]),
            api("/api/imports", "GET", imports.list_imports),
            api("/api/imports/{id}", "GET", imports.get_import),
            api("/api/imports/{id}/rows", "GET", imports.list_rows),
            Route("/api/imports/{id}/report", _careful(report), methods=["GET"]),
            api("/api/samples/{profile}", "GET", imports.get_sample),
            api("/api/users", "GET", users.list_users),
            api(f"{_USER}/suspend", "POST", users.suspend_user),
            api(f"{_USER}/reactivate", "POST", users.reactivate_user),
            api(f"{_USER}/locks", "PUT", users.set_locks),
            api(_USER, "GET", users.get_user),
            api(_USER, "PUT", users.write_user),
            Route("/api/openapi.json", openapi),
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            *console_routes(site),
        ],
        exception_handlers={HTTPException: _no_route},
    )
    # Its redirects would lead to whatever host the request names.
    app.router.redirect_slashes = False
    return app


class _Answer:
    """Sends an answer, and knows whether it has begun: then another can no longer be given."""

    def __init__(self, send: Send):
        self._send = send
        self.begun = False

    async def __call__(self, message: Message) -> None:
        """Send a part of it."""
        self.begun = True
        await self._send(message)


class Stoppable:
    """An application whose requests are ended when the site stops, where they would take too long.

    They are cancelled then, and a traceback of each would say nothing; nor would that of an answer
    which the service breaks off, such as a report when the database goes away.
    """

    def __init__(self, app: ASGIApp, site: Site):
        self._app = app
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; 503 for what a stop has cancelled before its answer began."""
        sending = _Answer(send)
        try:
            await self._app(scope, receive, sending)
        except asyncio.CancelledError:
            if not self._site.stopping.done():
                raise
            if not sending.begun:
                await _stopped(scope)(scope, receive, send)
        except RollbookError as refused:
            if not sending.begun:
                raise
            # The connection is cut, so that no half answer is taken for a whole one.
            _log.warning("an answer was cut off: %s", refused.reason.value)


def _stopped(scope: Scope) -> Response:
    text = "This server is shutting down, and it is not known whether this was done. Look again."
    why = Refusal(Reason.SERVER_DRAINING, text)
    if scope["path"].startswith("/api/"):
        return refusal(why)
    return Pages().problem(why, scope["method"])


def _description() -> bytes:
    """What `openapi.json` says, with the schemas of the contract's messages."""
    described = json.loads(_OPENAPI.read_bytes())
    described["components"]["schemas"] |= json_schemas(*_ANSWERED)
    return as_json(described)


class _Import:
    """An application of its own, as only it may read the body: when, and how much."""

    def __init__(self, site: Site):
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, whatever happens."""
        sending = _Answer(send)
        try:
            await import_users(self._site, scope, receive, sending)
        except RollbookError as refused:
            if not sending.begun:
                await refusal(refused)(scope, receive, send)
        except Exception as wrong:
            if sending.begun:
                raise  # the connection is cut, so that no half answer is taken for a whole one
            await _broken(wrong)(scope, receive, send)


def _careful(endpoint: Callable[[Request], Awaitable[Response]]) -> Callable[..., object]:
    """The endpoint, whose refusals are answers."""

    async def answered(request: Request) -> Response:
        try:
            return await endpoint(request)
        except RollbookError as refused:
            return refusal(refused)
        except Exception as wrong:
            return _broken(wrong)

    return answered


def _broken(wrong: Exception) -> Response:
    _log.error("a request could not be answered", exc_info=wrong)
    text = "It broke, which is a bug; the server's log has more."
    return refusal(Refusal(Reason.INTERNAL_ERROR, text))


def _client(site: Site, request: Request) -> Client:
    return site.client(request.headers.getlist("authorization"))


async def _no_route(request: Request, wrong: Exception) -> Response:
    status = wrong.status_code if isinstance(wrong, HTTPException) else 500
    api = request.scope["path"].startswith("/api/")
    answered = not_there(status) if api else no_page(status, request.method)
    if isinstance(wrong, HTTPException) and wrong.headers and "Allow" in wrong.headers:
        allowed = _methods(request).union(wrong.headers["Allow"].split(", "))
        answered.headers["allow"] = ", ".join(sorted(allowed))
    return answered


def _methods(request: Request) -> set[str]:
    """The methods that there are at the address of a request: each route knows its own alone."""
    return {
        method
        for route in request.app.routes
        if isinstance(route, Route) and route.matches(request.scope)[0] is not Match.NONE
        for method in route.methods or ()
    }
