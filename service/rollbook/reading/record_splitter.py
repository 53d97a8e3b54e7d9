"""Finds where a record ends, by the rules of quotes.

A quote opens a cell only as the first character of the cell. A record ends at LF, CRLF or CR
outside quotes, and nowhere else. The reader never ends a piece between the CR and LF of a CRLF.
"""

import re
from enum import IntEnum

_QUOTED = r'[^"]*+(?:""[^"]*+)*+'
"""The text between the quotes of a cell. All patterns here are possessive, so that none of them
backtracks: the time is linear in the text, whatever a file holds."""

END_MARKS = "\x1a\0"
"""Bytes after the last record that end or pad a file."""

_LINE_END = re.compile(r"[\r\n]")
_WITHIN = re.compile(_QUOTED)


class _State(IntEnum):
    START = 0  # of a cell
    PLAIN = 1  # in a cell without quotes
    QUOTED = 2
    CLOSING = 3  # after a quote that closes the cell, or is the first of a doubled one
    MALFORMED = 4  # a closing quote was followed by text: up to the line end no quote counts


def line_breaks(text: str) -> int:
    """How many line ends there are in `text`: LF, CRLF and CR count one each."""
    if "\r" not in text:
        return text.count("\n")
    return text.count("\n") + text.count("\r") - text.count("\r\n")


class RecordScanner:
    """Finds the end of one record, piece by piece. Each of `delimiters` ends a cell."""

    def __init__(self, delimiters: str) -> None:
        d = re.escape(delimiters)
        self._delimiters = delimiters
        self._cells = re.compile(rf'(?:(?:"{_QUOTED}"|[^{d}\r\n"][^{d}\r\n]*+)?[{d}])*+')
        self._stop = re.compile(rf"[{d}\r\n]")
        self.restart()

    def restart(self) -> None:
        """The next text begins a row."""
        self._state = _State.START
        self.opened = -1

    @property
    def malformed(self) -> bool:
        """Whether a closing quote was followed by something other than a delimiter or line end."""
        return self._state == _State.MALFORMED

    @property
    def within_quotes(self) -> bool:
        """Whether a quote has opened a cell and none has closed it yet."""
        return self._state == _State.QUOTED

    def scan(self, text: str, at: int = 0) -> int:
        """The position after the line end of the record that goes on at `text[at]`; -1: not found.

        `opened` is then the position in `text` of the last opening quote, -1 without one.
        """
        self.opened = -1
        while at < len(text):
            match self._state:
                case _State.START:
                    at = self._cells.match(text, at).end()  # type: ignore[union-attr]
                    if at < len(text):
                        at = self._first(text, at)
                case _State.QUOTED:
                    at = _WITHIN.match(text, at).end()  # type: ignore[union-attr]
                    if at < len(text):
                        self._state = _State.CLOSING
                        at += 1
                case _State.CLOSING:
                    at = self._closing(text, at)
                case plain_or_malformed:
                    malformed = plain_or_malformed == _State.MALFORMED
                    found = (_LINE_END if malformed else self._stop).search(text, at)
                    if not found:
                        return -1
                    at = found.start()
                    if text[at] in "\r\n":
                        return at + (2 if text.startswith("\r\n", at) else 1)
                    self._state = _State.START
                    at += 1
        return -1

    def _first(self, text: str, at: int) -> int:
        if text[at] == '"':
            self._state, self.opened = _State.QUOTED, at
            return at + 1
        self._state = _State.PLAIN
        return at

    def _closing(self, text: str, at: int) -> int:
        if text[at] == '"':
            self._state = _State.QUOTED
            return at + 1
        if text[at] in "\r\n":
            self._state = _State.PLAIN  # which ends there
        elif text[at] in self._delimiters:
            self._state = _State.START
            return at + 1
        else:
            self._state = _State.MALFORMED
        return at


class OpenRecord:
    """A record whose end has not arrived yet: its content so far, in UTF-8, and its lines.

    Above `most` bytes it is `too_large`. The caller then releases the content as it arrives, while
    the quotes are still followed. So memory stays flat, and the next record begins at the right
    place.
    """

    def __init__(self, delimiters: str, most: int) -> None:
        self._scanner = RecordScanner(delimiters)
        self._most = most
        self.restart()

    def restart(self) -> None:
        """The next text begins a row."""
        self._scanner.restart()
        self.content = bytearray()
        self.size = 0  # bytes of all of it, without its line end
        self.breaks = 0
        self._quote = 0

    def read(self, text: str, at: int = 0) -> int:
        """Take the part of `text[at:]` that belongs to the record. Returns where it ends, or -1."""
        end = self._scanner.scan(text, at)
        part = text[at:] if end < 0 else text[at:end]
        if self._scanner.opened >= 0:
            self._quote = self.breaks + line_breaks(text[at : self._scanner.opened])
        self.breaks += line_breaks(part)
        content = part.encode()
        self.size += len(content)
        if end >= 0:
            self.size -= 2 if part.endswith("\r\n") else 1
        self.content += content
        return end

    def strip_end_marks(self) -> int:
        """Drop the Ctrl-Z and NULs at the end of the file. Returns how many they were.

        DOS programs end a file with Ctrl-Z; a broken copy pads one with NULs.
        """
        kept = self.content.rstrip(END_MARKS.encode())
        dropped = len(self.content) - len(kept)
        self.content = kept
        self.size -= dropped
        return dropped

    def release(self) -> bytes:
        """Return the content so far, and forget it."""
        content, self.content = bytes(self.content), bytearray()
        return content

    @property
    def too_large(self) -> bool:
        """Whether the record is over its limit."""
        return self.size > self._most

    @property
    def open_quote(self) -> int | None:
        """The line of the record (from 0) whose quote is still open; None without one."""
        return self._quote if self._scanner.within_quotes else None
