"""Corrects failed rows in place, and makes the names that they need."""

from collections.abc import AsyncIterator, Iterator
from typing import NamedTuple

from starlette.responses import Response

from rollbook.client import Client
from rollbook.errors import Reason, Refusal, RollbookError
from rollbook.model.passwords import NOT_KEPT
from rollbook.v1.directories_pb2 import Location, OrganizationalUnit
from rollbook.v1.imports_pb2 import Import, ImportStart, ListImportRowsResponse, UnderstoodColumn
from rollbook.web.console.again import (
    Corrections,
    as_csv,
    every_row,
    failed_page,
    folded,
    has_passwords,
    issues_by_field,
    of_page,
    started_again,
)
from rollbook.web.console.forms import Fields, is_count
from rollbook.web.console.missing import MADE, ON_A_PAGE, make, missing_of
from rollbook.web.console.pages import see
from rollbook.web.console.running import PLANNED, Notes, Rows, Running
from rollbook.web.console.users import suggested
from rollbook.web.console.visit import Visit, session_of

_MESSAGES = {"location": Location, "organizational_unit": OrganizationalUnit}
"""By the field whose names can be made here."""


class Cell(NamedTuple):
    """A cell that can be corrected: where it stands, what it is, and what is wrong with it.

    `is_lost`: it was a password, which is not kept, and `value` is ''.
    """

    place: int
    header: str
    value: str
    wrong: str
    is_secret: bool
    is_lost: bool


async def _page(visit: Visit, found: Import, refused: RollbookError | None = None) -> Response:
    page = await failed_page(visit.client, found, visit.asked("page"))
    missing = await missing_of(visit.client, found)
    asked = visit.asked("names")
    first = int(asked) if is_count(asked) else 0
    return visit.page(
        "fix.html",
        200 if refused is None else refused.verdict.http,
        found=found,
        rows=[row for row in _rows(page) if row[2]],
        header=[column.header for column in page.columns],
        missing=missing,
        names_shown=missing.names[first : first + ON_A_PAGE],
        names_first=first,
        names_next=first + ON_A_PAGE if first + ON_A_PAGE < len(missing.names) else 0,
        can_be_made=[*MADE],
        suggested=await suggested(visit) if missing.names else {},
        page=visit.asked("page"),
        next_page=page.next_page_token,
        path=visit.path("imports", found.import_id),
        has_passwords=has_passwords(page),
        planned=found.state in PLANNED,
        whole=_is_whole(found, page),
        message="" if refused is None else refused.message,
    )


def _rows(page: ListImportRowsResponse) -> Iterator[tuple[int, str, list[Cell]]]:
    """The line of each row, what is wrong with all of it, and its cells."""
    for row in page.rows:
        wrong = issues_by_field(row)
        cells = []
        # A row may have fewer cells than the header, or more: then all of both are shown.
        for place in range(max(len(page.columns), len(row.cells))):
            column = page.columns[place] if place < len(page.columns) else UnderstoodColumn()
            cell = row.cells[place] if place < len(row.cells) else ""
            why = wrong.pop(column.field, "") if column.field else ""
            is_lost = cell == NOT_KEPT
            is_secret = is_lost or column.field == "password"
            shown = "" if is_lost else cell
            cells.append(Cell(place, column.header, shown, why, is_secret, is_lost))
        yield row.result.line, " ".join(wrong.values()), cells


