"""Takes a file from the browser and has it previewed: the form of `/d/DIRECTORY/imports`."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from io import BytesIO

from multipart import parse_options_header
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from rollbook.client import WORKBOOK_SUFFIXES, Client, workbook_to_csv
from rollbook.errors import Reason, Refusal, RollbookError
from rollbook.v1.imports_pb2 import ImportAccepted, ImportStart
from rollbook.web.body import Body, Form
from rollbook.web.console.forms import check_origin
from rollbook.web.console.pages import Pages, see
from rollbook.web.console.visit import Visit, anybody, session_of, to_sign_in, visit_of
from rollbook.web.parameters import import_start
from rollbook.web.site import Site

USUAL_PROFILE = "default"
"""What a form shows until another is chosen."""
_ALWAYS = {"commit": "NONE", "include_changes": "true"}
"""Every file is looked at first: what is applied is what was seen."""
_MOST_OF_A_WORKBOOK = 32 * 1024 * 1024
_CHUNK_BYTES = 256 * 1024


class Upload:
    """An application of its own, as only it may read the body: when, and how much."""

    def __init__(self, site: Site, pages: Pages):
        self._site = site
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Preview the file, and go to the page of the import; or show the form again, and why."""
        request = Request(scope, receive)
        body = Body(receive, self._site.stopping)

        async def answered(request: Request) -> Response:
            return await self._answer(request, body)

        answer = await anybody(self._pages, answered)(request)
        await answer(scope, receive, send)

    async def _answer(self, request: Request, body: Body) -> Response:
        token = session_of(request)
        if not token:
            return to_sign_in(request)
        check_origin(request)
        async with self._site.of(token) as client:
            visit = await visit_of(request, client, self._pages)
            try:
                start = await self._preview(visit, Form(body, boundary_of(request)))
            except RollbookError as refused:
                return await upload_page(visit, refused)
            return see(visit.path("imports", start.import_id))

    async def _preview(self, visit: Visit, form: Form) -> ImportStart:
        fields = [(name, value) for name, value in await form.fields() if value]
        start = import_start(
            [("directory", visit.directory), *fields, *_ALWAYS.items()], visit.request.headers
        )
        chunks = form.file()
        if form.filename.lower().endswith(WORKBOOK_SUFFIXES):
            chunks = _workbook(chunks)
        await _all_of_it(visit.client, chunks, start)
        return start


async def upload_page(visit: Visit, refused: RollbookError | None = None) -> Response:
    """The form for a file; with why the last one was refused."""
    info = await visit.client.get_server_info()
    return visit.page(
        "upload.html",
        200 if refused is None else refused.verdict.http,
        profiles=info.profiles,
        profile=visit.asked("profile") or USUAL_PROFILE,
        message="" if refused is None else refused.message,
    )


async def _all_of_it(client: Client, chunks: AsyncGenerator[bytes], start: ImportStart) -> None:
    accepted = asyncio.Event()

    async def file() -> AsyncIterator[bytes]:
        await accepted.wait()  # what is refused at once is refused before the file is read
        async with aclosing(chunks):
            async for chunk in chunks:
                yield chunk

    async with aclosing(client.upload_stream(file(), start)) as events:
        async for event in events:
            if isinstance(event, ImportAccepted):
                accepted.set()


async def _workbook(chunks: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    """The first sheet of a workbook as CSV. A workbook is read in memory: it has no beginning.

    Raises:
        Refusal: UNSUPPORTED_CONTENT, it is too large, or none that can be read.
    """
    book = BytesIO()
    async with aclosing(chunks):
        async for chunk in chunks:
            book.write(chunk)
            if book.tell() > _MOST_OF_A_WORKBOOK:
                raise Refusal(
                    Reason.UNSUPPORTED_CONTENT,
                    "the workbook is larger than 32 MiB: save its first sheet as CSV",
                )
    sheet = BytesIO()
    try:
        await asyncio.to_thread(workbook_to_csv, book, sheet)
    except ModuleNotFoundError:
        raise Refusal(
            Reason.UNSUPPORTED_CONTENT,
            "workbooks are not read here: the extra `excel` is not installed; save it as CSV",
        ) from None
    except ValueError as wrong:
        raise Refusal(Reason.UNSUPPORTED_CONTENT, f"the workbook: {wrong}") from None
    text = sheet.getbuffer()
    for begin in range(0, len(text), _CHUNK_BYTES):
        yield bytes(text[begin : begin + _CHUNK_BYTES])


def boundary_of(request: Request) -> str:
    """The boundary of the request's form with a file.

    Raises:
        Refusal: UNSUPPORTED_CONTENT, it is no such form.
    """
    kind, options = parse_options_header(request.headers.get("content-type", ""))  # type: ignore[no-untyped-call]
    if str(kind).lower() != "multipart/form-data":
        raise Refusal(Reason.UNSUPPORTED_CONTENT, "the form is not multipart/form-data")
    return str(options.get("boundary", ""))
