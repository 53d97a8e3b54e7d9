"""Where a row begins and ends, what it holds, and what a wrong one costs."""

import csv
import tracemalloc

import pytest

from rollbook.errors import FileFault
from rollbook.model import Code, Mode, Options
from rollbook.reading import Reader
from rollbook.settings import Settings
from tests.unit.reading.reads import DEFAULT, HEADER, a_row, csv_of, told_of

GOOD = a_row(9)


def told_between(row: str) -> tuple[str, str] | None:
    """The result of `row`, between two good ones that must not suffer from it."""
    told = told_of(csv_of(a_row(1), row, GOOD))
    assert (told.reason, told.raw[0], told.raw[-1]) == ("", a_row(1).split(","), GOOD.split(","))
    return told.issues.get(1)


@pytest.mark.parametrize(
    ("row", "issue"),
    [
        ("E2,e2@example.com,A,B,", ("too_few_fields", "")),
        ("E2", ("too_few_fields", "")),
        ('""', ("too_few_fields", "")),
        (a_row(2) + ",", ("too_many_fields", "")),
        (a_row(2) + "," * 5000, ("too_many_fields", "")),
        (",,,,,", None),
        (a_row(2, first_name='"A"x'), ("malformed_quoting", "")),
        (a_row(2, first_name='"A" '), ("malformed_quoting", "")),
        (a_row(2, first_name=r'"\"A\""'), ("malformed_quoting", "")),
        (a_row(2, first_name='"A"x,"b', last_name='c"'), ("malformed_quoting", "")),
        (a_row(2, first_name="'A'"), None),
        (a_row(2, first_name='5" pipe'), None),
        (a_row(2, first_name=' "A"'), ("malformed_quoting", "")),
        (a_row(2, first_name='\u00a0"A"'), ("malformed_quoting", "")),
        (a_row(2, first_name='" ""A"""'), None),
        (a_row(2, first_name='"a ""quoted"" one"'), None),
        (a_row(2, first_name='""""'), None),
        (a_row(2, first_name="A\0B"), ("nul_byte", "first_name")),
        (a_row(2, location='"\0"'), ("nul_byte", "location")),
    ],
    ids=lambda value: None,
)
def test_one_wrong_row(row: str, issue: tuple[str, str] | None) -> None:
    """B103 B104 B106 B121 B122 S30 A row is wrong for itself alone; the next one is read."""
    assert told_between(row) == issue


def test_raw_of_wrong_rows() -> None:
    """The cells of a wrong row are kept as written, 256 of them at most."""
    told = told_of(csv_of("a", '1,"b"c,2,', "," * 999))
    assert [len(row) for row in told.raw] == [1, 4, 256]
    assert told.raw[1] == ["1", '"b"c', "2", ""]
    assert "has 1000 cells, the header 6" in told.messages[2]


def test_blank_lines() -> None:
    """B105 S44 Blank lines are skipped and are no rows; lines stay right."""
    told = told_of(csv_of(a_row(1), "", "    ", a_row(2), "\r\r", a_row(3)) + b"\n\n")
    assert told.lines == [2, 5, 8]


def test_line_of_spaces_over_the_limit() -> None:
    """A line of spaces longer than a row may be is a row that is too large."""
    told = told_of(csv_of(" " * 300, a_row(1), " " * 301), limits={"max_record_bytes": 300})
    assert told.lines == [3, 4]
    assert told.issues == {1: ("record_too_large", "")}


@pytest.mark.parametrize("tail", ['E2,"', 'E2,"a\nb', 'E2,"a""', '"', 'E2,"a\r\n\r"",b'])
def test_unterminated(tail: str) -> None:
    """B107 A quote that is never closed ends the file, by the line it is in; rows before count."""
    told = told_of(csv_of(a_row(1)) + tail.encode())
    assert (told.reason, told.line, told.lines) == ("unterminated_quote", 3, [2])
    assert told.facts["line"] == "3"


