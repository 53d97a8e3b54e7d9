"""The paths, and what answers each."""

import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from rollbook.client import Client, plain
from rollbook.errors import Reason, Refusal, RollbookError
from rollbook.web.answers import answer, as_json, not_there, refusal
from rollbook.web.console.routes import console_routes, no_page
from rollbook.web.site import Site
from rollbook.web.upload import import_users

_log = logging.getLogger("rollbook.web")
_OPENAPI = Path(__file__).with_name("openapi.json")

IMPORT, ONE, REPORT = (
    "/api/admin/users/import",
    "/api/imports/{id}",
    "/api/imports/{id}/report",
)


def make_app(site: Site) -> Starlette:
    """The application of a site."""
    described = json.dumps(json.loads(_OPENAPI.read_bytes())).encode()

    async def openapi(_request: Request) -> Response:
        return answer(described)

    async def healthz(_request: Request) -> Response:
        return answer(b'{"status":"ok"}')

    async def readyz(_request: Request) -> Response:
        async with site.nobody() as client:
            ready = await client.is_serving()
        return answer(as_json({"status": "ok" if ready else "not ready"}), 200 if ready else 503)

    async def get_import(request: Request) -> Response:
        async with _client(site, request) as client:
            found = await client.get_import(_directory(request), request.path_params["id"])
        return answer(as_json(plain(found)))

    async def get_report(request: Request) -> Response:
        return await _report(_client(site, request), request)

    return Starlette(
        routes=[
            Route(IMPORT, _Import(site), methods=["POST"]),
            Route(ONE, _careful(get_import)),
            Route(REPORT, _careful(get_report)),
            Route("/api/openapi.json", openapi),
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            *console_routes(site),
        ],
        exception_handlers={HTTPException: _no_route},
    )


class _Import:
    """An application of its own, as only it may read the body: when, and how much."""

    def __init__(self, site: Site):
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, whatever happens."""
        begun = False

        async def sending(message: object) -> None:
            nonlocal begun
            begun = True
            await send(message)  # type: ignore[arg-type]  # it is what was given to us

        try:
            await import_users(self._site, scope, receive, sending)
        except RollbookError as refused:
            if not begun:
                await refusal(refused)(scope, receive, send)
        except Exception as wrong:
            if begun:
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
    text = "it broke, which is a bug; the server's log has more"
    return refusal(Refusal(Reason.INTERNAL_ERROR, text))


def _client(site: Site, request: Request) -> Client:
    return site.client(request.headers.getlist("authorization"))


def _directory(request: Request) -> str:
    return request.query_params.get("directory", "main")


async def _report(client: Client, request: Request) -> Response:
    """The report, once its first piece has shown that there is one."""
    import_id = request.path_params["id"]
    pieces = client.imports.report(_directory(request), import_id)
    try:
        first = await anext(pieces, b"")
    except BaseException:
        await client.__aexit__()
        raise

    async def all_of_it() -> AsyncIterator[bytes]:
        async with client, aclosing(pieces):
            yield first
            async for piece in pieces:
                yield piece

    headers = {
        "cache-control": "no-store",
        "content-disposition": 'attachment; filename="failed-rows.csv"',
        "x-content-type-options": "nosniff",
    }
    return StreamingResponse(all_of_it(), 200, headers, "text/csv; charset=utf-8")


async def _no_route(request: Request, wrong: Exception) -> Response:
    status = wrong.status_code if isinstance(wrong, HTTPException) else 500
    return not_there(status) if request.url.path.startswith("/api/") else no_page(status)
