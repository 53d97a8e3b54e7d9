"""Plain records as columns: what comes out is what `csv` reads, or nothing."""

import csv
import io
from itertools import accumulate

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rollbook.reading.column_parser import columns_of

MOST = 1 << 20
CELLS = st.text('ab ,"\r\n;é\0', max_size=5)
PLAIN = st.text("ab ,;é\u2028", max_size=5)


def by_csv(text: str) -> list[list[str]]:
    """The columns of rows of one length."""
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    return [list(column) for column in zip(*rows, strict=True)]


def written(rows: list[list[str]], end: str, quoting: int) -> str:
    """The rows as the standard writer writes them."""
    text = io.StringIO()
    csv.writer(text, lineterminator=end, quoting=quoting).writerows(rows)  # type: ignore[arg-type]
    return text.getvalue()


@given(st.text('ab,"\r\né\0 ', max_size=60), st.integers(2, 4))
@example('a,"b\n', 2)
@example('a,b"\n', 2)
@example('a,""\n', 2)
@example('a,"\n"",b\n', 3)
@example("\na,b,c\n", 2)
@example("a,b\r\r\n", 2)
def test_any_text_is_read_as_csv_reads_it_or_not_at_all(text: str, width: int) -> None:
    """A text of which anything is odd is left to the exact way."""
    found = columns_of(text.encode(), ",", width, MOST)
    if found is not None:
        assert found.cells == by_csv(text)
        assert len(found.cells) == width
        assert [*found.ends] == [*accumulate(map(len, text.encode().splitlines(keepends=True)))]


@given(
    st.integers(2, 4).flatmap(
        lambda width: st.lists(
            st.lists(PLAIN, min_size=width, max_size=width), min_size=1, max_size=8
        )
    ),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_plain_rows_are_always_read(rows: list[list[str]], end: str, quoting: int) -> None:
    """Quoted or not, with either line end, in any script: only then is a large file quick."""
    found = columns_of(written(rows, end, quoting).encode(), ",", len(rows[0]), MOST)
    assert found
    assert found.cells == [list(column) for column in zip(*rows, strict=True)]


@pytest.mark.parametrize(
    "text",
    [
        "a,b",  # no line end yet
        "a,b\rc,d\r",  # CR alone
        'a,"b""c"\n',  # a quote within a cell
        'a,"b\nc"\n',  # a record of two lines
        'a, "b"\n',  # a quote behind a space
        'a,b"c\n',
        'a,"b\nc,d"\n',
        "a\nb,c,d\n",  # too few cells, and too many
        "a,b\n\nc,d\n",  # a blank line
        "a,b\0\n",
    ],
)
def test_what_is_not_plain_is_left(text: str) -> None:
    """B103, B107, B113: `record_parser` says what is wrong with it."""
    assert columns_of(text.encode(), ",", 2, MOST) is None


def test_a_record_over_the_limit_is_left() -> None:
    """B119: the limit counts a record's bytes without its line end."""
    text = "a,ééé\n"
    found = columns_of(text.encode(), ",", 2, 8)
    assert found
    assert found.cells == [["a"], ["ééé"]]
    assert columns_of(text.encode(), ",", 2, 7) is None
