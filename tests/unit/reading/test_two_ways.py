"""A file that is read in columns gives what it gives when it is read record by record.

Lines that end in CR alone are never plain, so that the same file with such ends goes the exact way.
"""

import csv
import io

from hypothesis import example, given
from hypothesis import strategies as st

from tests.unit.reading.reads import CHUNKS, HEADER, PORTIONS, Told, read

WIDTH = len(HEADER.split(","))
END = "\v"
"""Stands for a line end, until it is decided which."""
PLAIN = st.text("ab ,;é\u2028'=", max_size=6)
"""Cells that need no second look; the writer quotes those with a delimiter."""
ODDITIES = st.sampled_from(['"', '""', END, f" {END}", f'{END}{END}"', ",", "\0", "\ufffd", "x"])
"""What is put somewhere into a file that was plain."""


def file_of(rows: list[list[str]], header: str) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator=END).writerows([header.split(","), *rows])
    return text.getvalue()


@given(
    st.lists(st.lists(PLAIN, min_size=WIDTH, max_size=WIDTH), max_size=9),
    st.lists(st.tuples(st.integers(0, 400), ODDITIES), max_size=3),
    st.sampled_from([HEADER, f"{HEADER},row,error".replace("location,", "colour,"), f"{HEADER},x"]),
    st.tuples(st.sampled_from(CHUNKS), st.sampled_from(PORTIONS)),
    st.sampled_from([{}, {"max_record_bytes": 40}, {"max_rows": 3}]),
)
@example([["a"] * WIDTH] * 3, [(70, '"')], HEADER, (262_144, 2), {})
def test_a_file_is_read_the_same_by_both_ways(
    rows: list[list[str]],
    oddities: list[tuple[int, str]],
    header: str,
    cut: tuple[int, int],
    limits: dict[str, int],
) -> None:
    """Cells, lines, raw rows, issues and faults, wherever it is cut and odd."""
    width = len(header.split(","))
    text = file_of([[*row, "x", "y"][:width] for row in rows], header)
    for at, oddity in oddities:
        place = min(len(text), len(header) + 1 + at)
        text = text[:place] + oddity + text[place:]
    in_columns, exactly = (_told(text.replace(END, end), cut, limits) for end in "\n\r")
    assert in_columns == exactly


def _told(text: str, cut: tuple[int, int], limits: dict[str, int]) -> Told:
    """What is read; a line end within a cell is as it was written, so there all count the same."""
    told, _ = read(text.encode(), chunk=cut[0], most=cut[1], limits=limits)
    told.raw = [[_ends_alike(cell) for cell in row] for row in told.raw]
    told.cells = [
        {name: cell and _ends_alike(cell) for name, cell in row.items()} for row in told.cells
    ]
    return told


def _ends_alike(cell: str) -> str:
    return cell.replace("\r", "\n")
