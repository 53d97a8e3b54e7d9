"""Takes a text apart into columns at once, where every record is plain.

Plain is a record on a line of its own, with as many cells as the header, whose quotes stand around
whole cells and nowhere else. What is anything else is left to `record_parser`, which says what is
wrong with it. Here numpy moves bytes, and no cell becomes an object; `csv` makes a list of each
row.
"""

from typing import NamedTuple

import numpy as np

from rollbook.text_column import Octets, Positions, TextColumn

_LF = ord("\n")
_QUOTE = ord('"')


class Columns(NamedTuple):
    """The cells of some rows by column, and where in the content the line of each row ends."""

    cells: list[TextColumn]
    ends: Positions


def columns_of(content: bytes, delimiter: str, width: int, most: int) -> Columns | None:
    """The cells of whole lines in UTF-8; None: they are not all plain.

    `width`: the columns of the header, two or more. `most`: the bytes that a record may have.
    """
    if b"\0" in content or not content.endswith(b"\n"):
        return None
    as_given = content
    if b"\r" in content:
        content = content.replace(b"\r\n", b"\n")
        if b"\r" in content:
            return None
    octets = np.frombuffer(content, dtype=np.uint8)
    is_mark = octets == _LF
    is_mark |= octets == ord(delimiter)
    is_mark |= octets == _QUOTE
    found = np.flatnonzero(is_mark)
    quotes_found = octets[found] == _QUOTE
    # A cell ends where an even number of quotes stands before.
    ends: Positions = found[~quotes_found & (np.cumsum(quotes_found) & 1 == 0)]
    if not _are_rows(octets, ends, content.count(b"\n"), width, most):
        return None
    starts = np.concatenate(([0], ends[:-1] + 1))
    stops = ends
    if b'"' in content:
        around = (octets[starts] == _QUOTE) & (octets[ends - 1] == _QUOTE) & (ends - starts > 1)
        if 2 * int(around.sum()) != content.count(b'"'):
            return None  # a quote is anywhere else
        starts, stops = starts + around, ends - around
    separated = octets.copy()
    separated[stops] = _LF
    sizes = stops - starts + 1
    cells = [
        TextColumn.gathered(separated, starts[column::width], sizes[column::width])
        for column in range(width)
    ]
    lines = ends[width - 1 :: width] + 1
    if content is not as_given:
        lines = np.flatnonzero(np.frombuffer(as_given, dtype=np.uint8) == _LF) + 1
    return Columns(cells, lines)


def _are_rows(octets: Octets, ends: Positions, lines: int, width: int, most: int) -> bool:
    """Whether the cells that end there are so many rows, each on a line of its own."""
    if len(ends) != lines * width:
        return False
    # As many line ends as there are end a row, so that none is anywhere else.
    ends_of_rows = ends[width - 1 :: width]
    longest = int(np.diff(ends_of_rows, prepend=-1).max()) - 1
    return longest <= most and bool((octets[ends_of_rows] == _LF).all())