class FixPages:
    """`…/imports/ID/fix` and `…/imports/ID/again`."""

    def __init__(self, running: Running, notes: Notes):
        self._running = running
        self._notes = notes

    async def show(self, visit: Visit) -> Response:
        """The failed rows, as a form."""
        return await _page(visit, await _import(visit))

    async def take(self, visit: Visit) -> Response:
        """Check the corrected rows again, or import them; or make the names that they need first.

        Of a preview all rows are checked again, so that the new one has all that is to be imported.
        """
        fields = await visit.form(of_rows=True)
        found = await _import(visit)
        page = await failed_page(visit.client, found, fields.text("page"))
        what, _, name = fields.text("what").partition(":")
        field, _, value = name.partition(":")
        names: dict[tuple[str, str], str] = {}
        try:
            if what == "make":
                await _make(visit, field, value)
            elif what == "make-all":
                missing = await missing_of(visit.client, found)
                await make(visit.client, visit.directory, name, missing.of(name))
            elif what == "map-all":
                names = (await missing_of(visit.client, found)).suggested | _given(fields)
            elif what == "map":
                names[field, folded(value)] = _meant(fields.text(f"to:{name}"), value)
        except RollbookError as refused:
            return await _page(visit, found, refused)
        corrections = Corrections(_typed(fields, page), names)
        applied = what == "import"
        whole = not applied and _is_whole(found, page)
        start = started_again(found, part=not whole, applied=applied)

        def lines(client: Client) -> AsyncIterator[bytes]:
            if whole:
                rows = every_row(client, found)
            elif what in {"make", "map", "make-all", "map-all", "check-all"}:
                rows = every_row(client, found, only_failed=True)
            else:
                rows = of_page(page, corrections)
            return as_csv(rows, corrections)

        return await self._send(visit, found, start, lines, whole=whole)

    async def look_again(self, visit: Visit) -> Response:
        """Preview all rows anew, with columns that feed other fields."""
        fields = await visit.form()
        found = await _import(visit)
        page = await failed_page(visit.client, found)
        if has_passwords(page):
            raise Refusal(
                Reason.IMPORT_NOT_RESUMABLE,
                "The file has passwords, which are never kept: upload it again.",
            )
        columns = {
            column.header: chosen
            for place, column in enumerate(page.columns)
            if (chosen := fields.text(f"field.{place}")) and chosen != column.field
        }
        start = started_again(found, columns)

        def lines(client: Client) -> AsyncIterator[bytes]:
            return as_csv(every_row(client, found))

        return await self._send(visit, found, start, lines, whole=True)

    async def _send(
        self, visit: Visit, found: Import, start: ImportStart, lines: Rows, *, whole: bool
    ) -> Response:
        await self._running.send(session_of(visit.request), start, lines)
        if found.state in PLANNED:
            self._notes.follow(visit.directory, found.import_id, start.import_id, whole=whole)
        return see(visit.path("imports", start.import_id))


def _is_whole(found: Import, page: ListImportRowsResponse) -> bool:
    """Whether corrections make a new preview of all rows: nothing was applied, and all are kept."""
    return found.state in PLANNED and not has_passwords(page)


async def _import(visit: Visit) -> Import:
    return await visit.client.imports.get(visit.directory, visit.request.path_params["id"])


def _typed(fields: Fields, page: ListImportRowsResponse) -> dict[tuple[int, int], str]:
    """The cells of the form. A lost password that was left blank stays lost, so its row fails."""
    lost = {
        (row.result.line, place)
        for row in page.rows
        for place, cell in enumerate(row.cells)
        if cell == NOT_KEPT
    }
    return {where: cell for where, cell in _cells(fields).items() if cell or where not in lost}


def _cells(fields: Fields) -> dict[tuple[int, int], str]:
    """The cells of the form, by line and column: fields named `cell.LINE.COLUMN`."""
    found = {}
    for name, value in fields.pairs:
        kind, _, place = name.partition(".")
        line, _, column = place.partition(".")
        if kind == "cell" and is_count(line) and is_count(column):
            found[int(line), int(column)] = value
    return found


def _given(fields: Fields) -> dict[tuple[str, str], str]:
    """The names that the form gives in place of missing ones: fields named `to:FIELD:NAME`."""
    found = {}
    for name, value in fields.pairs:
        kind, _, place = name.partition(":")
        field, _, missing = place.partition(":")
        if kind == "to" and value.strip():
            found[field, folded(missing)] = value.strip()
    return found


def _meant(name: str, instead_of: str) -> str:
    if not name:
        raise Refusal(Reason.INVALID_OPTIONS, f"Say which name is meant by {instead_of!r}.")
    return name


async def _make(visit: Visit, field: str, name: str) -> None:
    if field not in MADE:
        raise Refusal(Reason.INVALID_OPTIONS, "The form does not say what to add.")
    names = getattr(visit.client, MADE[field])
    await names.create(visit.directory, _MESSAGES[field](name=name))
