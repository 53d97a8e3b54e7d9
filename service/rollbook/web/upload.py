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
    ImportStart,
    ImportSummary,
    ImportUnderstood,
    RowResults,
)
from rollbook.web.body import Body, Form
from rollbook.web.lines_answer import LinesAnswer
from rollbook.web.parameters import import_start
from rollbook.web.site import Site
from rollbook.web.whole_answer import WholeAnswer

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
        if _LINES in headers.get("accept", ""):
            answer = LinesAnswer(offered.start, send)
        else:
            answer = WholeAnswer(client, offered.start, send)
        await _import(client, offered, answer)


async def _import(client: Client, offered: _Offered, answer: _Answer) -> None:
    accepted = asyncio.Event()
    summary: ImportSummary | None = None
    error: RollbookError | None = None

    async def file() -> AsyncIterator[bytes]:
        await accepted.wait()
        async with aclosing(offered.file()) as chunks:
            async for chunk in chunks:
                yield chunk

    try:
        async with aclosing(client.upload_stream(file(), offered.start)) as events:
            async for event in events:
                match event:
                    case ImportAccepted():
                        accepted.set()
                        await answer.accepted()
                    case ImportUnderstood():
                        await answer.understood(event)
                    case RowResults():
                        await answer.results(event)
                    case ImportSummary():
                        summary = event
    except RollbookError as refused:
        if not accepted.is_set():
            raise
        error = refused
    await answer.ended(summary, error)


async def _offered(client: Client, scope: Scope, headers: Headers, body: Body) -> _Offered:
    """What the request offers to import.

    Raises:
        RollbookError: the token is not valid, or the request is not as it must be.
    """
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise Refusal(
            Reason.UNSUPPORTED_CONTENT, "the body has a Content-Encoding: send the file as it is"
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
        return _Offered(import_start([*given, *await form.fields()], headers), form.file)
    raise Refusal(
        Reason.UNSUPPORTED_CONTENT,
        f"the Content-Type must be {_FORM} with a part named file, or {_CSV}",
    )


def _kind(content_type: str) -> tuple[str, dict[str, str]]:
    """A content type in lower case, and what it says more."""
    kind, options = parse_options_header(content_type)  # type: ignore[no-untyped-call]
    return str(kind).lower(), dict(options)
