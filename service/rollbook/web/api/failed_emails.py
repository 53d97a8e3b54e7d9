"""Finds the e-mails of failed rows, as they were written, in the import's failure report."""

import codecs
import csv
import io
from collections.abc import AsyncIterator, Collection
from contextlib import aclosing
from typing import NamedTuple

from rollbook.client import Client
from rollbook.errors import RollbookError
from rollbook.model.formulas import undefused

_LINE, _NEXT = "rollbook_line", "rollbook_codes"
_NEWLINE, _QUOTE = "\r\n", '"'


async def failed_emails(
    client: Client, directory: str, import_id: str, lines: Collection[int], column: int | None
) -> dict[int, str]:
    """The e-mail of each of these lines; `column` is its column, from 0, None where unknown.

    None are found where the caller may not read imports. The report is read a piece at a time,
    to the last of the lines.
    """
    found: dict[int, str] = {}
    if not lines:
        return found
    wanted, last = set(lines), max(lines)
    try:
        async with aclosing(client.imports.report(directory, import_id)) as pieces:
            sheet: _Sheet | None = None
            async for record in _records(pieces):
                if sheet is None:
                    sheet = _sheet(record, column)
                    continue
                line, email = sheet.read(record)
                if line > last:
                    break
                if line in wanted:
                    found[line] = email
    except RollbookError:
        return found  # the rows and their reasons are answered all the same
    return found


class _Sheet(NamedTuple):
    """Where line and e-mail stand; an `email` of None stands nowhere."""

    delimiter: str
    line: int
    email: int | None

    def read(self, record: str) -> tuple[int, str]:
        """Line and e-mail of a record; line 0 where it cannot be read."""
        cells = _cells(record, self.delimiter)
        if len(cells) <= self.line or not cells[self.line].isdecimal():
            return 0, ""
        email = "" if self.email is None else undefused(cells[self.email])
        return int(cells[self.line]), email


def _sheet(header: str, column: int | None) -> _Sheet:
    """What the header says. The report's own columns come after those of the file."""
    before, _, _ = header.rpartition(_NEXT)
    delimiter = before[-1:] or ","
    names = _cells(header, delimiter)
    line = names.index(_LINE) if _LINE in names else len(names)
    if column is None:
        own = [name.strip().lower() for name in names[:line]]
        column = own.index("email") if "email" in own else None
    return _Sheet(delimiter, line, column if column is not None and column < line else None)


async def _records(pieces: AsyncIterator[bytes]) -> AsyncIterator[str]:
    """The records of a report, whose newlines within cells stand between quotes."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    record: list[str] = []
    rest, is_open = "", False
    async for piece in pieces:
        *lines, rest = (rest + decoder.decode(piece)).split(_NEWLINE)
        for line in lines:
            record += line, _NEWLINE
            is_open ^= line.count(_QUOTE) % 2 == 1
            if not is_open:
                yield "".join(record)
                record.clear()


def _cells(record: str, delimiter: str) -> list[str]:
    """A record's cells; none where one is longer than this process reads."""
    try:
        return next(csv.reader(io.StringIO(record, newline=""), delimiter=delimiter), [])
    except csv.Error:
        return []
