"""Pages of imports: the list, one import with its rows, and what can be done with it."""

from typing import NamedTuple
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from rollbook.client import Client
from rollbook.errors import Reason, Refusal, RollbookError
from rollbook.v1.imports_pb2 import (
    Import,
    ImportState,
    ImportSummary,
    ListImportsRequest,
    ListImportsResponse,
)
from rollbook.web.console.days import moments, zone_of
from rollbook.web.console.forms import is_count
from rollbook.web.console.notices import counts_of as notice_counts
from rollbook.web.console.pages import HEADERS, Pages, see
from rollbook.web.console.rows import IN_FULL, OUTCOMES, chosen_rows, rows_page
from rollbook.web.console.running import PLANNED, Notes, Running, to_apply
from rollbook.web.console.upload import FIELDS
from rollbook.web.console.visit import ENDED, Visit, not_signed_in, session_of
from rollbook.web.report import report
from rollbook.web.site import Site

_BY_HAND = "by hand"
"""The source of users written by hand, as the contract says: nothing can be imported from it."""
_DAYS = ("created_from", "created_until")
_FURTHER = ("by", "profile", *_DAYS)
_SHOWN_AGAIN = 400
"""Of a wrong condition, which is shown again, to correct it."""
_MOST_LOOKS = 10
"""A page of the service may be empty though there are more: so often we look on by ourselves."""


class Count(NamedTuple):
    """How many rows came to an outcome: its name in the contract, and words for a person."""

    name: str
    number: int
    words: str


_WORDS = {
    "created": ("created", "will be created"),
    "updated": ("updated", "will be updated"),
    "unchanged": ("unchanged", "will stay as they are"),
    "failed": ("failed", "will fail"),
    "not_applied": ("not applied", "will not be applied"),
    "suspended": ("suspended", "will be suspended"),
    "reactivated": ("reactivated", "will be reactivated"),
    "released": ("left to other sources", "will be left to other sources"),
    "protected": ("protected from suspension", "protected from suspension"),
}
_APPLIED = ("created", "updated", "unchanged", "suspended", "reactivated", "released")
"""Counts of which one at least makes a preview worth to be applied: an import also tells that its
source knows of a user whose fields stay as they are."""
_ALWAYS = ("created", "updated", "unchanged", "failed")
_STATES = [name.removeprefix("IMPORT_STATE_") for name in ImportState.keys()[1:]]


def counts_of(summary: ImportSummary) -> list[Count]:
    """The counts of a summary: in the future tense while nothing was applied."""
    planned = summary.state in PLANNED
    return [
        Count(name.upper(), getattr(summary, name), words[planned])
        for name, words in _WORDS.items()
        if name in _ALWAYS or getattr(summary, name)
    ]


