"""Text that begins at a row → its whole rows, taken apart into cells.

Two ways with one answer. Text without anything odd is left to `csv` as a whole, in C, at 0.9 µs
a row; where a row has several lines, or another number of cells than the header, or is refused,
the text is gone through once more row by row, at 1.5 µs.
"""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

from rollbook.model import Issue
from rollbook.reading import row_errors
from rollbook.reading.framing import Scanner, line_breaks


@dataclass(slots=True, kw_only=True)
class Cut:
    """Rows cut from the front of a text: `used` characters of it, with `breaks` line ends.

    `ends[i]` is the character after row i; None: each line is a row. What comes after the last of
    them and is `used` are blank lines.
    """

    rows: list[list[str]] = field(default_factory=list)
    lines: Sequence[int] = ()
    ends: list[int] | None = None
    faults: dict[int, Issue] = field(default_factory=dict)
    used: int = 0
    breaks: int = 0


class Cutter:
    """Takes rows apart: `fields` is what each cell of a row feeds, `most` the bytes of a row.

    A row of more than `most_cells` cells keeps only the first of them.
    """

    def __init__(self, delimiter: str, fields: Sequence[str], most: int, most_cells: int) -> None:
        self._delimiter = delimiter
        self._fields = fields
        self._width = len(fields)
        self._most = most
        self._most_cells = most_cells
        self._scanner = Scanner(delimiter)
        self._blank_lines = re.compile(rf"(?: {{0,{min(most, 999)}}}(?:\r\n|\r|\n))*+")
        d = re.escape(delimiter)
        self._cell = re.compile(rf'(?:"([^"]*+(?:""[^"]*+)*+)"|([^{d}\r\n]*+))(?:{d}|[\r\n]|\Z)')
        self._mostly_odd = False

    def cut(self, text: str, line: int, *, final: bool) -> Cut:
        """The whole rows of `text`, whose first is at `line`; `final`: nothing comes after it."""
        if not self._mostly_odd:
            at_once = self._at_once(text, line)
            if at_once:
                return at_once
        found = self._row_by_row(text, line, final=final)
        self._mostly_odd = found.breaks > len(found.rows) + len(found.rows) // 8
        return found

    def _at_once(self, text: str, line: int) -> Cut | None:
        if self._width == 1 or "\0" in text or len(text) * 4 > self._most:
            return None
        # Not str.splitlines, which ends a line at U+2028, VT, FF and others, too.
        source = io.StringIO(text, newline="")
        reader = csv.reader(source, delimiter=self._delimiter, strict=True)
        try:
            rows = list(reader)
        except csv.Error:
            return None
        count = len(rows)
        if reader.line_num != count or set(map(len, rows)) != {self._width}:
            return None
        return Cut(rows=rows, lines=range(line, line + count), used=len(text), breaks=count)

    def _row_by_row(self, text: str, line: int, *, final: bool) -> Cut:
        source = io.StringIO(text, newline="")
        reader = csv.reader(source, delimiter=self._delimiter, strict=True)
        lines: list[int] = []
        ends: list[int] = []
        found = Cut(lines=lines, ends=ends)
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
        """Where the row at `start` ends, by our own scanner; at `start` if its end is not there."""
        self._scanner.restart()
        end = self._scanner.scan(text, start)
        if end >= 0:
            return end
        return len(text) if final and not self._scanner.within_quotes else start

    def _alone(self, text: str) -> tuple[list[str], Issue | None]:
        """A row that `csv` refused: malformed, or with a cell over csv's own, global limit."""
        if self._scanner.malformed:
            bare = text.rstrip("\r\n")
            return bare.split(self._delimiter, self._most_cells), row_errors.MALFORMED_QUOTING
        found = islice(self._cell.finditer(text), self._most_cells + 1)
        cells = []
        for cell in found:
            quoted = cell[1]
            cells.append(cell[2] if quoted is None else quoted.replace('""', '"'))
            if not cell[0].endswith(self._delimiter):
                break
        return cells, None

    def _odd(self, cells: list[str]) -> Issue | None:
        if len(cells) != self._width:
            return row_errors.wrong_count(len(cells), self._width)
        if "\0" in "".join(cells):
            column = next(i for i, cell in enumerate(cells) if "\0" in cell)
            return row_errors.nul_byte(self._fields[column], column + 1)
        return None

    def _too_large(self, text: str, start: int, end: int) -> Issue | None:
        if (end - start) * 4 <= self._most:
            return None
        size = len(text[start:end].removesuffix("\n").removesuffix("\r").encode())
        return row_errors.too_large(size, self._most) if size > self._most else None


def _blank(text: str, start: int, end: int) -> bool:
    """Whether the line is empty or only spaces; told from the text, as `""` is a cell."""
    return not text[start:end].strip(" \r\n")
