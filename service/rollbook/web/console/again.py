"""Sends rows of an import again, as a new import: corrected ones, or with other columns."""

import csv
import io
from collections.abc import AsyncIterator, Mapping, Sequence

from rollbook.client import Client, new_import
from rollbook.errors import Reason, Refusal
from rollbook.v1.imports_pb2 import (
    Import,
    ImportRow,
    ImportStart,
    ListImportRowsRequest,
    ListImportRowsResponse,
)
from rollbook.v1.options_pb2 import Commit, ImportOptions

ROWS = 100
"""Rows on a page that can be corrected at once."""
_PAGE = 1_000


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


def corrected(
    page: ListImportRowsResponse, cells: Mapping[tuple[int, int], str]
) -> list[list[str]]:
    """The rows of a page, with the cells that were written anew, by line and column."""
    return [
        [cells.get((row.result.line, place), cell) for place, cell in enumerate(row.cells)]
        for row in page.rows
        if row.cells and any(line == row.result.line for line, _ in cells)
    ]


async def every_row(client: Client, found: Import) -> AsyncIterator[tuple[list[str], list[str]]]:
    """The header and the cells of each row that has them, by line."""
    wanted = ListImportRowsRequest(
        directory=found.directory, import_id=found.import_id, page_size=_PAGE
    )
    while True:
        page = await client.imports.rows_page(wanted)
        header = [column.header for column in page.columns]
        for row in page.rows:
            if row.cells:
                yield header, list(row.cells)
        if not page.next_page_token:
            return
        wanted.page_token = page.next_page_token


def has_passwords(page: ListImportRowsResponse) -> bool:
    """Whether the file had passwords, which are kept nowhere: then the file itself is needed."""
    return any(column.field == "password" for column in page.columns)


def started_again(
    found: Import, columns: Mapping[str, str] | None = None, *, applied: bool = False
) -> ImportStart:
    """A new import with the options of another; `columns` maps headers to other fields.

    It is a preview, unless it is to be `applied` at once, batch by batch.
    """
    options = ImportOptions()
    options.CopyFrom(found.options)
    options.commit = Commit.COMMIT_PER_BATCH if applied else Commit.COMMIT_NONE
    options.include_changes = True
    options.delimiter, options.encoding = ",", ""
    options.ClearField("only_lines")
    options.ClearField("only_outcomes")
    kept = {one.header: one.field for one in options.columns} | dict(columns or {})
    del options.columns[:]
    for header, field in kept.items():
        options.columns.add(header=header, field=field)
    return new_import(found.directory, profile=found.profile, source=found.source, options=options)


async def send(client: Client, start: ImportStart, lines: AsyncIterator[bytes]) -> None:
    """Send it; returns when every row was answered.

    Raises:
        RollbookError: the service refused it.
    """
    async for _ in client.upload_stream(lines, start):
        pass


async def as_csv(header: Sequence[str], rows: Sequence[Sequence[str]]) -> AsyncIterator[bytes]:
    """Rows with their header, as a file."""
    yield _line(header)
    for row in rows:
        yield _line(row)


async def all_as_csv(client: Client, found: Import) -> AsyncIterator[bytes]:
    """Every row of an import that is kept, as a file.

    Raises:
        Refusal: RESOURCE_NOT_FOUND, none is kept any more.
    """
    begun = False
    async for header, cells in every_row(client, found):
        if not begun:
            yield _line(header)
            begun = True
        yield _line(cells)
    if not begun:
        raise Refusal(
            Reason.RESOURCE_NOT_FOUND, "The rows of this import are not kept: upload the file."
        )


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
