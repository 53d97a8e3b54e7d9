"""Cuts blocks of parsed rows into batches of the wanted size.

A block keeps its text until all its rows have been taken. The mark after any row is computed from
that text, so that it depends neither on the chunks nor on the batches.
"""

import io
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, chain

from rollbook.model import Code, FileRows, Issue, Mark
from rollbook.model.formulas import undefused
from rollbook.reading.content_digest import ContentDigest
from rollbook.reading.failure_report import read_back
from rollbook.reading.header import Header
from rollbook.reading.record_parser import ParsedRecords, wrong_count

_COUNTS = frozenset({Code.TOO_FEW_FIELDS, Code.TOO_MANY_FIELDS})


class Block:
    """The records parsed from one text, and which of them have been taken.

    `before` is the digest at the start of the text, `after` the one after its last row.
    """

    __slots__ = ("_after", "_at", "_chars", "_cut", "_digest", "_text", "size")

    def __init__(
        self, text: str, cut: ParsedRecords, before: ContentDigest, after: ContentDigest
    ) -> None:
        self._text = text
        self._cut = cut
        self._digest = before
        self._after = after
        self._at = 0  # rows taken
        self._chars = 0  # of the text, up to there
        self.size = after.offset - before.offset if text else 0  # bytes of the rows left in it

    def __len__(self) -> int:
        return len(self._cut.rows) - self._at

    def shorten(self, most: int) -> int:
        """Keep only the first `most` rows. Returns the line of the first row that is dropped."""
        line = self._cut.lines[most]
        if most:
            self._after = self._digest.copy()
            self._after.add(self._text[: self._end(most)].encode())
        self.size = self._after.offset - self._digest.offset if self._text else 0
        del self._cut.rows[most:]
        self._cut.lines = self._cut.lines[:most]
        self._cut.faults = {at: issue for at, issue in self._cut.faults.items() if at < most}
        return line

    def fitting(self, most: int, most_bytes: int) -> int:
        """How many of the remaining rows, at most `most`, fit into `most_bytes`."""
        if self.size <= most_bytes:
            return min(most, len(self))

        def size(count: int) -> int:
            return len(self._text[self._chars : self._end(self._at + count)].encode())

        return min(most, bisect_right(range(1, len(self) + 1), most_bytes, key=size))

    def take(self, count: int) -> tuple[list[list[str]], Sequence[int], dict[int, Issue]]:
        """Take the next `count` rows: their cells, their lines, and their issues by position."""
        cut, first, last = self._cut, self._at, self._at + count
        self._at = last
        if last == len(cut.rows):
            self._digest, self.size = self._after, 0
        else:
            end = self._end(last)
            content = self._text[self._chars : end].encode()
            self._digest.add(content)
            self._chars, self.size = end, self.size - len(content)
        if first == 0 and not len(self):
            return cut.rows, cut.lines, cut.faults
        faulty = range(first, last) if cut.faults else ()
        faults = {at - first: cut.faults[at] for at in faulty if at in cut.faults}
        return cut.rows[first:last], cut.lines[first:last], faults

    def mark(self) -> Mark:
        """The mark after the last row that was taken."""
        return self._digest.mark()

    def _end(self, rows: int) -> int:
        if self._cut.ends is None:
            lines = io.StringIO(self._text, newline="")
            self._cut.ends = list(accumulate(map(len, lines)))
        return self._cut.ends[rows - 1]


class Portion:
    """Collects the rows of one batch, perhaps from several blocks."""

    def __init__(self) -> None:
        self._rows: list[list[str]] = []
        self._lines: list[Sequence[int]] = []
        self._faults: dict[int, Issue] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, rows: list[list[str]], lines: Sequence[int], faults: dict[int, Issue]) -> None:
        """Add rows that `Block.take` returned."""
        for position, issue in faults.items():
            self._faults[len(self._rows) + position] = issue
        self._rows = self._rows + rows if self._rows else rows
        self._lines.append(lines)

    def rows(self, header: Header, first: int, mark: Mark) -> FileRows:
        """All rows as columns; `first` is the number of the first row in the file."""
        rows = self._rows
        if header.defused or len(header.kept) < header.width:
            rows = [_of_file(row, header) for row in rows]
            if header.reported:
                self._count_again(rows, [header.names[i] for i in header.kept])
        whole = rows
        if self._faults:
            whole = rows.copy()
            blank = [""] * len(header.kept)
            for position in self._faults:
                whole[position] = blank
        columns = {
            field: cells
            for field, cells in zip(header.fed, zip(*whole, strict=True), strict=True)
            if field
        }
        return FileRows(
            lines=_joined(self._lines),
            first=first,
            columns=columns,
            faults=self._faults,
            raw=rows,
            mark=mark,
        )

    def _count_again(self, rows: list[list[str]], names: Sequence[str]) -> None:
        """Count the cells again: a row reported for their number may still be uncorrected."""
        for position, row in enumerate(rows):
            fault = self._faults.get(position)
            if len(row) != len(names) and (fault is None or fault.code in _COUNTS):
                self._faults[position] = wrong_count(len(row), tuple(names))


def _of_file(row: list[str], header: Header) -> list[str]:
    """A row without the columns that a failure report added."""
    width = len(row)
    cells = [row[i] for i in header.kept if i < width] + row[header.width :]
    if header.reported:
        return read_back(cells)
    return list(map(undefused, cells)) if header.defused else cells


def _joined(parts: list[Sequence[int]]) -> Sequence[int]:
    if len(parts) == 1:
        return parts[0]
    first, last = parts[0], parts[-1]
    count = sum(map(len, parts))
    if all(isinstance(part, range) for part in parts) and last[-1] - first[0] + 1 == count:
        return range(first[0], last[-1] + 1)
    return list(chain.from_iterable(parts))
