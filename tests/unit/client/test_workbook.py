"""The first sheet of a workbook as CSV, with notes on what differs."""

import csv
import io
import struct
import tracemalloc
import zipfile
from datetime import datetime, time
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from rollbook.client import workbook_to_csv

HEADER = ["employee_number", "email", "badge"]


class Sheet:
    """A workbook under way."""

    def __init__(self, folder: Path):
        self._path = folder / "staff.xlsx"
        self.book = Workbook()
        self.cells = self.book.worksheets[0]
        self.cells.append(HEADER)

    def converted(self) -> tuple[list[list[str]], list[str]]:
        """The records below the header, and the notes."""
        self.book.save(self._path)
        target = io.BytesIO()
        notes = workbook_to_csv(self._path, target)
        again = io.BytesIO()
        workbook_to_csv(self._path, again)
        assert target.getvalue() == again.getvalue()  # what resuming needs
        header, *records = csv.reader(io.StringIO(target.getvalue().decode("utf-8")))
        assert header == HEADER
        return records, notes


@pytest.fixture
def sheet(tmp_path: Path) -> Sheet:
    return Sheet(tmp_path)


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        ("00301", "General", "00301"),
        ("=not a formula", "General", "=not a formula"),
        ("  Zoë ", "General", "  Zoë "),
        (301, "General", "301"),
        (301, "0.00", "301"),
        (-7, "General", "-7"),
        (123456789012345, "General", "123456789012345"),
        (True, "General", "true"),
        (datetime.fromisoformat("2024-02-29"), "yyyy-mm-dd", "2024-02-29"),
        (datetime.fromisoformat("2024-02-29T13:05"), "General", "2024-02-29T13:05:00"),
        (time(8, 30), "hh:mm", "08:30:00"),
    ],
)
def test_a_cell_is_sent_as_it_is_and_nothing_is_said(
    sheet: Sheet, value: object, form: str, text: str
) -> None:
    """Texts, whole numbers without exponent, dates in ISO 8601."""
    sheet.cells.append([1, "a@example.com"])
    cell = sheet.cells.cell(2, 3, value)
    if isinstance(value, str):
        cell.data_type = "s"
    if form != "General":
        cell.number_format = form
    assert sheet.converted() == ([["1", "a@example.com", text]], [])


@pytest.mark.parametrize(
    ("value", "form", "text", "note"),
    [
        (0.1, "General", "0.1", "C2: a number with a fraction"),
        (1_000_000_000, "0.0E+00", "1.0E+09", "C2: a number with an exponent"),
        (1234567890123456, "General", "1.23456789012346E+15", "C2: a number of more than 15"),
        (301, "00000", "00301", "C2: a number that a format shows with leading zeros"),
        ("=A2+1", "General", "", "C2: a formula without a stored value"),
        ("a\nb", "General", "a\nb", "C2: a text with a line break"),
    ],
)
def test_what_a_spreadsheet_has_lost_or_made_is_said_and_not_guessed(
    sheet: Sheet, value: object, form: str, text: str, note: str
) -> None:
    """What is no whole number is not made one, so that the server refuses it where one is due."""
    sheet.cells.append([1, "a@example.com", value])
    sheet.cells.cell(2, 3).number_format = form
    records, (said,) = sheet.converted()
    assert records == [["1", "a@example.com", text]]
    assert said.startswith(note)


def test_a_formula_counts_by_its_stored_value(sheet: Sheet, tmp_path: Path) -> None:
    """As a spreadsheet program stores it beside the formula."""
    sheet.cells.append([1, "=A2", "x"])
    sheet.book.save(tmp_path / "made.xlsx")
    stored = tmp_path / "stored.xlsx"
    rewrite(tmp_path / "made.xlsx", stored, b"<f>A2</f><v />", b"<f>A2</f><v>41</v>")
    target = io.BytesIO()
    (note,) = workbook_to_csv(stored, target)
    assert target.getvalue().splitlines()[1] == b"1,41,x"
    assert note == "B2: a formula; the value that was last stored is sent"


def test_a_carriage_return_in_a_cell_does_not_end_the_record(sheet: Sheet, tmp_path: Path) -> None:
    """The server refuses the cell, not the rows that would become of it."""
    sheet.cells.append([1, "a@example.com", "x@CR@y"])
    sheet.book.save(tmp_path / "made.xlsx")
    stored = tmp_path / "stored.xlsx"
    rewrite(tmp_path / "made.xlsx", stored, b"x@CR@y", b"x&#13;y")
    target = io.BytesIO()
    workbook_to_csv(stored, target)
    assert target.getvalue().split(b"\r\n")[1] == b'1,a@example.com,"x\ry"'


