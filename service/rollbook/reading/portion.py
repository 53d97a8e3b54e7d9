"""Rows of several blocks → the `Rows` that go down the line: their cells as columns."""

from collections.abc import Sequence
from itertools import chain

from rollbook.model import Code, FileRows, Issue, Mark
from rollbook.reading.failure_report import read_back
from rollbook.reading.header import Heading
from rollbook.reading.row_errors import wrong_count

_COUNTS = frozenset({Code.TOO_FEW_FIELDS, Code.TOO_MANY_FIELDS})


class Portion:
    """What has been taken so far for one answer."""

    def __init__(self) -> None:
        self._rows: list[list[str]] = []
        self._lines: list[Sequence[int]] = []
        self._faults: dict[int, Issue] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, rows: list[list[str]], lines: Sequence[int], faults: dict[int, Issue]) -> None:
        """Add what a block gave."""
        for position, issue in faults.items():
            self._faults[len(self._rows) + position] = issue
        self._rows = self._rows + rows if self._rows else rows
        self._lines.append(lines)

    def rows(self, heading: Heading, first: int, mark: Mark) -> FileRows:
        """All of it; `first` is the number of its first row."""
        rows = self._rows
        if len(heading.kept) < heading.width:
            rows = [_of_file(row, heading) for row in rows]
            if heading.defused:
                self._count_again(rows, len(heading.kept))
        whole = rows
        if self._faults:
            whole = rows.copy()
            blank = [""] * len(heading.kept)
            for position in self._faults:
                whole[position] = blank
        columns = {
            field: cells
            for field, cells in zip(heading.fed, zip(*whole, strict=True), strict=True)
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

    def _count_again(self, rows: list[list[str]], width: int) -> None:
        """A row that was reported for its count still has that count, until it is corrected."""
        for position, row in enumerate(rows):
            fault = self._faults.get(position)
            if len(row) != width and (fault is None or fault.code in _COUNTS):
                self._faults[position] = wrong_count(len(row), width)


def _of_file(row: list[str], heading: Heading) -> list[str]:
    """A row of a failure report → the row that was reported."""
    width = len(row)
    cells = [row[i] for i in heading.kept if i < width] + row[heading.width :]
    return read_back(cells) if heading.defused else cells


def _joined(parts: list[Sequence[int]]) -> Sequence[int]:
    if len(parts) == 1:
        return parts[0]
    first, last = parts[0], parts[-1]
    count = sum(map(len, parts))
    if all(isinstance(part, range) for part in parts) and last[-1] - first[0] + 1 == count:
        return range(first[0], last[-1] + 1)
    return list(chain.from_iterable(parts))
