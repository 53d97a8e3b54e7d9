"""Imports the file of a request: the answer to `POST /api/admin/users/import`."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from typing import NamedTuple, Protocol

from multipart import parse_options_header
from starlette.datastructures import Headers, QueryParams
from starlette.types import Receive, Scope, Send

from rollbook.client import Client
from rollbook.errors import Reason, Refusal, RollbookError
from rollbook.v1.imports_pb2 import (
    ImportAccepted,
    ImportProgress,
    ImportStart,
    ImportSummary,
    ImportUnderstood,
    RowResults,
)
from rollbook.web.api.lines_answer import LinesAnswer
from rollbook.web.api.whole_answer import WholeAnswer
from rollbook.web.body import Body, Form
from rollbook.web.parameters import import_start
from rollbook.web.site import Site

_PATIENCE = 50.0
"""Seconds for which a client waits after its last byte. Proxies commonly give up after 60."""
_CSV, _FORM, _LINES = "text/csv", "multipart/form-data", "application/x-ndjson"


class _Offered(NamedTuple):
    """An import that may begin, and the bytes of its file, of which none is read yet."""

    start: ImportStart
    file: Callable[[], AsyncGenerator[bytes]]


class _Answer(Protocol):
    """What is answered of an import, while it goes on or at its end."""

    async def accepted(self) -> None:
        """It may begin: from now on the file is read."""

    async def understood(self, event: ImportUnderstood) -> None:
        """What the service made of the header."""

    async def results(self, event: RowResults) -> None:
        """Some rows' results."""

    async def goes_on(self) -> None:
        """The service has all of the file, and goes on without us: nothing more is waited for."""

    async def ended(self, summary: ImportSummary | None, error: RollbookError | None) -> None:
        """It is over, well or not."""


async def import_users(site: Site, scope: Scope, receive: Receive, send: Send) -> None:
    """Import the file and answer.

    The body is read only once the service has taken the token, and the file only once it has
    accepted the import. `end` is sent when form and body have come to their own ends.

    Raises:
        RollbookError: nothing was answered yet, and this is what to answer.
    """
    headers = Headers(scope=scope)
    async with site.client(headers.getlist("authorization")) as client:
        offered = await _offered(client, scope, headers, Body(receive, site.stopping))
        answer: _Answer
        patience: float | None = _PATIENCE
        if _LINES in headers.get("accept", ""):
            answer, patience = LinesAnswer(offered.start, send), None
        else:
            answer = WholeAnswer(client, offered.start, send)
            if _wants_no_wait(headers):
                patience = 0
        await _import(client, offered, answer, patience)


async def _import(
    client: Client, offered: _Offered, answer: _Answer, patience: float | None
) -> None:
    """Import and answer; once the whole file was taken, wait so many seconds (None: to the end)."""
    accepted = asyncio.Event()
    summary: ImportSummary | None = None
    error: RollbookError | None = None

    async def file() -> AsyncIterator[bytes]:
        await accepted.wait()
        async with aclosing(offered.file()) as chunks:
            async for chunk in chunks:
                yield chunk

    try:
        async with (
            aclosing(client.upload_stream(file(), offered.start)) as events,
            asyncio.timeout(None) as limit,
        ):
            async for event in events:
                if isinstance(event, ImportAccepted):
                    accepted.set()
                if isinstance(event, ImportSummary):
                    summary = event
                if isinstance(event, ImportProgress) and event.end_received:
                    _begin_to_wait(limit, patience)
                await _pass_on(event, answer)
    except TimeoutError:
        await answer.goes_on()
        return
    except RollbookError as refused:
        if not accepted.is_set():
            raise
        error = refused
    await answer.ended(summary, error)


def _begin_to_wait(limit: asyncio.Timeout, patience: float | None) -> None:
    """From the first time on: what needs no client any more is waited for this long."""
    if patience is not None and limit.when() is None:
        limit.reschedule(asyncio.get_running_loop().time() + patience)


async def _pass_on(event: object, answer: _Answer) -> None:
    match event:
        case ImportAccepted():
            await answer.accepted()
        case ImportUnderstood():
            await answer.understood(event)
        case RowResults():
            await answer.results(event)


async def _offered(client: Client, scope: Scope, headers: Headers, body: Body) -> _Offered:
    """What the request offers to import.

    Raises:
        RollbookError: the token is not valid, or the request is not as it must be.
    """
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise Refusal(
            Reason.UNSUPPORTED_CONTENT, "The body has a Content-Encoding: send the file as it is."
        )
    given = QueryParams(scope["query_string"]).multi_items()
    kinds = headers.getlist("content-type")
    kind, options = _kind(kinds[0]) if len(kinds) == 1 else ("", {})
    if kind == _CSV:
        return _Offered(import_start(given, headers, options.get("charset", "")), body.chunks)
    if kind == _FORM:
        import_start(given, headers)  # what is wrong with it is answered before a byte is read
        await client.get_server_info()  # and so is what is wrong with the token
        form = Form(body, options.get("boundary", ""))
        start = import_start([*given, *await form.fields()], headers)
        start.file_name = start.file_name or form.filename
        return _Offered(start, form.file)
    raise Refusal(
        Reason.UNSUPPORTED_CONTENT,
        f"The Content-Type must be {_FORM} with a part named file, or {_CSV}.",
    )


def _wants_no_wait(headers: Headers) -> bool:
    """RFC 7240: `Prefer: respond-async`, alone or among others."""
    wishes = ",".join(headers.getlist("prefer")).lower().split(",")
    return any(wish.partition(";")[0].strip() == "respond-async" for wish in wishes)


def _kind(content_type: str) -> tuple[str, dict[str, str]]:
    """A content type in lower case, and what it says more."""
    kind, options = parse_options_header(content_type)  # type: ignore[no-untyped-call]
    return str(kind).lower(), dict(options)