def rewrite(source: Path, target: Path, old: bytes, new: bytes) -> None:
    """Copy a workbook with a change in its first sheet."""
    with zipfile.ZipFile(source) as read, zipfile.ZipFile(target, "w") as written:
        for name in read.namelist():
            content = read.read(name)
            if name == "xl/worksheets/sheet1.xml":
                assert old in content
                content = content.replace(old, new)
            written.writestr(name, content)


def test_numbers_beside_texts_with_leading_zeros_are_suspected(sheet: Sheet) -> None:
    """Leading zeros may be lost; how many is unknown, so none are put back."""
    for number in ["00301", 302, 303, "00304"]:
        sheet.cells.append([number, "a@example.com"])
    records, notes = sheet.converted()
    assert [record[0] for record in records] == ["00301", "302", "303", "00304"]
    assert notes == [
        "A3, A4: a number in a column whose texts have leading zeros; its own may be lost"
    ]


def test_a_line_of_the_answers_is_a_row_of_the_sheet(sheet: Sheet) -> None:
    """Blank rows are kept as blank lines, except after the last cell."""
    sheet.cells.append([])
    sheet.cells.append([3, "a@example.com", "x"])
    sheet.cells.cell(900, 1).number_format = "00000"
    records, _ = sheet.converted()
    assert records == [[], ["3", "a@example.com", "x"]]


def test_only_the_first_sheet_is_read_and_that_is_said(sheet: Sheet) -> None:
    sheet.cells.append([1, "a@example.com", "x"])
    sheet.book.create_sheet("Leavers").append([2])
    records, notes = sheet.converted()
    assert len(records) == 1
    assert notes == ["only the sheet 'Sheet' is read; not 'Leavers'"]


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"PK\x03\x04", b"\xd0\xcf\x11\xe0old"])
def test_what_is_no_workbook_is_refused_as_one(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "staff.xlsx"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"not a workbook in the format \.xlsx"):
        workbook_to_csv(path, io.BytesIO())


def test_a_row_beyond_the_last_of_a_sheet_is_refused(sheet: Sheet, tmp_path: Path) -> None:
    """A number of a row is a few bytes, and would be as many blank lines."""
    sheet.cells.append(["1", "a@example.org", "x"])
    sheet.converted()
    before, after = tmp_path / "staff.xlsx", tmp_path / "far.xlsx"
    with zipfile.ZipFile(before) as read, zipfile.ZipFile(after, "w") as written:
        for name in read.namelist():
            content = read.read(name)
            if name.endswith("sheet1.xml"):
                content = content.replace(b'<row r="2"', b'<row r="10000000000"')
                content = content.replace(b'r="A2"', b'r="A10000000000"')
                content = content.replace(b'r="B2"', b'r="B10000000000"')
                content = content.replace(b'r="C2"', b'r="C10000000000"')
            written.writestr(name, content)
    with pytest.raises(ValueError, match="more than 1,048,576 rows"):
        workbook_to_csv(after, io.BytesIO())


MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
LINK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SHARED = '<c t="s"><v>0</v></c>'


