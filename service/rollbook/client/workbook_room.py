"""Says whether a workbook can be read in bounded memory, before anything of it is expanded.

A workbook is a ZIP archive of XML parts. A few bytes of it can stand for gigabytes, and a few bytes
of XML for many elements. So each part is read here once, by pieces that are dropped at once, and
what the reader would keep of it is counted. Only the rows of a sheet are read one by one; all else
is kept as a whole.
"""

import re
import struct
import zipfile
from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from typing import BinaryIO
from xml.etree import ElementTree
from xml.parsers import expat

_MIB = 1024 * 1024
_MOST_OF_THE_DIRECTORY = _MIB
"""Of the archive's list of parts, which is read as a whole: some ten thousand of them."""
_MOST_OF_A_PART = 1024 * _MIB
_MOST_TIMES, _TIMES_COUNT_FROM = 200, 16 * _MIB
"""How many times as large as compressed a part may be; sheets are some 10 to 50 times so."""
_MOST_KEPT = 128 * _MIB
"""Of all that is kept at once: some 700,000 different texts, or a million rows and some texts."""
_MOST_OF_A_ROW = 8 * _MIB
"""16,384 columns take some 3 MiB."""
_MOST_OF_A_CELL = 65_536
"""Characters: twice what a spreadsheet takes, as a text may have its pronunciation beside it."""
_MOST_OF_A_TAG = 256 * 1024
_ELEMENT, _ATTRIBUTES = 64, 200
"""Bytes that an element takes, and some more where it has attributes."""
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_ROW, _CELLS = f"{_MAIN} row", {f"{_MAIN} c", f"{_MAIN} si"}
_PLACE = re.compile(r"([A-Za-z]{1,3})[0-9]+")
_PIECE = 64 * 1024
_TYPES = "[Content_Types].xml"
_SHEET_TYPE = "worksheet+xml"
_SHEETS = "xl/worksheets/"
_ENDS = ((b"PK\x05\x06", "<12xL"), (b"PK\x06\x06", "<40xQ"))
"""What ends an archive, and where the length of its directory stands, as ZIP and as ZIP64."""
_NOT_HERE = 0xFFFF_FFFF
_MOST_OF_AN_END = 66 * 1024
_MOST_EMPTY, _EMPTY_A_CELL = 1_000_000, 20
"""Cells of a sheet that are not written, as a cell to their right is: so many in all, and so many
for each that is. Some are usual. A cell far to the right in each row makes thousands for one."""
_IN_A_ROW = 2
"""The depth of a cell, where that of its row is 1."""


class TooLarge(ValueError):
    """A workbook would take more memory than it may; says what of it, and what to do."""


@dataclass(slots=True)
class Extent:
    """How far a sheet reaches: columns count from 1.

    `cells`: those that are written; `widths`: the sum over the rows of the column of the last cell;
    `last`: the last column of all, `valued`: that of the cells with something in them; `rows`.
    """

    cells: int = 0
    widths: int = 0
    last: int = 0
    valued: int = 0
    rows: int = 0


def check_room(file: BinaryIO) -> Mapping[str, Extent]:
    """Read the workbook once, in flat memory. Returns how far each of its parts reaches, by name.

    Raises:
        TooLarge: it would take more memory than it may.
        ValueError: it contradicts itself.
        zipfile.BadZipFile: it is no archive.
    """
    _check_directory(file)
    with zipfile.ZipFile(file) as archive:
        parts = archive.infolist()
        types = [part for part in parts if part.filename == _TYPES]
        kept = sum(_read(archive, part, by_rows=False).kept for part in types)
        sheets = _sheets(archive)
        largest = 0
        extents = {}
        for part in parts:
            if part.filename == _TYPES:
                continue
            look = _read(archive, part, by_rows=part.filename in sheets)
            extents[part.filename] = look.extent
            if part.filename in sheets:
                largest = max(largest, look.kept)
            else:
                kept += look.kept
            if kept + largest > _MOST_KEPT:
                raise _too_much(f"it would take more than {_MOST_KEPT // _MIB} MiB of memory")
        return extents


def last_column(reaches: Extent) -> int | None:
    """The last column that is read; None: each row to its last cell.

    Blank cells that have a format only, far to the right, are not read: they hold nothing.

    Raises:
        TooLarge: what does hold something stands so far to the right, in so few cells.
    """
    most = reaches.cells + _MOST_EMPTY + _EMPTY_A_CELL * reaches.cells
    if reaches.widths <= most:
        return None
    if reaches.valued and reaches.valued * reaches.rows <= most:
        return reaches.valued
    raise TooLarge(
        f"it has cells as far to the right as column {letters_of(reaches.last - 1)}, and nearly "
        "all before them are empty: delete the columns to the right of its table, or save it as CSV"
    )


def _check_directory(file: BinaryIO) -> None:
    file.seek(0, 2)
    file.seek(max(0, file.tell() - _MOST_OF_AN_END))
    tail = file.read()
    for mark, form in _ENDS:
        at = tail.find(mark)
        while at >= 0:
            if len(tail) - at >= struct.calcsize(form):
                (length,) = struct.unpack_from(form, tail, at)
                if _MOST_OF_THE_DIRECTORY < length != _NOT_HERE:
                    raise _too_much("it has too many parts")
            at = tail.find(mark, at + 1)
    file.seek(0)


