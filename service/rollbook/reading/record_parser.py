"""Parses text into whole records, as lists of cells, and reports wrong quotes.

There are three ways, with the same result. The fastest takes a text of plain records apart into
columns (`column_parser`). The next gives the whole text to `csv`, in C, at 0.9 µs a record. If a
record has several lines, the wrong number of cells, or is refused by `csv`, the text is read again
record by record, at 1.5 µs.
"""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from rollbook.model import Code, Issue
from rollbook.reading.column_parser import columns_of
from rollbook.reading.excerpt import shown
from rollbook.reading.record_splitter import RecordScanner, line_breaks
from rollbook.text_column import TextColumn

_SPACES = "".join(
    char
    for char in map(chr, range(0x10000))
    if (char.isspace() and char not in "\r\n") or char in "\u200b\u200c\u200d\u2060\ufeff"
)
"""White space, and what has no width: what a check trims from a cell."""


@dataclass(slots=True, kw_only=True)
class ParsedRecords:
    """The records of the first `used` characters of a text, which have `breaks` line ends.

    Either `rows` has their cells, or `columns` has, and `content` the text in UTF-8. `ends[i]`
    is the position after record i, in `content` if it is there; None: each line is a record. Text
    between the last end and `used` is blank lines. `faults` are the issues of records, by position.
    """

    rows: list[list[str]] = field(default_factory=list)
    columns: list[TextColumn] = field(default_factory=list)
    lines: Sequence[int] = ()
    ends: list[int] | NDArray[np.intp] | None = None
    faults: dict[int, Issue] = field(default_factory=dict)
    used: int = 0
    breaks: int = 0
    content: bytes = b""

    def __len__(self) -> int:
        """How many records."""
        return len(self.lines)

    def as_rows(self) -> list[list[str]]:
        """The cells of each record."""
        return self.rows or [*map(list, zip(*self.columns, strict=True))]

    def piece(self, first: int, last: int) -> "ParsedRecords":
        """The cells, lines and faults of some of them."""
        if first == 0 and last == len(self):
            return self
        return ParsedRecords(
            rows=self.rows[first:last],
            columns=[column[first:last] for column in self.columns],
            lines=self.lines[first:last],
            faults={at - first: why for at, why in self.faults.items() if first <= at < last},
        )