def workbook(**parts: str) -> bytes:
    """A workbook, part by part: `rows` of its sheet, `texts` that are shared, `styles`, `types`."""
    types = parts.get("types") or "".join(
        f'<Override PartName="/xl/{name}.xml" ContentType="{TYPE}.{kind}+xml"/>'
        for name, kind in (
            ("workbook", "sheet.main"),
            ("worksheets/sheet1", "worksheet"),
            ("sharedStrings", "sharedStrings"),
        )
    )
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        relations = "http://schemas.openxmlformats.org/package/2006"
        archive.writestr(
            "[Content_Types].xml", f'<Types xmlns="{relations}/content-types">{types}</Types>'
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook {MAIN} xmlns:r="{LINK}"><sheets>'
            '<sheet name="A" sheetId="1" r:id="rId1"/></sheets></workbook>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{relations}/relationships"><Relationship Id="rId1" '
            f'Type="{LINK}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        )
        rows = parts.get("rows", f"<row>{SHARED}</row>")
        archive.writestr(
            "xl/worksheets/sheet1.xml",
            f"<worksheet {MAIN}><sheetData>{rows}</sheetData></worksheet>",
        )
        texts = parts.get("texts", "<si><t>email</t></si>")
        archive.writestr("xl/sharedStrings.xml", f"<sst {MAIN}>{texts}</sst>")
        archive.writestr("xl/styles.xml", parts.get("styles", f"<styleSheet {MAIN}/>"))
    return target.getvalue()


def test_a_workbook_that_is_written_by_hand_is_read() -> None:
    """What the next tests swell is read as it is."""
    target = io.BytesIO()
    rows = f'<row r="1">{SHARED}</row>' + f'<row s="1">{SHARED}</row>' * 20_000
    workbook_to_csv(io.BytesIO(workbook(rows=rows)), target)
    assert target.getvalue() == b"email\r\n" * 20_001


MIB = 1024 * 1024
SWOLLEN = {
    "a text that each cell repeats": (
        {"texts": f"<si><t>{'a' * 32_000}</t></si>", "rows": f"<row>{SHARED * 16_000}</row>"},
        "row 1 has more than 4,194,304 characters",
    ),
    "a text that each row repeats": (
        {"texts": f"<si><t>{'a' * 32_000}</t></si>", "rows": f"<row>{SHARED}</row>" * 600},
        "more than 16,777,216 characters",
    ),
    "one text": ({"texts": f"<si><t>{'a' * 100 * MIB}</t></si>"}, "a cell has more than"),
    "elements": ({"texts": '<a b=""/>' * 600_000}, "would take more than 128 MiB"),
    "an attribute": ({"texts": f'<si a="{"a" * 10 * MIB}"/>'}, "a tag without an end"),
    "a text in its cell": (
        {"rows": f"<row><c t='inlineStr'><is><t>{'a' * MIB}</t></is></c></row>"},
        "a cell has more than",
    ),
    "a row": ({"rows": f"<row>{'<c/>' * 300_000}</row>"}, "a row is too long"),
    "rows of another language": (
        {"rows": '<x:row xmlns:x="x" a=""/>' * 600_000},
        "would take more than 128 MiB",
    ),
    "spaces": (
        {"styles": f"<a {MAIN}>{('<c/>' + ' ' * 5_000) * 5_000}</a>"},
        "once it is expanded",
    ),
    "entities": ({"texts": ""}, "declares entities"),
}


@pytest.mark.parametrize("case", SWOLLEN)
@pytest.mark.few(4)
def test_a_workbook_that_would_swell_is_refused_before_it_does(case: str) -> None:
    """A few kilobytes never become more memory than a workbook may take."""
    parts, message = SWOLLEN[case]
    book = workbook(**parts)
    if case == "entities":
        book = workbook(styles='<!DOCTYPE a [<!ENTITY a "aaaa">]><a>&a;</a>')
    target = Counted()
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=message):
            workbook_to_csv(io.BytesIO(book), target, 16 * MIB)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 24 * MIB


class Counted(io.BytesIO):
    """Where a sheet is written to, and not kept."""

    def write(self, data: Any) -> int:
        return len(data)


_FAR = '<row><c r="{1}{0}" t="inlineStr"><is><t>x</t></is></c></row>'
_TABLE = f'<row r="{{0}}">{SHARED * 3}<c r="XFD{{0}}" s="0"/></row>'


@pytest.mark.parametrize("column", ["ZZZ", "XFD"])
def test_a_text_far_to_the_right_in_each_row_is_refused(column: str) -> None:
    """They are few bytes, and as many empty cells as columns: none of these is made."""
    rows = "".join(_FAR.format(row, column) for row in range(1, 5_000))
    target = Counted()
    with pytest.raises(ValueError, match=f"as far to the right as column {column}, and nearly all"):
        workbook_to_csv(io.BytesIO(workbook(rows=rows)), target, 64 * MIB)


def test_blank_cells_far_to_the_right_are_left_out_and_that_is_said() -> None:
    """A format that somebody gave to a whole row, down to the last column; the table is read."""
    rows = "".join(map(_TABLE.format, range(1, 5_000)))
    target = io.BytesIO()
    notes = workbook_to_csv(io.BytesIO(workbook(rows=rows)), target)
    assert notes == ["blank cells to the right of column C are left out"]
    assert target.getvalue() == b"email,email,email\r\n" * 4_999


def test_some_cells_far_to_the_right_are_read() -> None:
    """As somebody may have written beside the table."""
    target = io.BytesIO()
    rows = "".join(_FAR.format(row, "XFD") for row in range(1, 4))
    assert workbook_to_csv(io.BytesIO(workbook(rows=rows)), target) == []
    assert target.getvalue() == (b"," * 16_383 + b"x\r\n") * 3


@pytest.mark.parametrize("declared", [1, 10**6])
def test_a_part_is_not_as_long_as_the_workbook_says(declared: int) -> None:
    """What the archive says of a part is not believed: some reading goes by it, some does not."""
    book = bytearray(workbook())
    at = book.rindex(b"xl/styles.xml") - 46  # its entry in the archive's directory
    struct.pack_into("<L", book, at + 24, declared)
    with pytest.raises(ValueError, match="not a workbook"):
        workbook_to_csv(io.BytesIO(book), io.BytesIO())


def test_a_list_of_parts_without_end_is_not_read() -> None:
    """It alone would be some hundred times its size in memory."""
    book = bytearray(workbook())
    at = book.rindex(b"PK\x05\x06")
    struct.pack_into("<L", book, at + 12, 2 * MIB)
    with pytest.raises(ValueError, match="too many parts"):
        workbook_to_csv(io.BytesIO(book), io.BytesIO())
