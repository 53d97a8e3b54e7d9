"""Reads the start of a file: its delimiter, its header, and where the rows begin."""

import csv
import re

from rollbook.errors import FileFault, Reason
from rollbook.model import Code, Issue
from rollbook.reading import signatures
from rollbook.reading.content_digest import ContentDigest
from rollbook.reading.delimiter import DELIMITERS, delimiter_of, delimiter_of_sep_line
from rollbook.reading.excerpt import shown
from rollbook.reading.header import Header, HeaderParser
from rollbook.reading.record_splitter import OpenRecord, RecordScanner, line_breaks

_PREAMBLE = re.compile(
    rf"""(?ix) "?(?: \#TYPE\ [^\r\n]* | version:\s*v?[\d.]+ ) "? [{DELIMITERS}\ ]* [\r\n]*"""
)
"""Lines of other programs before the header: PowerShell's `#TYPE`, Entra's `version:v1.0`."""

_LOOKED_AHEAD = 10
"""Records after a line that is not a header in which the header is looked for, for the message."""

_BLANK_LINES = re.compile(r"(?: {0,999}(?:\r\n|\r|\n))*+")


class FileStart:
    """Finds the header: the first line that is neither blank nor a preamble (`sep=;`, `#TYPE …`).

    `line` is the line of the next text. `read` sets `header` and `delimiter` when it finds them.
    `preamble` has a warning for each line that was skipped.
    """

    def __init__(
        self, declared: str, headers: HeaderParser, digest: ContentDigest, most: int
    ) -> None:
        self.header: Header | None = None
        self.delimiter = declared
        self._declared = declared
        self.line = 1
        self.preamble: list[Issue] = []
        self._not_header: FileFault | None = None
        self._records_after = 0
        self._headers = headers
        self._digest = digest
        self._most = most
        # While the delimiter is unknown a quote opens a name after any of them.
        self._open = OpenRecord(declared or DELIMITERS, most)

    @property
    def last_line(self) -> int:
        """The line of the last text that was read."""
        return self.line + self._open.breaks

    def read(self, text: str) -> str:
        """Read on, up to the end of the header. Returns the part of `text` after the header.

        Raises:
            FileFault: the header, or what stands in its place, is wrong.
        """
        at = 0
        while at < len(text):
            if not self._open.size:
                at = self._skip_blank_lines(text, at)
            at = self._open.read(text, at)
            if self._open.too_large:
                raise self._too_long()
            if at < 0:
                return ""
            rest = self._line_read()
            if self.header:
                return rest + text[at:]
        return ""

    def finish(self) -> Header:
        """The file ends here. Returns its header.

        Raises:
            FileFault: there is no header, or it is wrong.
        """
        if self._open.open_quote is not None:
            raise unterminated_quote(self.line + self._open.open_quote)
        self._open.strip_end_marks()
        self._line_read()
        if self._not_header:
            raise self._not_header
        if self.header is None:
            raise FileFault(
                Reason.EMPTY_FILE,
                "The file is empty: it needs a header, and a line for each user.",
                line=1,
            )
        return self.header

    def _skip_blank_lines(self, text: str, at: int) -> int:
        end = _BLANK_LINES.match(text, at).end()  # type: ignore[union-attr]  # '' matches
        self._digest.add(text[at:end].encode())
        self.line += line_breaks(text[at:end])
        return end

    def _line_read(self) -> str:
        """Judge a complete line. Returns text that turned out to come after the header."""
        text, line = self._open.release().decode(), self.line
        breaks = self._open.breaks
        self._open.restart()
        if text.strip(" \r\n"):
            if self._not_header:
                self._look_ahead(self._not_header, text, line)
            elif not self._is_preamble(text, line):
                return self._header_read(text, line)
        self._digest.add(text.encode())
        self.line += breaks
        return ""

    def _is_preamble(self, text: str, line: int) -> bool:
        """Whether the line is certainly not a header: `sep=;`, `#TYPE …`, `version:…`."""
        first = line == 1 or bool(self.preamble)
        sep = delimiter_of_sep_line(text, self.delimiter) if first else ""
        if sep:
            self.delimiter = sep
            self._open = OpenRecord(sep, self._most)
        elif not _PREAMBLE.fullmatch(text):
            return False
        self.preamble.append(
            Issue(
                Code.PREAMBLE_SKIPPED,
                "",
                f"Line {line} is not a header and was skipped: {shown(text.strip())}.",
                {"line": str(line)},
            )
        )
        return True

    def _look_ahead(self, fault: FileFault, text: str, line: int) -> None:
        """After a line that is not a header: add to its fault where the header may be."""
        self._records_after += 1
        try:
            delimiter = self._declared or delimiter_of(text, line, "")
            names = self._names(text, line, delimiter)
        except FileFault:
            names = []
        if self._headers.fits(names):
            raise FileFault(
                fault.reason,
                f"{fault.message} The header may be on line {line}: take out the lines before it.",
                line=fault.line,
                facts={**fault.facts, "header_line": str(line)},
            )
        if self._records_after == _LOOKED_AHEAD:
            raise fault

    def _header_read(self, text: str, line: int) -> str:
        if why := signatures.markup(text):
            raise FileFault(
                Reason.UNSUPPORTED_CONTENT, f"This is no file of users. {why}", line=line
            )
        self.delimiter = delimiter_of(text, line, self.delimiter)
        end = RecordScanner(self.delimiter).scan(text)
        header, rest = (text, "") if end < 0 else (text[:end], text[end:])
        names = self._names(header, line, self.delimiter)
        try:
            self.header = self._headers.read(names, line)
        except FileFault as fault:
            if fault.reason is not Reason.HEADER_MISSING_COLUMN or self._headers.knows_any(names):
                raise
            # Perhaps a title. The lines that follow may have the header.
            self._not_header = fault
            self._open = OpenRecord(self._declared or DELIMITERS, self._most)
            self._digest.add(text.encode())
            self.line += line_breaks(text)
            return ""
        self._digest.add(header.encode())
        self.line += line_breaks(header)
        return rest

    def _names(self, header: str, line: int, delimiter: str) -> list[str]:
        try:
            return next(csv.reader([header], delimiter=delimiter, strict=True))
        except csv.Error:
            raise FileFault(
                Reason.HEADER_UNKNOWN_COLUMN,
                f"A quoted name in line {line} goes on after its closing quote: "
                f'"{shown(header)}". Write a quote within a name as two quotes.',
                line=line,
                facts={"unknown": shown(header)},
            ) from None

    def _too_long(self) -> FileFault:
        return FileFault(
            Reason.HEADER_TOO_LONG,
            f"The header in line {self.line} is longer than {self._most} bytes: perhaps the file "
            f"is not CSV, has no line ends, or a quote is never closed.",
            line=self.line,
            facts={"limit": str(self._most)},
        )


def unterminated_quote(line: int) -> FileFault:
    """The file ended within a cell whose quote was opened at `line`."""
    return FileFault(
        Reason.UNTERMINATED_QUOTE,
        f"The quote opened in line {line} is never closed: close it, or take it out.",
        line=line,
    )
