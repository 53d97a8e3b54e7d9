"""A file that is read in columns gives what it gives when it is read record by record."""

import csv
import io

from hypothesis import example, given
from hypothesis import strategies as st

from tests.unit.reading.reads import CHUNKS, HEADER, PORTIONS, read

WIDTH = len(HEADER.split(","))
PLAIN = st.text("ab ,;é\u2028'=", max_size=6)
"""Cells that need no second look; the writer quotes those with a delimiter."""
ODDITIES = st.sampled_from(
    ['"', '""', "\n", "\r", "\r\n", ",", "\0", " \n", '\n\n"', "\ufffd", "x"]
)
"""What is put somewhere into a file that was plain."""


def file_of(rows: list[list[str]], end: str, header: str) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator=end).writerows([header.split(","), *rows])
    return text.getvalue()


@given(
    st.lists(st.lists(PLAIN, min_size=WIDTH, max_size=WIDTH), max_size=9),
    st.lists(st.tuples(st.integers(0, 400), ODDITIES), max_size=3),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([HEADER, f"{HEADER},row,error".replace("location,", "colour,"), f"{HEADER},x"]),
    st.tuples(st.sampled_from(CHUNKS), st.sampled_from(PORTIONS)),
    st.sampled_from([{}, {"max_record_bytes": 40}, {"max_rows": 3}]),
)
@example([["a"] * WIDTH] * 3, [(70, '"')], "\n", HEADER, (262_144, 2), {})
def test_a_file_is_read_the_same_by_both_ways(
    rows: list[list[str]],
    oddities: list[tuple[int, str]],
    end: str,
    header: str,
    cut: tuple[int, int],
    limits: dict[str, int],
) -> None:
    """Cells, lines, raw rows, issues, marks and faults, wherever it is cut and odd."""
    width = len(header.split(","))
    text = file_of([[*row, "x", "y"][:width] for row in rows], end, header)
    for at, oddity in oddities:
        place = min(len(text), len(header) + 1 + at)
        text = text[:place] + oddity + text[place:]
    content = text.encode()

    in_columns, exactly = (
        read(content, chunk=cut[0], most=cut[1], limits={**limits, "read_in_columns": together})
        for together in (True, False)
    )
    assert in_columns == exactly
