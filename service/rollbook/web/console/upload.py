"""Takes a file from the browser and has it previewed: the form of `/d/DIRECTORY/imports`."""

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from io import BytesIO

from multipart import parse_options_header
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from rollbook.client import AS_CSV, WORKBOOK_SUFFIXES, Client, option_values, workbook_to_csv
from rollbook.errors import Reason, Refusal, RollbookError
from rollbook.v1.imports_pb2 import ImportAccepted, ImportStart, UserRow
from rollbook.web.body import Body, Form
from rollbook.web.console.forms import Fields, check_origin
from rollbook.web.console.pages import Pages, see
from rollbook.web.console.running import Remembered
from rollbook.web.console.users import unsent
from rollbook.web.console.visit import ENDED, Visit, anybody, not_signed_in, session_of, visit_of
from rollbook.web.console.words import COLUMNS, ENCODING_CERTAIN, OPTIONS, SINGLE_NAMES
from rollbook.web.parameters import import_start
from rollbook.web.site import Site

USUAL_PROFILE = "default"
"""What a form shows until another is chosen."""
FIELDS = [one.name for one in UserRow.DESCRIPTOR.fields if one.name != "attributes"]
"""What a column may feed."""
_CHOICES = {
    name: OPTIONS[name]
    for name in (
        *("mode", "missing_users", "unknown_role", "unknown_location", "unknown_unit"),
        *("unknown_columns", "blanks", "identity", "first_password", "notify"),
    )
}
"""Options of which one of a few words is chosen, with what they are about."""
_MAILS = {"WELCOME_NEW": "WELCOME", "INVITE_NEW": "INVITATION", "LOGIN_DETAILS": "LOGIN_DETAILS"}
"""The mail that each choice of `notify` asks for."""
ENCODINGS = (
    *("windows-1252", "utf-16", "iso-8859-15", "windows-1250", "windows-1251", "shift_jis"),
    *("gb18030", "utf-16le", "utf-16be", "iso-8859-1", "macintosh", "cp437", "cp850", "euc-kr"),
    *("big5", *(f"windows-{page}" for page in range(1253, 1259))),
    *(f"iso-8859-{part}" for part in (*range(2, 12), 13, 14, 16)),
)
"""Encodings that the form offers beside UTF-8, the usual ones first."""
_FREE = (
    *("encoding", "encoding_certain", "delimiter", "source", "max_failed_rows"),
    "single_names",
)
_LEAST_COLUMNS = 3
"""Lines of the form in which a column is named."""
_ALWAYS = {"commit": "NONE", "include_changes": "true"}
"""Every file is looked at first: what is applied is what was seen."""
_MOST_OF_A_WORKBOOK = 32 * 1024 * 1024
_MOST_OF_A_SHEET = 64 * 1024 * 1024
"""Characters of its CSV, which is in memory, too."""
_CHUNK_BYTES = 256 * 1024


class Upload:
    """An application of its own, as only it may read the body: when, and how much."""

    def __init__(self, site: Site, pages: Pages, notes: Remembered):
        """`notes` keeps the messages about a workbook beside its import."""
        self._site = site
        self._pages = pages
        self._notes = notes

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
            return not_signed_in(request, self._pages)
        check_origin(request)
        try:
            return await self._taken(request, body, token)
        except RollbookError as refused:
            if refused.reason in ENDED:
                return not_signed_in(request, self._pages)
            raise

    async def _taken(self, request: Request, body: Body, token: str) -> Response:
        async with self._site.of(token) as client:
            visit = await visit_of(request, client, self._pages)
            typed = Fields([])
            try:
                form = Form(body, boundary_of(request))
                typed = Fields(await form.fields())
                start = await self._preview(visit, form, typed)
            except RollbookError as refused:
                return await upload_page(visit, refused, typed)
            return see(visit.path("imports", start.import_id))

    async def _preview(self, visit: Visit, form: Form, typed: Fields) -> ImportStart:
        fields = [
            (name, value)
            for name, value in typed.pairs
            if value and not name.startswith(("header.", "feeds."))
        ]
        fields += [("column", f"{header}={field}") for header, field in _columns(typed) if header]
        is_workbook = form.filename.lower().endswith(WORKBOOK_SUFFIXES)
        if is_workbook:
            fields = [(name, value) for name, value in fields if name not in AS_CSV]
            fields += AS_CSV.items()
        start = import_start(
            [("directory", visit.directory), *fields, *_ALWAYS.items()], visit.request.headers
        )
        start.file_name = form.filename
        chunks, notes = form.file(), list[str]()
        if is_workbook:
            chunks = _workbook(chunks, notes)
        try:
            await _all_of_it(visit.client, chunks, start)
        except RollbookError as refused:  # the import that stopped keeps its reason, and no text
            self._notes.keep(visit.directory, start.import_id, [*notes, refused.message])
            raise
        self._notes.keep(visit.directory, start.import_id, notes)
        return start


