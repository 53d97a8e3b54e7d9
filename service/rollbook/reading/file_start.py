"""Text from a file's first character → its delimiter and header, and where the rows begin."""

import csv
import re

from rollbook.errors import FileFault, Reason
from rollbook.reading import signatures
from rollbook.reading.content_digest import ContentDigest
from rollbook.reading.delimiter import DELIMITERS, delimiter_of, delimiter_of_sep_line
from rollbook.reading.excerpt import shown
from rollbook.reading.header import Header, HeaderParser
from rollbook.reading.record_splitter import OpenRecord, RecordScanner, line_breaks

_BLANK_LINES = re.compile(r"(?: {0,999}(?:\r\n|\r|\n))*+")


class FileStart:
    """Finds the header: the first line that is neither blank nor a `sep=` in line 1.

    `line` is the line of the next text. `read` sets `header` and `delimiter` when it finds them.
    """

    def __init__(
        self, declared: str, headers: HeaderParser, digest: ContentDigest, most: int
    ) -> None:
        self.header: Header | None = None
        self.delimiter = declared
        self.line = 1
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
        self._line_read()
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
            sep = delimiter_of_sep_line(text, self.delimiter) if line == 1 else ""
            if not sep:
                return self._header_read(text, line)
            self.delimiter = sep
            self._open = OpenRecord(sep, self._most)
        self._digest.add(text.encode())
        self.line += breaks
        return ""

    def _header_read(self, text: str, line: int) -> str:
        if why := signatures.markup(text):
            raise FileFault(
                Reason.UNSUPPORTED_CONTENT, f"This is no file of users. {why}", line=line
            )
        self.delimiter = delimiter_of(text, line, self.delimiter)
        end = RecordScanner(self.delimiter).scan(text)
        header, rest = (text, "") if end < 0 else (text[:end], text[end:])
        self.header = self._headers.read(self._names(header, line), line)
        self._digest.add(header.encode())
        self.line += line_breaks(header)
        return rest

    def _names(self, header: str, line: int) -> list[str]:
        try:
            return next(csv.reader([header], delimiter=self.delimiter, strict=True))
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
