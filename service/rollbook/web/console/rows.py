"""The rows of an import as its page shows them: chosen by what became of them, a page at a time."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urlencode

from rollbook.client import Client
from rollbook.model.passwords import NOT_KEPT
from rollbook.v1.imports_pb2 import (
    Import,
    ImportRow,
    ImportSummary,
    ListImportRowsRequest,
    ListImportRowsResponse,
    UnderstoodColumn,
)
from rollbook.v1.results_pb2 import Issue, Outcome, Severity
from rollbook.web.console.visit import Visit

ON_A_PAGE = 100
IN_FULL = 1_000
"""Of each code: a later issue has its code's own message, as the contract says."""
OUTCOMES = ("CREATED", "UPDATED", "UNCHANGED", "FAILED", "NOT_APPLIED", "SUSPENDED")
_MOST_PAGES = 10


class Cell(NamedTuple):
    """A cell as written, and the messages about it: `kind` is `wrong`, `warned` or ''.

    `instead`: what is shown where there is nothing to show; else ''.
    """

    header: str
    value: str
    instead: str
    kind: str
    messages: Sequence[str]


class Row(NamedTuple):
    """A row as the page shows it."""

    line: int
    number: str
    user: str
    """By which the user is found: the id, or the number of one who would be suspended; else ''."""
    outcome: str
    cells: Sequence[Cell]
    """Empty where they are not kept."""
    changes: Sequence[tuple[str, str, str]]
    """Field, old and new value."""
    issues: Sequence[tuple[str, str, str]]
    """Those that stand beside no cell: field, severity and message."""


class Chosen(NamedTuple):
    """Which rows of an import a page of them has; none of the three: all."""

    outcome: str
    code: str
    with_issues: bool

    def of(self, summary: ImportSummary) -> int | None:
        """How many of the rows there are; None: that is not counted."""
        if self.code:
            return summary.codes.get(self.code, 0)
        if self.outcome:
            return int(getattr(summary, self.outcome.lower()))
        return None if self.with_issues else summary.rows


def chosen_rows(visit: Visit) -> Chosen:
    """What the query asks for; words that mean nothing choose nothing."""
    outcome = visit.asked("outcome").upper()
    return Chosen(
        outcome if outcome in OUTCOMES else "",
        visit.asked("code"),
        visit.asked("issues") == "1",
    )


class RowsPage(NamedTuple):
    """A page of rows, the columns of their cells, and the ways on."""

    rows: Sequence[Row]
    columns: Sequence[UnderstoodColumn]
    first: int
    """The number of the first row among those that were chosen, from 1 on."""
    next_page: str
    """Its address; '' on the last."""
    first_page: str
    """Its address; '' on it."""


async def rows_page(visit: Visit, found: Import, chosen: Chosen) -> RowsPage:
    """The page of rows that the query names.

    Raises:
        RollbookError: there is no such page, or code.
    """
    token, before = visit.asked("page"), visit.asked("before")
    answer = await _rows(
        visit.client,
        ListImportRowsRequest(
            directory=visit.directory,
            import_id=found.import_id,
            outcomes=[f"OUTCOME_{chosen.outcome}"] if chosen.outcome else [],
            code=chosen.code,
            only_with_issues=chosen.with_issues,
            page_size=ON_A_PAGE,
            page_token=token,
        ),
    )
    known = before.isascii() and before.isdecimal() and len(before) < 19
    first = int(before) + 1 if token and known else 1
    further = {"before": first - 1 + len(answer.rows), "page": answer.next_page_token}
    return RowsPage(
        rows=[row_of(one, answer.columns) for one in answer.rows],
        columns=answer.columns,
        first=first,
        next_page=_address(visit, **further) if answer.next_page_token else "",
        first_page=_address(visit) if token else "",
    )


async def _rows(client: Client, wanted: ListImportRowsRequest) -> ListImportRowsResponse:
    """A page of rows. A filter that matches few may answer short pages: some are put together."""
    found = await client.imports.rows_page(wanted)
    for _ in range(_MOST_PAGES):
        if not found.next_page_token or len(found.rows) >= ON_A_PAGE:
            break
        wanted.page_size = ON_A_PAGE - len(found.rows)
        wanted.page_token = found.next_page_token
        further = await client.imports.rows_page(wanted)
        found.rows.extend(further.rows)
        found.next_page_token = further.next_page_token
    return found


def row_of(row: ImportRow, columns: Sequence[UnderstoodColumn]) -> Row:
    """What the page shows of a row: each issue beside the cell that it is about."""
    result = row.result
    about: dict[str, list[Issue]] = defaultdict(list)
    for issue in result.issues:
        about[issue.field].append(issue)
    cells = []
    written: dict[str, str] = {}
    for column, value in zip(columns, row.cells, strict=False):
        issues = about.pop(column.field, []) if column.field else []
        wrong = any(_severity(issue) == "error" for issue in issues)
        kind = "wrong" if wrong else "warned" if issues else ""
        cells.append(
            Cell(column.header, value, _instead(value), kind, [issue.message for issue in issues])
        )
        written[column.field] = value
    suspended = result.outcome == Outcome.OUTCOME_SUSPENDED and result.employee_number != "new"
    return Row(
        line=result.line,
        number=result.employee_number,
        user=result.user_id or (result.employee_number if suspended else ""),
        outcome=Outcome.Name(result.outcome).removeprefix("OUTCOME_"),
        cells=cells,
        changes=[
            (one.field, one.old_value, one.new_value)
            for one in result.changes
            if one.old_value or written.get(one.field) != one.new_value
        ],
        issues=[
            (issue.field, _severity(issue), issue.message)
            for issues in about.values()
            for issue in issues
        ],
    )


def _instead(value: str) -> str:
    if value == NOT_KEPT:
        return "password, not kept"
    return "" if value else "blank"


def _severity(issue: Issue) -> str:
    return Severity.Name(issue.severity).removeprefix("SEVERITY_").lower()


def _address(visit: Visit, **more: object) -> str:
    """This page's address with another place in the list."""
    asked = visit.request.query_params.multi_items()
    query = [(name, value) for name, value in asked if name not in {"page", "before"}]
    query += [(name, str(value)) for name, value in more.items()]
    return f"{visit.request.url.path}?{urlencode(query)}" if query else visit.request.url.path