class ImportPages:
    """`/d/DIRECTORY/imports` and what is below it."""

    def __init__(self, site: Site, pages: Pages, running: Running, notes: Notes):
        self._site = site
        self._pages = pages
        self._notes = notes
        self._running = running

    async def list(self, visit: Visit) -> Response:
        """The directory's imports, newest first."""
        state = visit.asked("state")
        known = state.upper() if state.upper() in _STATES else "UNSPECIFIED"
        wanted = ListImportsRequest(
            directory=visit.directory,
            page_token=visit.asked("page"),
            state=f"IMPORT_STATE_{known}",
            file_name=visit.asked("file"),
            principal=visit.asked("by"),
            profile=visit.asked("profile"),
        )
        page, message, status = ListImportsResponse(), "", 200
        try:
            for name, at in moments(visit.asked, _DAYS).items():
                getattr(wanted, name).FromDatetime(at)
            page = await _page(visit.client, wanted)
        except RollbookError as refused:
            if refused.verdict.http != _SHOWN_AGAIN:
                raise
            message, status = refused.message, _SHOWN_AGAIN
        info = await visit.client.get_server_info()
        return visit.page(
            "imports.html",
            status,
            message=message,
            profiles=info.profiles,
            zone=zone_of(visit.asked, _DAYS),
            filtered=any(map(visit.asked, ("state", "file", *_FURTHER))),
            further_filtered=any(map(visit.asked, _FURTHER)),
            imports=[(one, state_of(one), counts_of(one.summary)) for one in page.imports],
            state=state,
            states=_STATES,
            next_page=_further(visit, page.next_page_token),
        )

    async def show(self, visit: Visit) -> Response:
        """One import, and a page of its rows."""
        import_id = visit.request.path_params["id"]
        session = session_of(visit.request)
        found = await visit.client.imports.get(visit.directory, import_id)
        chosen = chosen_rows(visit)
        page = await rows_page(visit, found, chosen)
        sending = self._running.is_running(session, visit.directory, import_id)
        return visit.page(
            "import.html",
            found=found,
            state=state_of(found),
            counts=counts_of(found.summary),
            codes=sorted(found.summary.codes.items()),
            page=page,
            chosen=chosen,
            matching=chosen.of(found.summary),
            cut=any(number > IN_FULL for number in found.summary.codes.values()),
            outcomes=OUTCOMES,
            fields=FIELDS,
            planned=found.summary.state in PLANNED,
            importable=any(getattr(found.summary, name) for name in _APPLIED),
            by_hand=found.source == _BY_HAND,
            running=sending or state_of(found) == "RUNNING",
            mine=found.principal == visit.principal,
            refused=self._running.refused(session, visit.directory, import_id),
            path=visit.path("imports", import_id),
            warnings=[
                *self._notes.texts.of(visit.directory, import_id),
                *(issue.message for issue in found.summary.warnings),
            ],
            newer=self._notes.newer.of(visit.directory, import_id),
            others=self._notes.others.of(visit.directory, import_id),
            notices=notice_counts(found),
        )

    async def apply(self, visit: Visit) -> Response:
        """Apply what was previewed: all of it, only new users, or the ticked rows."""
        import_id = visit.request.path_params["id"]
        fields = await visit.form(of_rows=True)
        lines = [int(line) for line in fields.all("line") if is_count(line)]
        what = fields.text("what")
        if what == "ticked" and not lines:
            raise Refusal(Reason.INVALID_OPTIONS, "No row was ticked.")
        session = session_of(visit.request)
        await self._running.begin(session, visit.directory, import_id, to_apply(what, lines))
        return see(visit.path("imports", import_id))

    async def cancel(self, visit: Visit) -> Response:
        """Stop an import: what was committed stays."""
        return await self._done(visit, await visit.form(), "cancel")

    async def approve(self, visit: Visit) -> Response:
        """Let another's import pass that a safeguard has stopped."""
        return await self._done(visit, await visit.form(), "approve")

    async def _done(self, visit: Visit, _fields: object, what: str) -> Response:
        import_id = visit.request.path_params["id"]
        await getattr(visit.client.imports, what)(visit.directory, import_id)
        return see(visit.path("imports", import_id))

    async def report(self, request: Request) -> Response:
        """The failed rows as a CSV file, to correct and import."""
        session = session_of(request)
        where = request.path_params
        if session:
            try:
                client = self._site.of(session)
                return await report(client, where["directory"], where["id"], HEADERS)
            except RollbookError as refused:
                if refused.reason not in ENDED:
                    raise
        return not_signed_in(request, self._pages, download=True)


def state_of(found: Import) -> str:
    """The state's name."""
    return ImportState.Name(found.state).removeprefix("IMPORT_STATE_")


async def _page(client: Client, wanted: ListImportsRequest) -> ListImportsResponse:
    """A page of imports, which is empty only where a good many were looked at."""
    for _ in range(_MOST_LOOKS):
        page = await client.imports.page(wanted)
        if page.imports or not page.next_page_token:
            break
        wanted.page_token = page.next_page_token
    return page


def _further(visit: Visit, token: str) -> str:
    """The address of the next page, '' on the last."""
    if not token:
        return ""
    query = [(k, v) for k, v in visit.request.query_params.multi_items() if k != "page"]
    return f"{visit.request.url.path}?{urlencode([*query, ('page', token)])}"
