"""Typed rows have the same interface and the same rules as CSV."""

from collections.abc import Mapping, Sequence

import pytest

from rollbook.errors import FileFault
from rollbook.model import Field, FileRows, Mode, Options
from rollbook.reading import TypedReader
from rollbook.settings import Settings
from tests.unit.reading.reads import DEFAULT

ROWS: list[dict[str, str]] = [
    {"employee_number": str(i), "email": f"u{i}@example.com"}
    | ({"role": ""} if i % 2 else {"attributes.shoe size": "44", "role": "user"})
    for i in range(1, 21)
]


def taken(
    rows: Sequence[Mapping[str, str]], *, at_once: int = 1000, most: int = 5000, **limits: int
) -> list[FileRows]:
    reader = TypedReader(DEFAULT, Options(), Settings().model_copy(update=limits))
    out = []
    for at in range(0, len(rows), at_once):
        reader.feed(rows[at : at + at_once])
        while reader.ready >= most:
            out.append(reader.take(most))
    reader.end()
    while (more := reader.take(most)) is not None:
        out.append(more)
    return [rows for rows in out if rows]


def test_lines_and_cells() -> None:
    """S44 Lines and rows are 1, 2, 3 …; unset is None, '' is blank; required columns are there."""
    (rows,) = taken(ROWS)
    assert list(rows.lines) == list(range(1, 21))
    assert rows.first == 1
    assert rows.columns["role"][:2] == ["", "user"]
    assert rows.columns["attributes.shoe size"][:2] == [None, "44"]
    assert rows.columns["first_name"][:2] == [None, None]
    assert "phone" not in rows.columns
    assert rows.raw[1][list(Field).index(Field.ROLE)] == "user"


@pytest.mark.parametrize("most", [1, 7, 100])
@pytest.mark.parametrize("at_once", [1, 3, 1000])
def test_marks(at_once: int, most: int) -> None:
    """The mark after a row is the same for any messages and any portions, and counts rows."""
    every = {rows.mark.offset: rows.mark.digest for rows in taken(ROWS, most=1)}
    some = taken(ROWS, at_once=at_once, most=most)
    assert {rows.mark.offset: rows.mark.digest for rows in some}.items() <= every.items()
    assert some[-1].mark.offset == 20
    assert len(set(every.values())) == 20


def test_order_of_fields_does_not_matter() -> None:
    """The digest is that of the fields, not of the order that they came in; blank is not absent."""
    one = {"email": "a", "role": "b"}
    assert taken([one])[0].mark == taken([dict(reversed(one.items()))])[0].mark
    assert taken([one])[0].mark != taken([one | {"phone": ""}])[0].mark


def test_wrong_rows() -> None:
    """S30 A NUL, or a row over its limit, fails that row alone."""
    rows = taken([ROWS[0], {"email": "a\0"}, {"email": "x" * 101}, ROWS[1]], max_record_bytes=100)[
        0
    ]
    assert [(at, i.code.value, i.field) for at, i in rows.faults.items()] == [
        (1, "nul_byte", "email"),
        (2, "record_too_large", ""),
    ]
    assert rows.columns["email"][1:3] == ["", ""]


@pytest.mark.parametrize("name", ["shoe", "password_hash", "attributes.", "attributes." + "x" * 65])
def test_unknown_field(name: str) -> None:
    """A field that is none stops the rows, after those before it."""
    reader = TypedReader(DEFAULT, Options(), Settings())
    reader.feed([ROWS[0], {name: "x"}, ROWS[1]])
    rows = reader.take(10)
    assert rows
    assert len(rows) == 1
    with pytest.raises(FileFault) as raised:
        reader.take(10)
    assert (raised.value.reason.value, raised.value.line) == ("header_unknown_column", 2)


def test_row_limit() -> None:
    """B083 The row beyond the limit stops the rows."""
    with pytest.raises(FileFault) as raised:
        taken(ROWS, max_rows=19)
    assert (raised.value.reason.value, raised.value.line) == ("too_many_rows", 20)


def test_nothing() -> None:
    """No rows are no fault; there is nothing to take."""
    assert taken([]) == []


def test_portions_by_bytes() -> None:
    """A portion has at most so many bytes, but one row at least."""
    reader = TypedReader(DEFAULT, Options(mode=Mode.UPDATE_ONLY), Settings())
    reader.feed(ROWS)
    assert reader.ready == 20
    for _ in ROWS:
        rows = reader.take(10, 1)
        assert rows
        assert len(rows) == 1
    assert reader.take(10) is None
