"""Text in any pieces → where a row of the file ends, by the rules of quotes.

A quote opens a cell only as the cell's first character; a row ends at LF, CRLF or CR outside
quotes, and nowhere else. A piece never ends between the CR and the LF of one line end.
"""

import re
from enum import IntEnum

_QUOTED = r'[^"]*+(?:""[^"]*+)*+'
"""What stands between the quotes of a cell. Possessive, as all here: nothing is scanned twice."""

_LINE_END = re.compile(r"[\r\n]")
_WITHIN = re.compile(_QUOTED)


class _State(IntEnum):
    START = 0  # of a cell
    PLAIN = 1  # in a cell without quotes
    QUOTED = 2
    CLOSING = 3  # after a quote: the cell's last, or the first of a doubled one
    MALFORMED = 4  # something else came there: to the end of the line nothing is a quote


def line_breaks(text: str) -> int:
    """How many line ends there are in `text`: LF, CRLF and CR count one each."""
    if "\r" not in text:
        return text.count("\n")
    return text.count("\n") + text.count("\r") - text.count("\r\n")


class Scanner:
    """The state of one row that is being scanned, of a file with any of `delimiters`."""

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
        """Whether a closing quote was followed by what must not follow it."""
        return self._state == _State.MALFORMED

    @property
    def within_quotes(self) -> bool:
        """Whether a cell has been opened by a quote that nothing has closed yet."""
        return self._state == _State.QUOTED

    def scan(self, text: str, at: int = 0) -> int:
        """Where the row ends, which goes on at `text[at]`: after its line end; -1: not in `text`.

        `opened` is where in `text` the quote stands that was opened last, -1 if none was.
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


class OpenRow:
    """The row whose end has not come yet: what there is of it, in UTF-8, and its lines.

    Beyond `most` bytes it is `too_large`: whoever reads it then lets its content go as it comes,
    while its quotes are still followed, so that memory stays flat and the next row begins where
    it must.
    """

    def __init__(self, delimiters: str, most: int) -> None:
        self._scanner = Scanner(delimiters)
        self._most = most
        self.restart()

    def restart(self) -> None:
        """The next text begins a row."""
        self._scanner.restart()
        self.content = bytearray()
        self.size = 0  # bytes of all of it, its line end left out
        self.breaks = 0
        self._quote = 0

    def read(self, text: str, at: int = 0) -> int:
        """Take in what of `text[at:]` belongs to the row: up to where it ends, or -1."""
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

    def let_go(self) -> bytes:
        """The content so far, which is kept here no longer."""
        content, self.content = bytes(self.content), bytearray()
        return content

    @property
    def too_large(self) -> bool:
        """Whether it is over its limit."""
        return self.size > self._most

    @property
    def open_quote(self) -> int | None:
        """In which of the row's lines (from 0) the quote was opened that is open now; or None."""
        return self._quote if self._scanner.within_quotes else None
