"""Converts the first sheet of an Excel workbook to CSV, with notes on differences.

The server's contract is CSV, so a workbook is converted on the client. Every row of the sheet is
one record, also a blank one, so that line N of the answers is row N of the sheet.

    text                      as it is
    a whole number            its digits, with the leading zeros that a format such as 00000 shows
    any other number          with its fraction or exponent, and a note: nothing is rounded
    a date, a time            ISO 8601
    true and false            true, false
    a formula                 the value that was stored with it, and a note

Nothing is guessed: zeros or digits that the spreadsheet has lost are noted, not restored.
"""

import csv
import io
import re
import warnings
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from datetime import date, datetime, time
from itertools import zip_longest
from pathlib import Path
from typing import Any, BinaryIO

from rollbook.client.workbook_room import (
    Extent,
    TooLarge,
    check_room,
    last_column,
    letters_of,
)

WORKBOOK_SUFFIXES = (".xlsx", ".xlsm")

AS_CSV = {"delimiter": ",", "encoding": "utf-8"}
"""The options of the CSV that a workbook becomes, whatever its profile says of a file."""

_ZEROS = re.compile(r"0{2,}")
_EXPONENT = re.compile(r"[eE][+-]")
_MOST_ROWS = 1_048_576
"""Rows of a sheet by its format; a number beyond would be that many blank lines."""
_MOST_CELLS = 20 * _MOST_ROWS
"""Of a sheet; an empty one costs time, too, and a row of one cell may have 18,278."""
_MOST_OF_A_RECORD = 4 * 1024 * 1024
_MOST_OF_A_SHEET = 1024 * 1024 * 1024
"""Characters. A text is stored once in a workbook, and may stand in each of its cells."""
_EXACT_DIGITS = 15
"""Excel keeps no more digits of a number than these; later ones have become zeros."""
_FIRST_CELLS = 5
_NOTES = {
    "formula": "a formula; the value that was last stored is sent",
    "no_value": "a formula without a stored value, sent as blank; open and save the workbook in a "
    "spreadsheet program first",
    "fraction": "a number with a fraction, sent as it is",
    "exponent": "a number with an exponent, such as 1.0E+09, sent as shown; a spreadsheet makes "
    "one of a code such as 10E8",
    "digits": "a number of more than 15 digits, sent with an exponent; the spreadsheet has lost "
    "the digits after the 15th",
    "padded": "a number that a format shows with leading zeros, sent as shown",
    "zeros": "a number in a column whose texts have leading zeros; its own may be lost",
    "line_break": "a text with a line break; after it, lines of the answers are later than rows "
    "of the sheet",
}


class _Named:
    """Cells that have something in common: how many, and the first few by name."""

    def __init__(self) -> None:
        self.count = 0
        self.first: list[str] = []

    def add(self, cell: str) -> None:
        self.count += 1
        if len(self.first) < _FIRST_CELLS:
            self.first.append(cell)

    def join(self, other: "_Named") -> None:
        self.count += other.count
        self.first = [*self.first, *other.first][:_FIRST_CELLS]


class _Notes(defaultdict[str, _Named]):
    """Cells by the note about them."""

    def __init__(self) -> None:
        super().__init__(_Named)

    def texts(self) -> list[str]:
        """A sentence for each kind, in the order of the table."""
        return [self._sentence(text, self[kind]) for kind, text in _NOTES.items() if kind in self]

    def _sentence(self, text: str, cells: _Named) -> str:
        more = cells.count - len(cells.first)
        return f"{', '.join(cells.first)}{f' and {more:,} more' if more else ''}: {text}"


