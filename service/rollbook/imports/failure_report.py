"""Writes the failure report of an import, a CSV file of the failed rows, in pieces.

Correct it, and import it: the five columns that it adds are dropped when it is read back.
"""

import asyncio
import csv
import heapq
import io
from collections.abc import AsyncIterator, Mapping, Sequence
from itertools import compress

from rollbook.errors import Reason, Refusal
from rollbook.imports.options import as_options
from rollbook.imports.planning.tally import Tally
from rollbook.model import Field, Issue, Outcome
from rollbook.model.formulas import defused
from rollbook.profiles import Profiles
from rollbook.reading.failure_report import REPORT_COLUMNS, reported
from rollbook.reading.header import required_fields
from rollbook.store import TenantDatabase, failed_rows
from rollbook.store.imports import ImportRow
from rollbook.store.packing import unpack
from rollbook.users.disclosure import shown_issue

PIECE_BYTES = 256 * 1024
_ROWS = 500
"""Rows whose issues are asked for at once: a row may have 32 of them."""
_MARK = "\ufeff"
_FIELDS = tuple(field.value for field in Field)

_Row = tuple[int, Sequence[str]]


async def report(
    database: TenantDatabase,
    directory_id: int,
    row: ImportRow,
    profiles: Profiles,
    *,
    reader: bool,
) -> AsyncIterator[bytes]:
    """The report as CSV, in pieces of at most `PIECE_BYTES`: UTF-8 with a mark, a line a row.

    `reader`: its messages name the holder of a contested name; see `users.disclosure`.

    Typed rows have no header: theirs is the fields that any of the failed ones fills, and those
    that every row must have; attributes are not among them.

    Raises:
        Refusal: RESOURCE_NOT_FOUND, rows failed and their cells were swept.
    """
    if not row.rows_kept and Tally.from_json(row.counts).outcomes[Outcome.FAILED]:
        raise Refusal(
            Reason.RESOURCE_NOT_FOUND,
            "The cells of this import's failed rows were kept for long enough, and are deleted; "
            "its issues are still listed, with their lines.",
        )
    chosen = await _chosen(database, directory_id, row, profiles)
    header = row.header or list(compress(_FIELDS, chosen))
    sheet = _Sheet(row.delimiter or ",")
    sheet.write([*map(defused, header), *REPORT_COLUMNS])
    rows: list[_Row] = []
    async for line, cells in _rows(database, directory_id, row):
        rows.append((line, cells if row.header else list(compress(cells, chosen))))
        if len(rows) == _ROWS:
            issues = await _issues(database, directory_id, row, rows, reader=reader)
            _write(sheet, rows, len(header), issues, str(row.id))
            rows.clear()
            for piece in sheet.pieces():
                yield piece
    issues = await _issues(database, directory_id, row, rows, reader=reader)
    _write(sheet, rows, len(header), issues, str(row.id))
    for piece in sheet.pieces(last=True):
        yield piece


async def _issues(
    database: TenantDatabase,
    directory_id: int,
    row: ImportRow,
    rows: Sequence[_Row],
    *,
    reader: bool,
) -> dict[int, list[Issue]]:
    async with database.connection() as connection:
        issues = await failed_rows.issues_of(
            connection, directory_id, row.id, plan=row.plan, lines=[line for line, _ in rows]
        )
    return {
        line: [shown_issue(issue, reader=reader) for issue in some] for line, some in issues.items()
    }


def _write(
    sheet: "_Sheet",
    rows: Sequence[_Row],
    width: int,
    issues: Mapping[int, Sequence[Issue]],
    report_id: str,
) -> None:
    for line, cells in rows:
        sheet.write(reported(cells, width, _added(line, issues.get(line, ()), report_id)))


def _added(line: int, issues: Sequence[Issue], report_id: str) -> list[str]:
    return [
        str(line),
        "|".join(issue.code.value for issue in issues),
        "|".join(issue.field for issue in issues),
        "|".join(issue.message for issue in issues),
        report_id,
    ]


async def _rows(database: TenantDatabase, directory_id: int, row: ImportRow) -> AsyncIterator[_Row]:
    """The failed rows by line.

    They were kept by batches, and those that were parked failed last: a batch is opened when its
    first line comes, so that memory is the few batches that overlap.
    """
    open_: list[tuple[int, Sequence[str]]] = []
    async for batch in failed_rows.kept(database, directory_id, row.id, plan=row.plan):
        while open_ and open_[0][0] < batch.first_line:
            yield heapq.heappop(open_)
        unpacked = await asyncio.to_thread(unpack, batch.packed)
        open_ += unpacked if row.header else map(_with_new_fields, unpacked)
        heapq.heapify(open_)
    while open_:
        yield heapq.heappop(open_)


def _with_new_fields(row: _Row) -> _Row:
    """A typed row with a cell for every field: one that was kept before a field was added has none.

    A new field stands last in `Field`, so the cells that are there keep their places.
    """
    line, cells = row
    return line, [*cells, *[""] * (len(_FIELDS) - len(cells))]


async def _chosen(
    database: TenantDatabase, directory_id: int, row: ImportRow, profiles: Profiles
) -> list[bool]:
    """Which fields of typed rows are columns of their report."""
    if row.header:
        return []
    profile = profiles.named(row.profile)
    options = as_options(row.options, profile)
    needed = required_fields(profile.identified_by(options.identity), options.mode)
    chosen = [field in needed for field in _FIELDS]
    async for _, cells in _rows(database, directory_id, row):
        chosen = [there or bool(cell) for there, cell in zip(chosen, cells, strict=True)]
    return chosen


class _Sheet:
    """CSV that is made by lines and taken in pieces."""

    def __init__(self, delimiter: str):
        self._text = io.StringIO(_MARK, newline="")
        self._text.seek(0, io.SEEK_END)
        # CRLF, as only then the writer puts quotes around a cell with a lone CR in it.
        self._csv = csv.writer(self._text, delimiter=delimiter, lineterminator="\r\n")
        self._bytes = bytearray()

    def write(self, cells: Sequence[str]) -> None:
        """A line."""
        self._csv.writerow(cells)

    def pieces(self, *, last: bool = False) -> "list[bytes]":
        """What is ready; `last`: all that is left."""
        self._bytes += self._text.getvalue().encode()
        self._text.seek(0)
        self._text.truncate()
        ready = len(self._bytes) if last else len(self._bytes) // PIECE_BYTES * PIECE_BYTES
        taken = bytes(self._bytes[:ready])
        del self._bytes[:ready]
        return [taken[at : at + PIECE_BYTES] for at in range(0, ready, PIECE_BYTES)]