class RecordParser:
    """Parses records. `names` are the columns, `fields` what they feed, `most` bytes a record.

    A record of more than `most_cells` cells keeps only the first `most_cells`. `together`: the
    faster ways are tried first.
    """

    def __init__(
        self,
        delimiter: str,
        names: Sequence[str],
        fields: Sequence[str],
        most: int,
        most_cells: int,
        *,
        together: bool = True,
    ) -> None:
        self._together = together
        self._delimiter = delimiter
        self._names = tuple(names)
        self._fields = fields
        self._width = len(fields)
        self._most = most
        self._most_cells = most_cells
        self._scanner = RecordScanner(delimiter)
        self._blank_lines = re.compile(rf"(?: {{0,{min(most, 999)}}}(?:\r\n|\r|\n))*+")
        d = re.escape(delimiter)
        self._cell = re.compile(rf'(?:"([^"]*+(?:""[^"]*+)*+)"|([^{d}\r\n]*+))(?:{d}|[\r\n]|\Z)')
        spaces = _SPACES.replace(delimiter, "")
        self._late_quotes = tuple((space, f'{space}"') for space in spaces)
        self._late_quote = re.compile(rf'(?:\A|[{d}\r\n])[{spaces}]++"')
        self._mostly_odd = False

    def parse(self, text: str, line: int, *, final: bool) -> ParsedRecords:
        """The whole records of `text`, which begins at `line`; `final`: the file ends with it."""
        if self._together and not self._mostly_odd:
            at_once = self._in_columns(text, line) or self._all_at_once(text, line)
            if at_once:
                return at_once
        found = self._row_by_row(text, line, final=final)
        # A file of odd records is not tried the fast way again and again, until it gets better.
        self._mostly_odd = found.breaks > len(found.rows) + len(found.rows) // 8
        return found

    def _in_columns(self, text: str, line: int) -> ParsedRecords | None:
        if self._width == 1 or not self._delimiter.isascii():
            return None
        content = text.encode()
        found = columns_of(content, self._delimiter, self._width, self._most)
        if not found:
            return None
        count = len(found.ends)
        return ParsedRecords(
            columns=found.cells,
            lines=range(line, line + count),
            ends=found.ends,
            used=len(text),
            breaks=count,
            content=content,
        )

    def _all_at_once(self, text: str, line: int) -> ParsedRecords | None:
        if self._width == 1 or "\0" in text or len(text) * 4 > self._most:
            return None
        if self._may_quote_late(text):
            return None
        # Not str.splitlines, which also ends a line at U+2028, VT, FF and others.
        source = io.StringIO(text, newline="")
        reader = csv.reader(source, delimiter=self._delimiter, strict=True)
        try:
            rows = list(reader)
        except csv.Error:
            return None
        count = len(rows)
        if reader.line_num != count or set(map(len, rows)) != {self._width}:
            return None
        return ParsedRecords(
            rows=rows, lines=range(line, line + count), used=len(text), breaks=count
        )

    def _row_by_row(  # noqa: PLR0915 -- hot: a call more a record costs 5 %
        self, text: str, line: int, *, final: bool
    ) -> ParsedRecords:
        source = io.StringIO(text, newline="")
        reader = csv.reader(source, delimiter=self._delimiter, strict=True)
        lines: list[int] = []
        ends: list[int] = []
        found = ParsedRecords(lines=lines, ends=ends)
        late = self._may_quote_late(text)
        while found.used < len(text):
            start, before, issue = found.used, reader.line_num, None
            try:
                cells, end = next(reader), source.tell()
                breaks = reader.line_num - before
            except csv.Error:
                end = source.seek(self._end_of_row(text, start, final=final))
                if end == start:
                    break
                cells, issue = self._alone(text[start:end])
                breaks = line_breaks(text[start:end])
            found.used = end
            large = self._too_large(text, start, end)
            if large or len(cells) > 1 or not _blank(text, start, end):
                if late and not issue and self._quoted_late(text[start:end]):
                    cells, issue = self._unquoted(text[start:end]), QUOTE_AFTER_SPACE
                issue = large or issue or self._odd(cells)
                if issue:
                    found.faults[len(lines)] = issue
                    cells = cells[: 0 if large else self._most_cells]
                found.rows.append(cells)
                lines.append(line + found.breaks)
                ends.append(end)
            else:
                found.used = source.seek(self._blank_lines.match(text, end).end())  # type: ignore[union-attr]
                breaks += line_breaks(text[end : found.used])
            found.breaks += breaks
        return found

    def _end_of_row(self, text: str, start: int, *, final: bool) -> int:
        """Where the record at `start` ends, by our scanner; `start` if it goes on after `text`."""
        self._scanner.restart()
        end = self._scanner.scan(text, start)
        if end >= 0:
            return end
        return len(text) if final and not self._scanner.within_quotes else start

    def _alone(self, text: str) -> tuple[list[str], Issue | None]:
        """Parse a record that `csv` refused: malformed, or with a cell over csv's global limit."""
        if self._scanner.malformed:
            return self._unquoted(text), MALFORMED_QUOTING
        found = islice(self._cell.finditer(text), self._most_cells + 1)
        cells = []
        for cell in found:
            quoted = cell[1]
            cells.append(cell[2] if quoted is None else quoted.replace('""', '"'))
            if not cell[0].endswith(self._delimiter):
                break
        return cells, None

    def _unquoted(self, record: str) -> list[str]:
        return record.rstrip("\r\n").split(self._delimiter, self._most_cells)

    def _may_quote_late(self, text: str) -> bool:
        """Whether some white space comes before a quote. Plain searches: 0.05 µs a record."""
        if '"' not in text:
            return False
        return any(space in text and both in text for space, both in self._late_quotes)

    def _quoted_late(self, record: str) -> bool:
        """Whether a cell begins with white space and then a quote, which was meant to open it.

        Within quotes the same is data, so the cells decide.
        """
        if not self._late_quote.search(record):
            return False
        found = self._cell.finditer(record)
        return any(cell[2] and self._late_quote.match(cell[2]) for cell in found)

    def _odd(self, cells: list[str]) -> Issue | None:
        if len(cells) != self._width:
            return wrong_count(len(cells), self._names)
        if "\0" in "".join(cells):
            column = next(i for i, cell in enumerate(cells) if "\0" in cell)
            return nul_byte(self._fields[column], column + 1)
        return None

    def _too_large(self, text: str, start: int, end: int) -> Issue | None:
        if (end - start) * 4 <= self._most:
            return None
        size = len(text[start:end].removesuffix("\n").removesuffix("\r").encode())
        return too_large(size, self._most) if size > self._most else None


def _blank(text: str, start: int, end: int) -> bool:
    """Whether the line is empty or only spaces. It looks at the text, because `""` is a cell."""
    return not text[start:end].strip(" \r\n")


@lru_cache(maxsize=512)
def wrong_count(found: int, names: tuple[str, ...]) -> Issue:
    """A record with fewer or more cells than the header, whose columns are `names`."""
    params = {"found": str(found), "expected": str(len(names))}
    sentence = f"The row has {found} cells, the header {len(names)}"
    if found > len(names):
        hint = "perhaps a cell with a delimiter in it needs quotes"
        return Issue(Code.TOO_MANY_FIELDS, "", f"{sentence}: {hint}.", params)
    missing = shown(names[found].strip())
    return Issue(
        Code.TOO_FEW_FIELDS,
        "",
        f"{sentence}: the first column without a cell is {missing!r}.",
        params | {"column": missing},
    )


MALFORMED_QUOTING = Issue(
    Code.MALFORMED_QUOTING,
    "",
    "A quoted cell goes on after its closing quote: write a quote within a cell as two quotes.",
)
"""A closing quote that something other than a delimiter or the row's end follows."""

QUOTE_AFTER_SPACE = Issue(
    Code.MALFORMED_QUOTING,
    "",
    "A cell has white space before its opening quote: take the white space out.",
)
"""The quote would be stored as a part of the cell, and a delimiter in it would split the cell."""


def too_large(size: int, most: int) -> Issue:
    """A row over its limit of bytes."""
    return Issue(
        Code.RECORD_TOO_LARGE,
        "",
        f"The row has {size} bytes, and {most} is the most: shorten its cells.",
        {"bytes": str(size), "limit": str(most)},
    )


@lru_cache(maxsize=512)
def nul_byte(field: str, column: int) -> Issue:
    """A NUL character in a cell; `field` is what the column feeds, `column` counts from 1."""
    return Issue(
        Code.NUL_BYTE,
        field,
        f"There is a NUL character in column {column}: take it out.",
        {"column": str(column)},
    )
