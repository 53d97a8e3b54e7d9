"""Cuts blocks of parsed rows into batches of the wanted size.

A block keeps its text until all its rows have been taken. The mark after any row is computed from
that text, so that it depends neither on the chunks nor on the batches.
"""

import io
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, chain
from typing import Any, NamedTuple

from rollbook.model import Code, FileRows, Issue, Mark
from rollbook.model.formulas import undefused
from rollbook.reading.content_digest import ContentDigest
from rollbook.reading.failure_report import read_back
from rollbook.reading.header import Header
from rollbook.reading.record_parser import ParsedRecords, wrong_count
from rollbook.text_column import TextColumn

_COUNTS = frozenset({Code.TOO_FEW_FIELDS, Code.TOO_MANY_FIELDS})


class Block:
    """The records parsed from one text, and which of them have been taken.

    The text is in UTF-8 if the ends of its records are known so. `before` is the digest at its
    start, `after` the one after its last row.
    """

    __slots__ = ("_after", "_at", "_cut", "_digest", "_ends", "_from", "_text", "size")

    def __init__(
        self, text: str | bytes, cut: ParsedRecords, before: ContentDigest, after: ContentDigest
    ) -> None:
        self._text = text
        self._cut = cut
        self._ends = cut.ends
        self._digest = before
        self._after = after
        self._at = 0  # rows taken
        self._from = 0  # in the text, up to there
        self.size = after.offset - before.offset if text else 0  # bytes of the rows left in it

    def __len__(self) -> int:
        return len(self._cut) - self._at

    def shorten(self, most: int) -> int:
        """Keep only the first `most` rows. Returns the line of the first row that is dropped."""
        line = self._cut.lines[most]
        if most:
            self._after = self._digest.copy()
            self._after.add(self._content(0, self._end(most)))
        self.size = self._after.offset - self._digest.offset if self._text else 0
        self._ends = None if self._ends is None else self._ends[:most]
        self._cut = self._cut.piece(0, most)
        return line

    def fitting(self, most: int, most_bytes: int) -> int:
        """How many of the remaining rows, at most `most`, fit into `most_bytes`."""
        if self.size <= most_bytes:
            return min(most, len(self))

        def size(count: int) -> int:
            return len(self._content(self._from, self._end(self._at + count)))

        return min(most, bisect_right(range(1, len(self) + 1), most_bytes, key=size))

    def take(self, count: int) -> ParsedRecords:
        """Take the next `count` rows."""
        first, last = self._at, self._at + count
        self._at = last
        if last == len(self._cut):
            self._digest, self.size = self._after, 0
        else:
            end = self._end(last)
            content = self._content(self._from, end)
            self._digest.add(content)
            self._from, self.size = end, self.size - len(content)
        return self._cut.piece(first, last)

    def mark(self) -> Mark:
        """The mark after the last row that was taken."""
        return self._digest.mark()

    def _content(self, first: int, end: int) -> bytes:
        part = self._text[first:end]
        return part if isinstance(part, bytes) else part.encode()

    def _end(self, rows: int) -> int:
        if self._ends is None:
            lines = io.StringIO(str(self._text), newline="")
            self._ends = list(accumulate(map(len, lines)))
        return int(self._ends[rows - 1])


class Portion:
    """Collects the rows of one batch, perhaps from several blocks."""

    def __init__(self) -> None:
        self._pieces: list[ParsedRecords] = []
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def add(self, piece: ParsedRecords) -> None:
        """Add rows that `Block.take` returned."""
        self._pieces.append(piece)
        self._size += len(piece)

    def rows(self, header: Header, first: int, mark: Mark) -> FileRows:
        """All rows as columns; `first` is the number of the first row in the file."""
        parts, faults, at = [], dict[int, Issue](), 0
        for piece in self._pieces:
            part, wrong = _part(piece, header)
            parts.append(part)
            faults |= {at + position: issue for position, issue in wrong.items()}
            at += len(piece)
        cells = [_column(cells) for cells in zip(*(part.columns for part in parts), strict=True)]
        raw: Sequence[Sequence[str]] = Joined([part.raw for part in parts])
        if all(isinstance(part.raw, Transposed) for part in parts):
            raw = Transposed(cells)  # nothing is kept twice
        return FileRows(
            lines=_joined([piece.lines for piece in self._pieces]),
            first=first,
            columns={
                field: column for field, column in zip(header.fed, cells, strict=True) if field
            },
            faults=faults,
            raw=parts[0].raw if len(parts) == 1 else raw,
            mark=mark,
        )


def _column(parts: Sequence[Sequence[str]]) -> Sequence[str]:
    """The cells of one column of all parts."""
    if len(parts) == 1:
        return parts[0]
    packed = [part for part in parts if isinstance(part, TextColumn)]
    if len(packed) == len(parts):
        return TextColumn.joined(packed)
    return [*chain.from_iterable(parts)]


class _Part(NamedTuple):
    """A piece by column, blank where a row could not be taken apart, and its rows as written."""

    columns: Sequence[Sequence[str]]
    raw: Sequence[Sequence[str]]


def _part(piece: ParsedRecords, header: Header) -> tuple[_Part, Mapping[int, Issue]]:
    """The columns of a piece that are the file's, and the issues of its rows by position."""
    if piece.columns and not header.defused:
        columns = [piece.columns[i] for i in header.kept]
        return _Part(columns, Transposed(columns)), piece.faults
    rows = piece.as_rows()
    faults = dict(piece.faults)
    if header.defused or len(header.kept) < header.width:
        rows = [_of_file(row, header) for row in rows]
        if header.reported:
            _count_again(rows, faults, tuple(header.names[i] for i in header.kept))
    whole: Sequence[Sequence[str]] = rows
    if faults:
        blank = [""] * len(header.kept)
        whole = [blank if at in faults else row for at, row in enumerate(rows)]
    return _Part([*zip(*whole, strict=True)], rows), faults


class Transposed(Sequence[Sequence[str]]):
    """The rows of some columns, each made when it is asked for: few ever are."""

    def __init__(self, columns: Sequence[Sequence[str]]) -> None:
        self._columns = columns

    def __len__(self) -> int:
        return len(self._columns[0])

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return Transposed([column[at] for column in self._columns])
        return [column[at] for column in self._columns]

    def __iter__(self) -> Iterator[Sequence[str]]:
        return map(list, zip(*self._columns, strict=True))


class Joined(Sequence[Sequence[str]]):
    """The rows of some parts, one part after the other."""

    def __init__(self, parts: Sequence[Sequence[Sequence[str]]]) -> None:
        self._parts = parts
        self._ends = [*accumulate(map(len, parts))]

    def __len__(self) -> int:
        return self._ends[-1]

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return [self[position] for position in range(*at.indices(len(self)))]
        place = range(len(self))[
            at
        ]  # which counts from the end, too, and refuses what is not there
        part = bisect_right(self._ends, place)
        return self._parts[part][place - self._ends[part]]

    def __iter__(self) -> Iterator[Sequence[str]]:
        return chain.from_iterable(self._parts)


def _count_again(
    rows: Sequence[Sequence[str]], faults: dict[int, Issue], names: tuple[str, ...]
) -> None:
    """Count the cells again: a row reported for their number may still be uncorrected."""
    for position, row in enumerate(rows):
        fault = faults.get(position)
        if len(row) != len(names) and (fault is None or fault.code in _COUNTS):
            faults[position] = wrong_count(len(row), names)


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
