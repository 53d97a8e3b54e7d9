"""Reads the records of a CSV file, character by character, by the rules.

No `csv`, no `splitlines`, no regular expressions: slow, and plain enough to be read against the
rules of quotes, line ends and blank lines.
"""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass, field

DELIMITERS = ",;\t|"
CODECS = {
    "": "utf-8",
    "utf-8": "utf-8",
    "windows-1252": "cp1252",
    "iso-8859-15": "iso8859-15",
    "utf-16": "utf-16",
    "shift_jis": "cp932",
}


class FileFault(Exception):
    """The file cannot be read further: the code, and the line where it stopped."""

    def __init__(self, code: str, line: int):
        super().__init__(code, line)
        self.code = code
        self.line = line


@dataclass(kw_only=True)
class Record:
    """A record, from `start` to `end` of the text, its line end included; `line` is its first.

    `text` is it without the line end. `malformed`: something stands behind a closing quote.
    `opened` is the line of a quote that is never closed, 0 if there is none. `ended`: there was
    a line end.
    """

    line: int
    start: int
    end: int = 0
    text: str = ""
    cells: list[str] = field(default_factory=list)
    malformed: bool = False
    opened: int = 0
    ended: bool = False


ONE_BYTE = ("windows-1252", "iso-8859-15")
DOUBTED = 512


def decoded(
    content: bytes, encoding: str, *, certain: bool = False
) -> tuple[str, FileFault | None]:
    """The text up to the first wrong byte, and the fault that it is. A mark is dropped.

    The fault is of the line in which the wrong byte stands.
    """
    marked = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    if marked != (encoding == "utf-16") and (content or marked):
        return "", FileFault("encoding_error", 1)
    if encoding in ONE_BYTE and not certain and (ascii_ones := _before_utf8(content)) is not None:
        return ascii_ones, FileFault("encoding_error", 1 + breaks(ascii_ones))
    decoder = codecs.getincrementaldecoder(CODECS[encoding])("strict")
    text = ""
    fault = None
    try:
        for at in range(len(content)):
            text += decoder.decode(content[at : at + 1])
        text += decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        fault = FileFault("encoding_error", 1 + breaks(text))
    return text.removeprefix("\ufeff"), fault


def _before_utf8(content: bytes) -> str | None:
    """What stands before the first bytes of UTF-8; None if there are none, or others follow."""
    at = next((at for at, byte in enumerate(content) if byte > 0x7F), None)
    if at is None:
        return None
    sample = content[at : at + DOUBTED]
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    try:
        decoder.decode(sample, final=at + len(sample) == len(content))
    except UnicodeDecodeError:
        return None
    return content[:at].decode("ascii")


def breaks(text: str) -> int:
    """How many line ends there are: LF, CRLF and CR count one each, and nothing else does."""
    return text.replace("\r\n", "\n").replace("\r", "\n").count("\n")


def records(text: str, at: int, line: int, delimiters: str) -> Iterator[Record]:
    """The records of a text from `at` on, which is in that line; blank lines are left out.

    One that ends within quotes has `opened` set, and is the last.
    """
    while at < len(text):
        found = _record(text, at, line, delimiters)
        if found.text.strip(" "):
            yield found
        line += breaks(text[at : found.end])
        at = found.end


def _record(text: str, start: int, line: int, delimiters: str) -> Record:
    found = Record(line=line, start=start)
    at = start
    while True:
        cell, at, how = _cell(text, at, delimiters)
        if how == "open":
            found.opened = line + breaks(text[start:at])
            found.text, found.end = text[start:], len(text)
            return found
        found.cells.append(cell)
        if text[at - len(cell) : at] == cell and cell[:1].isspace() and cell.lstrip()[:1] == '"':
            found.malformed = True  # the quote was meant to open the cell
        if how == "malformed":
            found.malformed = True
            while at < len(text) and text[at] not in "\r\n":
                at += 1
        elif at < len(text) and text[at] in delimiters:
            at += 1
            continue
        found.text = text[start:at]
        found.ended = at < len(text)
        found.end = min(len(text), at + (2 if text[at : at + 2] == "\r\n" else 1))
        return found


def _cell(text: str, at: int, delimiters: str) -> tuple[str, int, str]:
    """The cell at `at`, what it ends before, and how: whole, malformed, or open (at its quote)."""
    ends = delimiters + "\r\n"
    start = at
    if text[at : at + 1] != '"':
        while at < len(text) and text[at] not in ends:
            at += 1
        return text[start:at], at, "whole"
    held = ""
    at += 1
    while at < len(text):
        if text[at] != '"':
            held += text[at]
            at += 1
        elif text[at : at + 2] == '""':
            held += '"'
            at += 2
        else:
            at += 1
            return held, at, "whole" if at == len(text) or text[at] in ends else "malformed"
    return held, start, "open"