def test_unterminated_later_in_the_row() -> None:
    """B107 The line is that of the quote, not of the row's beginning."""
    told = told_of(csv_of(a_row(1)) + b'"E\n2","a\r\nb",c,"d\ne')
    assert (told.reason, told.line) == ("unterminated_quote", 5)


@pytest.mark.parametrize("mebibytes", [48, pytest.param(900, marks=pytest.mark.long)])
@pytest.mark.parametrize("filler", [b"x", b"\n", b'""', b'x""'])
def test_unterminated_and_long(filler: bytes, mebibytes: int) -> None:
    """B108 After a quote that is not closed memory stays flat; the line is the quote's."""
    reader = Reader(DEFAULT, Options(), Settings())
    reader.feed(csv_of(a_row(1)) + b'E2,"')
    chunk = filler * (262_144 // len(filler))
    tracemalloc.start()
    for _ in range(mebibytes * 4):
        reader.feed(chunk)
    reader.end()
    assert len(reader.take(5) or ()) == 1
    with pytest.raises(FileFault) as raised:
        reader.take(5)
    assert (raised.value.reason.value, raised.value.line) == ("unterminated_quote", 3)
    assert tracemalloc.get_traced_memory()[1] < 9_000_000
    tracemalloc.stop()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(end: str) -> None:
    """B113 B116 LF, CRLF and CR all end a row, and the last one may lack it."""
    rows = [a_row(i) for i in range(1, 30)]
    whole = told_of(csv_of(*rows, end=end))
    assert whole.lines == list(range(2, 31))
    assert told_of(csv_of(*rows, end=end).rstrip()) == whole
    assert whole.raw == [row.split(",") for row in rows]


def test_mixed_line_ends() -> None:
    """B112 B114 S44 Line ends may be mixed, and stand within quotes; numbering is exact."""
    quoted = a_row(3, first_name='"a\r\nb\rc\nd"')
    content = f"{HEADER}\r{a_row(1)}\r\n{a_row(2)}\n\r{quoted}\r{a_row(4)}\n\n\r\n{a_row(5)}"
    told = told_of(content.encode())
    assert told.lines == [2, 3, 5, 9, 12]
    assert told.raw[2][2] == "a\r\nb\rc\nd"


@pytest.mark.parametrize("char", "\u2028 \u2029 \x85 \x0b \x0c \x1c \x1d \x1e".split(" "))
def test_no_line_ends(char: str) -> None:
    """B117 What str.splitlines takes for a line end is a character of a cell."""
    told = told_of(csv_of(a_row(1, first_name=f"a{char}b"), a_row(2, first_name=f'"{char}"')))
    assert [row[2] for row in told.raw] == [f"a{char}b", char]
    assert told.lines == [2, 3]


@pytest.mark.parametrize("size", [1000, 1001, 20_000])
@pytest.mark.parametrize("cell", ["{}", '"{}"', '"\r\n{},\n""x"'])
def test_row_limit(size: int, cell: str) -> None:
    """B119 A row over its limit is dropped and reported at its end; those around it are fine."""
    empty = len(a_row(2, first_name=cell.format("")).encode())
    row = a_row(2, first_name=cell.format("x" * (size - empty)))
    content = csv_of(a_row(1), row, a_row(3), end="\r\n")
    told = told_of(content, limits={"max_record_bytes": 1000})
    too_large = size > 1000
    assert told.issues == ({1: ("record_too_large", "")} if too_large else {})
    assert told.lines == [2, 3, 4 + row.count("\n")]
    assert told.raw[2] == a_row(3).split(",")
    if too_large:
        assert told.raw[1] == []
        assert f"has {size} bytes" in told.messages[1]
    last = told_of(
        content.removesuffix(csv_of(header=a_row(3), end="\r\n")).rstrip(),
        limits={"max_record_bytes": 1000},
    )
    assert last.issues == told.issues


def test_10_megabytes_in_a_cell() -> None:
    """B119 10 MB in one cell are dropped as they come, and memory stays flat."""
    reader = Reader(DEFAULT, Options(), Settings())
    reader.feed(csv_of(a_row(1)) + b'E2,"')
    tracemalloc.start()
    for _ in range(160):
        reader.feed(b"x\n" * 32_768)
    reader.feed(b'",,,,\n' + csv_of(header=a_row(3)))
    reader.end()
    rows = reader.take(10)
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()
    assert rows
    assert list(rows.lines) == [2, 3, 4 + 160 * 32_768]
    assert [issue.code.value for issue in rows.faults.values()] == ["record_too_large"]
    assert rows.columns["first_name"][2] == "Ines"


def test_cell_over_the_limit_of_csv() -> None:
    """A cell larger than csv's own limit is read, and that limit is left as it was."""
    before = csv.field_size_limit()
    cell = 'x""' * 100_000
    content = csv_of(a_row(1, location=f'"{cell}"'), a_row(2, first_name="y" * 200_000), a_row(3))
    told = told_of(content, chunks=(4096, 262_144))
    assert told.issues == {}
    assert told.raw[0][5] == cell.replace('""', '"')
    assert told.raw[1][2] == "y" * 200_000
    assert told.raw[2] == a_row(3).split(",")
    assert csv.field_size_limit() == before


def test_portions_by_bytes() -> None:
    """A portion has at most so many bytes, but one row at least, and the marks stay the same."""
    content = csv_of(*map(a_row, range(1, 200)))
    for room, counts in ((1, {1}), (120, {3}), (10_000_000, {199})):
        reader = Reader(DEFAULT, Options(), Settings())
        reader.feed(content)
        reader.end()
        taken = []
        while rows := reader.take(5_000, room):
            taken.append(rows)
        assert {len(rows) for rows in taken[:-1] or taken} <= counts | {4}
        assert sum(map(len, taken)) == 199
        assert taken[-1].mark.offset == len(content)


def test_nothing_after_a_fault() -> None:
    """After a fault nothing more is read, and each call reports it again."""
    reader = Reader(DEFAULT, Options(), Settings())
    reader.feed(csv_of(header="x"))
    reader.feed(b"\n" * 100)
    reader.end()
    assert reader.ready == 1
    for _ in range(2):
        with pytest.raises(FileFault, match="missing"):
            reader.take(1)


def test_mode_does_not_matter_to_rows() -> None:
    """A blank line of delimiters is a row of blank cells, to be judged by others."""
    told = told_of(csv_of(",,,,,"), mode=Mode.UPDATE_ONLY)
    assert told.cells == [dict.fromkeys(HEADER.split(","), "")]


@pytest.mark.parametrize("marks", ["\x1a", "\0\0\0", "\x1a\0"])
@pytest.mark.parametrize("end", ["\n", ""])
def test_marks_at_the_end_of_a_file(marks: str, end: str) -> None:
    """Ctrl-Z and NULs after the last record are skipped, with one warning; elsewhere they count."""
    content = csv_of(a_row(1)).decode() + a_row(2, location="Lisbon") + end + marks
    told = told_of(content.encode())
    assert (told.reason, told.issues) == ("", {})
    assert [cells["location"] for cells in told.cells] == ["", "Lisbon"]
    reader = Reader(DEFAULT, Options(), Settings())
    reader.feed(content.encode())
    reader.end()
    while reader.take(1):
        pass
    (warning,) = reader.late_warnings
    assert (warning.code, warning.params["count"]) == (Code.TRAILING_BYTES_SKIPPED, str(len(marks)))


def test_a_short_row_names_the_first_missing_column() -> None:
    """B103 The message names the column, and does not guess at delimiters."""
    told = told_of(csv_of("E1,a@b.example,A"))
    assert "'last_name'" in told.messages[0]
    assert "delimiter" not in told.messages[0]
