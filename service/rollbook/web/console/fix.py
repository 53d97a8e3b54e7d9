"""Corrects failed rows in place, and makes the names that they need."""

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from starlette.responses import Response

from rollbook.client import Client
from rollbook.errors import Reason, Refusal
from rollbook.v1.directories_pb2 import Location, OrganizationalUnit
from rollbook.v1.imports_pb2 import Import, ListImportRowsResponse
from rollbook.web.console.again import (
    all_as_csv,
    as_csv,
    corrected,
    failed_page,
    has_passwords,
    issues_by_field,
    send,
    started_again,
)
from rollbook.web.console.forms import Fields
from rollbook.web.console.pages import see
from rollbook.web.console.visit import Visit

_UNKNOWN = {"location": "invalid_location", "organizational_unit": "unknown_organizational_unit"}
"""Fields whose values can be made, and the code that says that one is missing."""


class Cell(NamedTuple):
    """A cell that can be corrected: where it stands, what it is, and what is wrong with it."""

    place: int
    header: str
    value: str
    wrong: str
    is_secret: bool


class Missing(NamedTuple):
    """A name that the directory does not have, and how many rows of the page need it."""

    field: str
    name: str
    rows: int
    suggestion: str


async def show(visit: Visit) -> Response:
    """The failed rows, as a form."""
    found = await _import(visit)
    page = await failed_page(visit.client, found, visit.asked("page"))
    fields = [column.field for column in page.columns]
    rows = []
    for row in page.rows:
        wrong = issues_by_field(row)
        cells = [
            Cell(
                place,
                page.columns[place].header,
                cell,
                wrong.pop(fields[place], ""),
                fields[place] == "password",
            )
            for place, cell in enumerate(row.cells)
        ]
        rows.append((row.result.line, " ".join(wrong.values()), cells))
    return visit.page(
        "fix.html",
        found=found,
        rows=[row for row in rows if row[2]],
        header=[column.header for column in page.columns],
        missing=_missing(page),
        page=visit.asked("page"),
        next_page=page.next_page_token,
        path=visit.path("imports", found.import_id),
        has_passwords=has_passwords(page),
    )


async def take(visit: Visit) -> Response:
    """Check the corrected rows again, or import them; or make the names that they need first."""
    fields = await visit.form()
    found = await _import(visit)
    page = await failed_page(visit.client, found, fields.text("page"))
    cells = _cells(fields)
    what, _, name = fields.text("what").partition(":")
    if what in {"make", "map"}:
        field, _, value = name.partition(":")
        if what == "make":
            await _make(visit.client, visit.directory, field, value)
        else:
            cells |= _mapped(page, field, value)
    if not cells:
        cells = _as_they_are(page)
    rows = corrected(page, cells)
    if not rows:
        raise Refusal(Reason.INVALID_OPTIONS, "There are no rows to send: their cells are gone.")
    start = started_again(found, applied=what == "import")
    header = [column.header for column in page.columns]
    await send(visit.client, start, as_csv(header, rows))
    return see(visit.path("imports", start.import_id))


async def look_again(visit: Visit) -> Response:
    """Preview all rows anew, with columns that feed other fields."""
    fields = await visit.form()
    found = await _import(visit)
    page = await failed_page(visit.client, found)
    if has_passwords(page):
        raise Refusal(
            Reason.IMPORT_NOT_RESUMABLE,
            "The file has passwords, which are kept nowhere: upload it again.",
        )
    columns = {
        column.header: chosen
        for place, column in enumerate(page.columns)
        if (chosen := fields.text(f"field.{place}")) and chosen != column.field
    }
    start = started_again(found, columns)
    await send(visit.client, start, all_as_csv(visit.client, found))
    return see(visit.path("imports", start.import_id))


async def _import(visit: Visit) -> Import:
    return await visit.client.imports.get(visit.directory, visit.request.path_params["id"])


def _cells(fields: Fields) -> dict[tuple[int, int], str]:
    """The cells of the form, by line and column: fields named `cell.LINE.COLUMN`."""
    found = {}
    for name, value in fields.pairs:
        kind, _, place = name.partition(".")
        line, _, column = place.partition(".")
        if kind == "cell" and line.isdecimal() and column.isdecimal():
            found[int(line), int(column)] = value
    return found


def _as_they_are(page: ListImportRowsResponse) -> dict[tuple[int, int], str]:
    return {
        (row.result.line, place): cell for row in page.rows for place, cell in enumerate(row.cells)
    }


def _missing(page: ListImportRowsResponse) -> list[Missing]:
    """The names that rows of the page lack, the one that most need first."""
    counted: Counter[tuple[str, str]] = Counter()
    suggested: dict[tuple[str, str], str] = {}
    places = {column.field: place for place, column in enumerate(page.columns)}
    for row in page.rows:
        for issue in row.result.issues:
            place = places.get(issue.field)
            if _UNKNOWN.get(issue.field) == issue.code and place is not None and row.cells:
                key = (issue.field, row.cells[place])
                counted[key] += 1
                suggested[key] = issue.params.get("suggestion", "")
    return [Missing(*key, rows, suggested[key]) for key, rows in counted.most_common()]


def _mapped(page: ListImportRowsResponse, field: str, value: str) -> Mapping[tuple[int, int], str]:
    """Every cell of the field that is `value`, as what is suggested for it."""
    meant = {one.name: one.suggestion for one in _missing(page) if one.field == field}
    place = next(n for n, column in enumerate(page.columns) if column.field == field)
    return _as_they_are(page) | {
        (row.result.line, place): meant[value]
        for row in page.rows
        if row.cells and row.cells[place] == value and meant.get(value)
    }


async def _make(client: Client, directory: str, field: str, name: str) -> None:
    if field == "location":
        await client.locations.create(directory, Location(name=name))
    else:
        await client.units.create(directory, OrganizationalUnit(name=name))