def _columns(typed: Fields) -> list[tuple[str, str]]:
    """The headers that were named, each with the field that it feeds."""
    return [
        (value.strip(), typed.text(f"feeds.{name.removeprefix('header.')}"))
        for name, value in typed.pairs
        if name.startswith("header.")
    ]


async def upload_page(
    visit: Visit, refused: RollbookError | None = None, typed: Fields | None = None
) -> Response:
    """The form for a file; with why the last one was refused, and what was chosen for it."""
    info = await visit.client.get_server_info()
    typed = typed or Fields([])
    columns = [(header, field) for header, field in _columns(typed) if header]
    missing = refused.facts.get("missing", "") if refused else ""
    named = {field for _, field in columns}
    columns += [("", field) for field in missing.split(", ") if field and field not in named]
    columns += [("", "")] * max(1, _LEAST_COLUMNS - len(columns))
    return visit.page(
        "upload.html",
        200 if refused is None else refused.verdict.http,
        profiles=info.profiles,
        profile=typed.text("profile") or visit.asked("profile") or USUAL_PROFILE,
        typed=typed,
        encodings=ENCODINGS,
        labels=(SINGLE_NAMES, ENCODING_CERTAIN, COLUMNS),
        choices=[(name, text, option_values(name)) for name, text in _CHOICES.items()],
        grey={"notify": _not_mailed(visit, unsent(info))},
        columns=columns,
        headers=_not_understood(refused),
        columns_open=bool(named or missing or (refused and "unknown" in refused.facts)),
        options_open=any(typed.text(name) for name in (*_CHOICES, *_FREE)),
        fields=FIELDS,
        message="" if refused is None else refused.message,
    )


def _not_mailed(visit: Visit, reasons: Mapping[str, str]) -> Mapping[str, str]:
    """Why a choice of `notify` cannot be made, by the choice; '': it can."""
    found = {choice: reasons.get(mail, "") for choice, mail in _MAILS.items()}
    if not visit.may("credentials:write"):
        found["LOGIN_DETAILS"] = found["LOGIN_DETAILS"] or "needs the right credentials:write"
    return found


def _not_understood(refused: RollbookError | None) -> list[str]:
    """The headers that a refusal names, to choose from; it names ten, and how many more."""
    names = refused.facts.get("unknown", "") if refused else ""
    return [name for name in re.sub(r" and \d+ more$", "", names).split(", ") if name]


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


async def _workbook(chunks: AsyncGenerator[bytes], notes: list[str]) -> AsyncGenerator[bytes]:
    """The first sheet of a workbook as CSV. A workbook is read in memory: it has no beginning.

    What the sheet may have lost is added to `notes`.

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
                    "The workbook is larger than 32 MiB. Save its first sheet as CSV.",
                )
    sheet = BytesIO()
    try:
        notes += await asyncio.to_thread(workbook_to_csv, book, sheet, _MOST_OF_A_SHEET)
    except ModuleNotFoundError:
        raise Refusal(
            Reason.UNSUPPORTED_CONTENT,
            "Workbooks are not read on this server. Save the sheet as CSV, and upload that.",
        ) from None
    except ValueError as wrong:
        text = f"The workbook cannot be read: {wrong}."
        raise Refusal(Reason.UNSUPPORTED_CONTENT, text) from None
    csv = sheet.getbuffer()
    for begin in range(0, len(csv), _CHUNK_BYTES):
        yield bytes(csv[begin : begin + _CHUNK_BYTES])


def boundary_of(request: Request) -> str:
    """The boundary of the request's form with a file.

    Raises:
        Refusal: UNSUPPORTED_CONTENT, it is no such form.
    """
    kind, options = parse_options_header(request.headers.get("content-type", ""))  # type: ignore[no-untyped-call]
    if str(kind).lower() != "multipart/form-data":
        raise Refusal(Reason.UNSUPPORTED_CONTENT, "The form is not multipart/form-data.")
    return str(options.get("boundary", ""))
