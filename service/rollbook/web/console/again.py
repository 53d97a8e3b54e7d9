"""Sends rows of an import again, as a new import: corrected ones, or with other columns."""

import csv
import io
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


class Corrections(NamedTuple):
    """What is written anew: cells by line and column, and names by field, as folded, and name."""

    cells: Mapping[tuple[int, int], str]
    names: Mapping[tuple[str, str], str]

    def of(self, row: ImportRow, fields: Sequence[str]) -> list[str]:
        """The row's cells, corrected; `fields` are those that its columns feed."""
        line, width = row.result.line, len(fields)
        cells = [self.cells.get((line, at), cell) for at, cell in enumerate(row.cells)]
        # A row that was too short has the cells that were shown for those that it lacks.
        while len(cells) < width and (line, len(cells)) in self.cells:
            cells.append(self.cells[line, len(cells)])
        while len(cells) > width and not cells[-1]:
            cells.pop()
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
    client: Client, found: Import, outcomes: Sequence[str] = ()
) -> AsyncIterator[tuple[ListImportRowsResponse, ImportRow]]:
    """Each row that has its cells, by line, with its page; only those with the outcomes, if any."""
    wanted = ListImportRowsRequest(
        directory=found.directory,
        import_id=found.import_id,
        page_size=_PAGE,
        outcomes=[f"OUTCOME_{outcome}" for outcome in outcomes],
    )
    while True:
        page = await client.imports.rows_page(wanted)
        for row in page.rows:
            if row.cells:
                yield page, row
        if not page.next_page_token:
            return
        wanted.page_token = page.next_page_token


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


async def send(client: Client, start: ImportStart, lines: AsyncIterator[bytes]) -> None:
    """Send it; returns when every row was answered.

    Raises:
        RollbookError: the service refused it.
    """
    async for _ in client.upload_stream(lines, start):
        pass


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
    """Rows with their header, corrected, as a file.

    Raises:
        Refusal: RESOURCE_NOT_FOUND, there are none that are kept.
    """
    fields: list[str] = []
    async for page, row in rows:
        if not fields:
            fields = [column.field for column in page.columns]
            yield _line([column.header for column in page.columns])
        yield _line(corrections.of(row, fields))
    if not fields:
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
