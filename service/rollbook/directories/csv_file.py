"""Parses a small CSV file of a bulk load into its lines, by column.

Read as a file of users is, by its quotes, delimiters and line ends; but the first fault ends it.
"""

import csv
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from rollbook.checking import echo
from rollbook.checking.request_text import REQUEST, Origin
from rollbook.errors import FileFault, Reason
from rollbook.profiles import normal_header
from rollbook.reading import signatures
from rollbook.reading.delimiter import DELIMITERS, delimiter_of, delimiter_of_sep_line
from rollbook.reading.file_start import unterminated_quote
from rollbook.reading.record_parser import RecordParser
from rollbook.reading.record_splitter import RecordScanner, line_breaks
from rollbook.settings import MIB

_MOST_BYTES = MIB


class Line(NamedTuple):
    """A row: where it is, and its cells by column; a column that is absent is not among them."""

    origin: Origin
    cells: Mapping[str, str]


class _Header(NamedTuple):
    """The columns and what splits them; the text goes on at `end`, in line `line`."""

    columns: tuple[str, ...]
    delimiter: str
    end: int
    line: int


def read(data: bytes, known: Collection[str]) -> Iterator[Line]:
    """The rows of a file with some of the columns `known`, of which `name` must be there.

    Raises:
        Refusal: INVALID_OPTIONS, the file is too large, or a row cannot be taken apart.
        FileFault: EMPTY_FILE, ENCODING_ERROR, UNSUPPORTED_CONTENT, DELIMITER_MISMATCH,
            UNTERMINATED_QUOTE, or one of HEADER_….
    """
    if len(data) > _MOST_BYTES:
        raise REQUEST.wrong("csv", f"The file has {len(data)} bytes; {_MOST_BYTES} is the most.")
    text = _decoded(data)
    header = _header(text, known)
    rest = text[header.end :]
    # No row is larger than the file, so the limit of a row is out of its reach.
    parser = RecordParser(
        header.delimiter, header.columns, header.columns, 4 * _MOST_BYTES, len(header.columns)
    )
    parsed = parser.parse(rest, header.line, final=True)
    for position, (line, cells) in enumerate(zip(parsed.lines, parsed.as_rows(), strict=True)):
        origin = Origin(line)
        if issue := parsed.faults.get(position):
            raise origin.wrong(issue.field, issue.message)
        yield Line(origin, dict(zip(header.columns, cells, strict=True)))
    if parsed.used < len(rest):
        raise _never_closed(rest[parsed.used :], header.line + parsed.breaks, header.delimiter)


def _decoded(data: bytes) -> str:
    if why := signatures.foreign(data[:8]):
        raise FileFault(Reason.UNSUPPORTED_CONTENT, why, line=1)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        byte, line = f"0x{data[wrong.start]:02x}", 1 + data.count(b"\n", 0, wrong.start)
        raise FileFault(
            Reason.ENCODING_ERROR,
            f"The file is not UTF-8: byte {byte} at offset {wrong.start}, line {line}. "
            f'Save it again as "CSV UTF-8".',
            line=line,
            facts={"byte": byte, "offset": str(wrong.start)},
        ) from None


def _header(text: str, known: Collection[str]) -> _Header:
    """The first line that is neither blank nor a `sep=` in line 1."""
    declared, start, line = "", 0, 1
    while True:
        blank = len(text) - len(text[start:].lstrip(" \r\n"))
        line += line_breaks(text[start:blank])
        scanner = RecordScanner(declared or DELIMITERS)
        end = scanner.scan(text, blank)
        if scanner.within_quotes:
            raise _never_closed(text[blank:], line, declared or DELIMITERS)
        first = text[blank:end] if end >= 0 else text[blank:]
        start = blank + len(first)
        if line > 1 or not (declared := delimiter_of_sep_line(first, "")):
            break
        line += 1
    if not first:
        raise FileFault(Reason.EMPTY_FILE, "The file is empty: it needs a header.", line=1)
    if why := signatures.markup(first):
        raise FileFault(Reason.UNSUPPORTED_CONTENT, why, line=line)
    delimiter = delimiter_of(first, line, declared)
    return _Header(
        _columns(first, delimiter, line, known), delimiter, start, line + line_breaks(first)
    )


def _columns(header: str, delimiter: str, line: int, known: Collection[str]) -> tuple[str, ...]:
    try:
        cells = next(csv.reader([header], delimiter=delimiter, strict=True))
    except csv.Error:
        raise _unknown(header.rstrip("\r\n"), line, known) from None
    names = tuple(map(normal_header, cells))
    for cell, name in zip(cells, names, strict=True):
        if name not in known:
            raise _unknown(cell, line, known)
        if names.count(name) > 1:
            raise FileFault(
                Reason.HEADER_DUPLICATE_COLUMN,
                f"Line {line} has more than one column {name}. Keep one of them.",
                line=line,
                facts={"repeated": name},
            )
    if "name" not in names:
        raise FileFault(
            Reason.HEADER_MISSING_COLUMN,
            f"The column name is missing. Line {line} must be a header.",
            line=line,
            facts={"missing": "name"},
        )
    return names


def _unknown(cell: str, line: int, known: Collection[str]) -> FileFault:
    return FileFault(
        Reason.HEADER_UNKNOWN_COLUMN,
        f"Line {line}, the header, has the column {echo(cell)}, which is not understood. "
        f"Known: {', '.join(known)}.",
        line=line,
    )


def _never_closed(text: str, line: int, delimiters: str) -> FileFault:
    scanner = RecordScanner(delimiters)
    scanner.scan(text)
    return unterminated_quote(line + line_breaks(text[: max(scanner.opened, 0)]))