def _sheets(archive: zipfile.ZipFile) -> set[str]:
    """The parts that are declared as sheets and nothing else: their rows are read one by one."""
    try:
        root = ElementTree.fromstring(archive.read(_TYPES))  # noqa: S314 -- it was looked at
    except (KeyError, ElementTree.ParseError):
        return set()
    kinds: dict[str, set[bool]] = {}
    for one in root:
        name = one.get("PartName", "")[1:]
        kinds.setdefault(name, set()).add(one.get("ContentType", "").endswith(_SHEET_TYPE))
    return {name for name, is_sheet in kinds.items() if is_sheet == {True} and _is_sheet(name)}


def _is_sheet(name: str) -> bool:
    return name.startswith(_SHEETS) and name.endswith(".xml")


def _read(archive: zipfile.ZipFile, part: zipfile.ZipInfo, *, by_rows: bool) -> "_Look":
    """What is kept of a part.

    Raises:
        ValueError: as `check_room`.
    """
    look = _Look(part.filename, by_rows=by_rows)
    for piece in _expanded(archive, part):
        look.at(piece)
    return look


def _expanded(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """The part, piece by piece; what its directory says of its size is not believed.

    Raises:
        ValueError: it is too large, or not as large as declared.
    """
    if part.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise _too_much(f"{part.filename[:64]} is compressed in a way that no spreadsheet uses")
    asked = copy(part)
    asked.file_size = _MOST_OF_A_PART + 1
    size = 0
    with archive.open(asked) as opened:
        while piece := opened.read(_PIECE):
            size += len(piece)
            times = size // max(1, part.compress_size)
            if size > _MOST_OF_A_PART or (size > _TIMES_COUNT_FROM and times > _MOST_TIMES):
                raise _too_much(f"{part.filename[:64]} is too large once it is expanded")
            yield piece
    if size != part.file_size:
        raise ValueError(f"{part.filename[:64]} is not as long as the workbook says")


class _Look:
    """What would be kept of a part, counted while it passes."""

    def __init__(self, name: str, *, by_rows: bool):
        self.kept = 0
        self.extent = Extent()
        self._depth = 0
        """Of the element in the row that it is in: 1 is the row itself; 0: in none."""
        self._column = 0
        self._name = name[:64]
        self._by_rows = by_rows
        self._passed = 0
        self._row_from = -1
        self._of_row = 0
        self._cell = 0
        self._quiet = 0
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._is_xml = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.StartDoctypeDeclHandler = self._doctype

    def at(self, piece: bytes) -> None:
        """Look at the next piece."""
        self._quiet += len(piece)
        self._passed += len(piece)
        self.kept += len(piece)
        if self._is_xml:
            try:
                self._parser.Parse(piece, False)
            except expat.ExpatError:  # no XML, or no longer: then nobody makes elements of it
                self._is_xml, self._row_from = False, -1
            else:
                if self._quiet > _MOST_OF_A_TAG:
                    raise _too_much(f"{self._name} has a tag without an end")
        if self._row_from >= 0 and self._row_takes(self._passed) > _MOST_OF_A_ROW:
            raise _too_much("a row is too long")
        if self.kept > _MOST_KEPT:
            raise _too_much(f"{self._name} would take more than {_MOST_KEPT // _MIB} MiB of memory")

    def _row_takes(self, until: int) -> int:
        return self._of_row + until - self._row_from

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._quiet = 0
        takes = _ELEMENT + (_ATTRIBUTES if attributes else 0)
        self.kept += takes
        if self._row_from >= 0:
            self._of_row += takes
        elif self._by_rows and name == _ROW:
            self._row_from, self._of_row = self._parser.CurrentByteIndex, takes - _ELEMENT
        if name in _CELLS:
            self._cell = 0
        self._reach(name, attributes)

    def _reach(self, name: str, attributes: dict[str, str]) -> None:
        """Follow how far the sheet reaches: what stands in a row is a cell, by whatever name."""
        if self._depth:
            self._depth += 1
        elif name == _ROW:
            self._depth, self._column = 1, 0
            self.extent.rows += 1
        if self._depth == _IN_A_ROW:
            self.extent.cells += 1
            self._column = _column_of(attributes.get("r", "")) or self._column + 1
            self.extent.last = max(self.extent.last, self._column)
        elif self._depth > _IN_A_ROW:
            self.extent.valued = max(self.extent.valued, self._column)

    def _end(self, name: str) -> None:
        self._quiet = 0
        if self._depth:
            self._depth -= 1
            if not self._depth:
                self.extent.widths += self._column
        if self._row_from >= 0 and name == _ROW:  # it goes, and leaves an empty element
            self.kept -= self._row_takes(self._parser.CurrentByteIndex)
            self._row_from = -1

    def _text(self, text: str) -> None:
        self._quiet = 0
        self._cell += len(text)
        if self._cell > _MOST_OF_A_CELL:
            raise _too_much(f"a cell has more than {_MOST_OF_A_CELL:,} characters")

    def _doctype(self, *_declared: object) -> None:
        raise _too_much(f"{self._name} declares entities")


def _column_of(place: str) -> int:
    """The column of a place such as `AB12`, from 1; 0: it is none."""
    found = _PLACE.fullmatch(place)
    column = 0
    for letter in found[1].upper() if found else "":
        column = 26 * column + ord(letter) - ord("A") + 1
    return column


def letters_of(at: int) -> str:
    """The letters of a column, by its number from 0: A, Z, AA."""
    name = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def _too_much(what: str) -> TooLarge:
    return TooLarge(f"{what}: save its first sheet as CSV, which is read whatever its size")