def workbook_to_csv(
    path: Path | BinaryIO, target: BinaryIO, most: int = _MOST_OF_A_SHEET
) -> list[str]:
    """Write the first sheet of the workbook as CSV (UTF-8, commas); returns the notes.

    `path` is a file, or one that is open and can be read from its beginning, twice. `most` is how
    many characters may be written.

    Memory is bounded whatever the workbook, by `check_room`: a row, and the different texts, which
    stand in a part of their own. The same file gives the same bytes.

    Raises:
        ValueError: it is no workbook that can be read, or would take too much memory.
        ModuleNotFoundError: the extra `excel` is not installed.
        OSError: the file cannot be read.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of openpyxl: parts of Excel that hold no cells
        values, extents = _open(path)
        try:
            return _convert(values, extents, target, most)
        except (zipfile.BadZipFile, KeyError, TypeError, ValueError, SyntaxError) as wrong:
            raise ValueError(f"its first sheet cannot be read: {wrong}") from None
        finally:
            values.close()


def _open(path: Path | BinaryIO) -> tuple[Any, Mapping[str, Extent]]:
    from openpyxl import load_workbook

    try:
        if isinstance(path, Path):
            with path.open("rb") as file:
                extents = check_room(file)
        else:
            extents = check_room(path)
        return load_workbook(path, read_only=True, data_only=True, keep_links=False), extents
    except (OSError, TooLarge):
        raise
    except Exception:  # openpyxl has no error of its own for it
        raise ValueError(
            "it is not a workbook in the format .xlsx; it may be encrypted, damaged or an old .xls"
        ) from None


def _convert(values: Any, extents: Mapping[str, Extent], target: BinaryIO, most: int) -> list[str]:
    if not values.worksheets:
        raise ValueError("it has no sheet with cells")
    reaches = extents.get(values.worksheets[0]._worksheet_path, Extent())
    last = last_column(reaches)
    notes = _Notes()
    text = io.TextIOWrapper(target, "utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\r\n")  # without CR Python 3.11 leaves one unquoted
    width = 0
    zeros: set[int] = set()
    numbers: dict[int, _Named] = {}
    blank = written = 0
    for row, (cells, sources) in enumerate(_rows(values, last), start=1):
        record = _record(cells, sources, row, notes)
        if not record:
            blank += 1  # written only if a row follows: a sheet's end is where its cells end
            continue
        width = width or len(record)
        record += [""] * (width - len(record))
        written += 2 * blank + sum(map(len, record)) + len(record)
        if written > most:
            raise ValueError(f"it has more than {most:,} characters: save it as CSV")
        text.write("\r\n" * blank)
        blank = 0
        _watch_zeros(cells, row, zeros, numbers)
        writer.writerow(record)
    for at in sorted(zeros & numbers.keys()):
        notes["zeros"].join(numbers[at])
    text.detach()
    names = [sheet.title for sheet in values.worksheets]
    other = f"only the sheet {names[0]!r} is read; not {', '.join(map(repr, names[1:]))}"
    cut = f"blank cells to the right of column {letters_of(reaches.valued - 1)} are left out"
    others = [*([other] if len(names) > 1 else []), *([cut] if last else [])]
    return [*others, *notes.texts()]


def _rows(values: Any, last: int | None) -> Iterator[tuple[Sequence[Any], Sequence[Any]]]:
    """The cells of each row up to the column `last`, with their values and with their formulas.

    The second reading shares the texts of the first one, which are kept as a whole.
    """
    sheet = values.worksheets[0]
    with_formulas = copy(sheet)
    with_formulas.parent = copy(values)
    with_formulas.parent._data_only = False
    for one in (sheet, with_formulas):
        one.reset_dimensions()  # as written they are sometimes wrong, and would cut rows
    seen = 0
    both = zip_longest(
        *(one.iter_rows(max_col=last) for one in (sheet, with_formulas)), fillvalue=()
    )
    for row, (cells, sources) in enumerate(both, start=1):
        seen += len(cells)
        if row > _MOST_ROWS:
            raise ValueError(f"its first sheet has more than {_MOST_ROWS:,} rows")
        if seen > _MOST_CELLS:
            raise ValueError(f"its first sheet has more than {_MOST_CELLS:,} cells")
        yield cells, sources


def _record(cells: Sequence[Any], sources: Sequence[Any], row: int, notes: _Notes) -> list[str]:
    """The texts of a row, up to the last that is not blank."""
    record, length = list[str](), 0
    for at, (cell, source) in enumerate(zip_longest(cells, sources)):
        record.append(_text(cell, source, f"{letters_of(at)}{row}", notes))
        length += len(record[-1])
        if length > _MOST_OF_A_RECORD:  # texts are shared until they become one line
            raise ValueError(f"row {row} has more than {_MOST_OF_A_RECORD:,} characters")
    while record and not record[-1]:
        record.pop()
    return record


def _text(cell: Any, source: Any, name: str, notes: _Notes) -> str:
    """The cell's text in the CSV; `source` is the same cell with its formula."""
    value = cell.value if cell is not None else None
    if source is not None and source.data_type == "f":
        notes["no_value" if value is None else "formula"].add(name)
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case date() | time():
            return _iso(value)
        case int() | float():
            return _number(value, str(cell.number_format), name, notes)
    text = str(value)
    if "_x" in text:
        from openpyxl.utils.escape import unescape

        text = str(unescape(text))
    if "\n" in text or "\r" in text:
        notes["line_break"].add(name)
    return text


def _iso(value: date | time) -> str:
    if isinstance(value, datetime):  # Excel's dates are times of day, most of them midnight
        midnight = value.time() == time()
        return value.date().isoformat() if midnight else value.isoformat(timespec="seconds")
    return value.isoformat()


def _number(value: int | float, form: str, name: str, notes: _Notes) -> str:
    if _EXPONENT.search(form):
        notes["exponent"].add(name)
        return f"{value:.{_decimals(form)}E}"
    if isinstance(value, float) and not value.is_integer():
        notes["fraction"].add(name)
        return repr(value)
    if abs(value) >= 10**_EXACT_DIGITS:
        notes["digits"].add(name)
        return f"{float(value):.14E}"
    digits = str(int(value))
    if _ZEROS.fullmatch(form) and value >= 0 and len(digits) < len(form):
        notes["padded"].add(name)
        return digits.zfill(len(form))
    return digits


def _decimals(form: str) -> int:
    """How many digits a format such as `0.00E+00` shows after the point."""
    mantissa = re.split(r"[eE]", form)[0]
    return len(mantissa.partition(".")[2])


def _watch_zeros(
    cells: Sequence[Any], row: int, zeros: set[int], numbers: dict[int, _Named]
) -> None:
    """Keep which columns have a text such as 00123, and the numbers that stand in each column."""
    for at, cell in enumerate(cells):
        value = cell.value
        if isinstance(value, str):
            if len(value) > 1 and value.startswith("0") and value.isdecimal():
                zeros.add(at)
        elif type(value) is int and not _ZEROS.fullmatch(str(cell.number_format)):
            numbers.setdefault(at, _Named()).add(f"{letters_of(at)}{row}")
