"""Rows of an import as a new file: corrected ones, or all of them, each in the line it had."""

import csv
import io
import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from itertools import zip_longest
from typing import NamedTuple

from rollbook.client import Client, new_import
from rollbook.errors import Reason, Refusal
from rollbook.v1.imports_pb2 import (
    Import,
    ImportRow,
    ImportStart,
    ListImportRowsRequest,
    ListImportRowsResponse,
)
from rollbook.v1.options_pb2 import Commit, ImportOptions, MissingUsers
from rollbook.v1.results_pb2 import Outcome
from rollbook.web.console.forms import as_typed

ROWS = 100
"""Rows on a page that can be corrected at once."""
_PAGE = 1_000
_LINE_END = re.compile(rb"\r\n|\r|\n")
_BLANK_LINES = 64 * 1024
"""Blank lines that are sent at once."""


async def failed_page(
    client: Client, found: Import, page_token: str = ""
) -> ListImportRowsResponse:
    """A page of the rows that failed, with their cells."""
    return await client.imports.rows_page(
        ListImportRowsRequest(
            directory=found.directory,
            import_id=found.import_id,
            outcomes=["OUTCOME_FAILED"],
            page_size=ROWS,
            page_token=page_token,
        )
    )


class Corrections(NamedTuple):
    """What is written anew: cells by line and column, and names by field, as folded, and name."""

    cells: Mapping[tuple[int, int], str]
    names: Mapping[tuple[str, str], str]

    def of(self, row: ImportRow, fields: Sequence[str]) -> list[str]:
        """The row's cells, corrected; `fields` are those that its columns feed."""
        line, width = row.result.line, len(fields)
        cells = [
            as_typed(self.cells.get((line, at), cell), cell) for at, cell in enumerate(row.cells)
        ]
        # A row that was too short has the cells that were shown for those that it lacks.
        while len(cells) < width and (line, len(cells)) in self.cells:
            cells.append(self.cells[line, len(cells)])
        while len(cells) > width and not cells[-1]:
            cells.pop()
        if row.result.outcome != Outcome.OUTCOME_FAILED:
            return cells  # it has no name that is missing
        return [
            self.names.get((field, folded(cell)), cell)
            for field, cell in zip_longest(fields[: len(cells)], cells, fillvalue="")
        ]


UNCHANGED = Corrections({}, {})
"""Nothing is written anew."""


def folded(name: str) -> str:
    """A name as it is compared: neither case nor spaces around and within it count."""
    return " ".join(name.split()).casefold()


async def every_row(
    client: Client, found: Import, *, only_failed: bool = False
) -> AsyncIterator[tuple[ListImportRowsResponse, ImportRow]]:
    """Each row with its page, by line; or each that failed, and has its cells.

    Raises:
        Refusal: RESOURCE_NOT_FOUND, all were asked for, and one has no cells.
    """
    wanted = ListImportRowsRequest(
        directory=found.directory,
        import_id=found.import_id,
        page_size=_PAGE,
        outcomes=["OUTCOME_FAILED"] if only_failed else [],
    )
    count = 0
    while True:
        page = await client.imports.rows_page(wanted)
        for row in page.rows:
            if row.cells:
                count += 1
                yield page, row
            elif row.result.line and not only_failed:
                raise _not_whole(f"The cells of line {row.result.line} are not kept")
        if not page.next_page_token:
            break
        wanted.page_token = page.next_page_token
    if count != found.summary.rows and not only_failed:
        raise _not_whole(f"Of {found.summary.rows} rows {count} are kept")


def _not_whole(why: str) -> Refusal:
    return Refusal(
        Reason.RESOURCE_NOT_FOUND,
        f"{why}, so the file cannot be looked at again: correct the file, and upload it.",
    )


def has_passwords(page: ListImportRowsResponse) -> bool:
    """Whether the file had passwords, which are kept nowhere: then the file itself is needed."""
    return any(column.field == "password" for column in page.columns)


def started_again(
    found: Import,
    columns: Mapping[str, str] | None = None,
    *,
    part: bool = False,
    applied: bool = False,
) -> ImportStart:
    """A new import with the options of another; `columns` maps headers to other fields.

    It is a preview, unless it is to be `applied` at once, batch by batch. `part`: it has not all
    of the rows, and so suspends nobody who is not among them.
    """
    options = ImportOptions()
    options.CopyFrom(found.options)
    options.commit = Commit.COMMIT_PER_BATCH if applied else Commit.COMMIT_NONE
    options.include_changes = True
    if part:
        options.missing_users = MissingUsers.MISSING_USERS_IGNORE
    options.delimiter, options.encoding = ",", "utf-8"
    options.ClearField("only_lines")
    options.ClearField("only_outcomes")
    kept = {one.header: one.field for one in options.columns} | dict(columns or {})
    del options.columns[:]
    for header, field in kept.items():
        options.columns.add(header=header, field=field)
    return new_import(
        found.directory,
        profile=found.profile,
        source=found.source,
        options=options,
        file_name=found.file_name,
    )


async def of_page(
    page: ListImportRowsResponse, corrections: Corrections
) -> AsyncGenerator[tuple[ListImportRowsResponse, ImportRow]]:
    """The rows of a page in which a cell was written anew; all where none was."""
    lines = {line for line, _ in corrections.cells}
    for row in page.rows:
        if row.cells and (row.result.line in lines or not lines):
            yield page, row


async def as_csv(
    rows: AsyncIterator[tuple[ListImportRowsResponse, ImportRow]],
    corrections: Corrections = UNCHANGED,
) -> AsyncIterator[bytes]:
    """Rows with their header, corrected, as a file, in which each is in the line that it had.

    Blank lines stand for the rows between. A cell that gets more line ends moves those after it.

    Raises:
        Refusal: RESOURCE_NOT_FOUND, there are none that are kept.
    """
    fields: list[str] | None = None
    line = 1
    async for page, row in rows:
        if fields is None:
            fields = [column.field for column in page.columns]
            written = _line([column.header for column in page.columns])
            yield written
            line += _line_ends(written)
        while line < row.result.line:
            blank = min(row.result.line - line, _BLANK_LINES)
            yield b"\n" * blank
            line += blank
        written = _line(corrections.of(row, fields))
        yield written
        line += _line_ends(written)
    if fields is None:
        raise Refusal(
            Reason.RESOURCE_NOT_FOUND, "The rows of this import are not kept: upload the file."
        )


def _line_ends(written: bytes) -> int:
    return sum(1 for _ in _LINE_END.finditer(written))


def _line(cells: Sequence[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue().encode()


def issues_by_field(row: ImportRow) -> dict[str, str]:
    """What is wrong with a row, by field; '' is the whole row."""
    found: dict[str, str] = {}
    for issue in row.result.issues:
        found[issue.field] = (
            f"{found[issue.field]} {issue.message}" if issue.field in found else issue.message
        )
    return found
