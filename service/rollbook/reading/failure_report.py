"""Writes and reads a line of the failure report.

The report adds five columns after those of the file. It puts a quote before every cell that a
spreadsheet would take for a formula, or that already begins with such a quote. It fills a row that
is too short with `<missing>`: blank cells would look like the user's own. Cells that a row has too
many come after the five.
"""

from collections.abc import Iterable, Sequence

from rollbook.model.formulas import defused, undefused

REPORT_COLUMNS = (
    "rollbook_line",
    "rollbook_codes",
    "rollbook_fields",
    "rollbook_message",
    "rollbook_report",
)
MISSING = "<missing>"
"""Stands for a cell that the row did not have. While it stands there, the row is too short."""


def reported(cells: Sequence[str], width: int, added: Iterable[str]) -> list[str]:
    """A line of the report of a file with `width` columns; `added` are the report's five cells."""
    own = [*map(_kept_apart, cells[:width]), *[MISSING] * (width - len(cells))]
    return [*own, *map(defused, added), *map(_kept_apart, cells[width:])]


def read_back(cells: Sequence[str]) -> list[str]:
    """The cells of the row as it was before it was reported. The five must be gone already."""
    there = len(cells)
    while there and cells[there - 1] == MISSING:
        there -= 1
    return [cell[1:] if cell == f"'{MISSING}" else undefused(cell) for cell in cells[:there]]


def _kept_apart(cell: str) -> str:
    return f"'{cell}" if cell == MISSING else defused(cell)
