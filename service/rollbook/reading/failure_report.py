"""Rows that failed → cells of a failure report, and a report that comes back → those rows.

The report writes five columns of its own after those of the file, and a quote before every cell
that a spreadsheet would take for a formula, or that begins with such a quote already. A row with
too few cells is filled up with `<missing>`, as blank ones would pass for the user's own; what a row
has too many stands after the five.
"""

from collections.abc import Iterable, Sequence

REPORT_COLUMNS = (
    "rollbook_line",
    "rollbook_codes",
    "rollbook_fields",
    "rollbook_message",
    "rollbook_report",
)
MISSING = "<missing>"
"""A cell that the row did not have. As long as it stands there, the row has too few."""

_QUOTE = "'"
_DANGEROUS = frozenset("=+-@\t\r＝＋－＠'")


def reported(cells: Sequence[str], width: int, said: Iterable[str]) -> list[str]:
    """A line of a report whose file has `width` columns; `said` are the report's own cells."""
    own = [*map(_kept_apart, cells[:width]), *[MISSING] * (width - len(cells))]
    return [*own, *map(defused, said), *map(_kept_apart, cells[width:])]


def read_back(cells: Sequence[str]) -> list[str]:
    """The cells of the row that was reported, without the report's own."""
    there = len(cells)
    while there and cells[there - 1] == MISSING:
        there -= 1
    return [undefused(cell) for cell in cells[:there]]


def defused(cell: str) -> str:
    """`cell` as no spreadsheet computes it: a quote before what begins dangerously."""
    return _QUOTE + cell if cell[:1] in _DANGEROUS and cell else cell


def undefused(cell: str) -> str:
    """`cell` without the quote that the report put before it, if it did."""
    if cell.startswith(_QUOTE) and (cell[1:2] in _DANGEROUS or cell[1:] == MISSING):
        return cell[1:] or cell
    return cell


def _kept_apart(cell: str) -> str:
    return _QUOTE + cell if cell == MISSING else defused(cell)
