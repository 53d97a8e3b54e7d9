"""Decodes bytes in any chunks into text, up to the first byte that cannot be decoded.

The encoding is that of the byte-order mark, else the one asked for, else UTF-8; never a guess. One
of one byte a character is refused where the file is UTF-8 (`utf8_doubt`).
"""

import re

from rollbook.errors import FileFault, Reason
from rollbook.reading import signatures
from rollbook.reading.encoding_guess import likely_encodings
from rollbook.reading.encodings import BY_MARK, new_decoder, one_byte
from rollbook.reading.utf8_doubt import Utf8Doubt

_SAMPLE = 512
"""Bytes, from the first wrong one on, that the guess of the encoding looks at.

The fault waits until this many bytes, or the end of the file, have arrived. So the guess does not
depend on the chunks."""

_LOOKED_BACK = 64
"""Bytes before it of which the guess looks at those of the same cell."""

_KEPT = _LOOKED_BACK + 8
"""As many, and those of a character that is not complete yet."""

_CELL_ENDS = re.compile(rb"[\n\r,;\t]")


class Decoder:
    """Decodes one file. `encoding` is '' until enough of its first bytes have arrived.

    `declared` is the encoding asked for, '' for none; `certain`: it holds without a doubt.
    After the first wrong byte it is `broken`: it returns no more text, and `fault` is the reason.
    """

    def __init__(self, declared: str, *, certain: bool = False) -> None:
        self.encoding = ""
        self.broken = False
        self._declared = declared
        self._head = bytearray()
        self._codec = new_decoder("utf-8")
        self._doubt = Utf8Doubt() if one_byte(declared) and not certain else None
        self._fed = 0  # bytes given to the codec, and the mark
        self._sample = bytearray()
        self._before = b""  # the last bytes that were decoded
        self._beyond_ascii = False  # whether characters were decoded that are not ASCII
        self._ended = False
        self._at_start: FileFault | None = None

    def feed(self, chunk: bytes) -> str:
        """The text that `chunk` completes. A character that is cut in two waits for its rest."""
        if self.broken:
            self._sample += chunk[: _SAMPLE - len(self._sample)]
            return ""
        if self.encoding:
            return self._decoded(chunk)
        self._head += chunk
        if signatures.undecided(bytes(self._head[:8])) and not self._ended:
            return ""
        head, self._head = bytes(self._head), bytearray()
        self._at_start = self._begin(head[:8])
        self.broken = self._at_start is not None
        return "" if self._at_start else self._decoded(head[self._fed :])

    def end(self) -> str:
        """The file is complete. Returns the text that is left."""
        self._ended = True
        if not self.encoding:
            return self.feed(b"")
        return "" if self.broken else self._decoded(b"")

    def fault(self, line: int) -> FileFault | None:
        """Why the file cannot be read beyond `line`; None while that is not known."""
        if self._at_start is not None:
            return self._at_start
        if self._doubt and self._doubt.is_utf8:
            return self._really_utf8(line)
        if not self._ended and len(self._sample) < _SAMPLE:
            return None
        cell = _CELL_ENDS.split(self._before)[-1]
        found = likely_encodings(cell + bytes(self._sample))
        likely = found[0] if found else ""
        byte, offset = f"0x{self._sample[0]:02x}", self._fed
        looks = f" It looks like {' or '.join(found)}:" if found else " Find out its encoding,"
        ask = f"set encoding={likely or 'NAME'}" + (" if that is so" if likely else "")
        save = 'or save it again as "CSV UTF-8"'
        mixed = ""
        if self._beyond_ascii and self.encoding == "utf-8":
            mixed = " The text before it is utf-8: perhaps the file has two encodings."
        return FileFault(
            Reason.ENCODING_ERROR,
            f"The file is not {self.encoding}: byte {byte} at offset {offset}, line {line}."
            f"{looks} {ask}, {save}.{mixed}",
            line=line,
            facts={"encoding": self.encoding, "byte": byte, "offset": str(offset)}
            | dict(zip(("likely", "also_likely"), found, strict=False)),
        )

    def _really_utf8(self, line: int) -> FileFault:
        return FileFault(
            Reason.ENCODING_ERROR,
            f"The file was to be read as {self.encoding}, but it is UTF-8, as its bytes from line "
            f"{line} on show: leave the encoding out. If it is {self.encoding} all the same, set "
            f"encoding_certain=true.",
            line=line,
            facts={
                "encoding": self.encoding,
                "offset": str(self._fed),
                "likely": "utf-8",
                "hint": "is_utf8",
            },
        )

    def _begin(self, head: bytes) -> FileFault | None:
        """Choose the encoding by the first bytes. Returns why they cannot be read, or None."""
        mark, marked = signatures.mark(head)
        wanted = self._declared or "utf-8"
        self.encoding = marked or wanted
        self._fed = len(mark)
        if why := signatures.foreign(head):
            why = f"This is no file of users. {why}"
            return FileFault(Reason.UNSUPPORTED_CONTENT, why, line=1)
        if marked and marked != wanted and not (wanted in BY_MARK and marked.startswith(wanted)):
            return self._other(head, f"begins with the byte-order mark of {marked}", marked)
        detected = "" if marked else signatures.unmarked_utf(head)
        if detected:
            return self._other(head, f"is {detected} without a byte-order mark", detected)
        if head and not marked and wanted.startswith(BY_MARK):
            return self._other(head, f"has no byte-order mark of {wanted}", "")
        if not wanted.startswith(BY_MARK) or marked:
            self._codec = new_decoder(self.encoding)
        return None

    def _other(self, head: bytes, what: str, detected: str) -> FileFault:
        or_name = ", or name its encoding"
        if detected and not signatures.mark(head)[1]:  # then no name helps: it is not read
            or_name = " or with a byte-order mark"
        return FileFault(
            Reason.ENCODING_ERROR,
            f"The file {what}, and was to be read as {self._declared or 'utf-8'}: save it again as "
            f'"CSV UTF-8"{or_name}.',
            line=1,
            facts={"byte": f"0x{head[0]:02x}", "offset": "0"}
            | ({"detected": detected, "likely": detected} if detected else {}),
        )

    def _decoded(self, chunk: bytes) -> str:
        if self._doubt:
            chunk = self._doubt.let_through(chunk, ended=self._ended)
            self.broken = self._doubt.is_utf8
        pending = len(self._codec.getstate()[0])
        try:
            text = self._codec.decode(chunk, self._ended)
        except UnicodeDecodeError as wrong:
            return self._break(wrong.object, wrong.start, pending)
        self._fed += len(chunk)
        self._beyond_ascii = self._beyond_ascii or not text.isascii()
        self._before = (self._before + chunk[-_KEPT:])[-_KEPT:]
        return text

    def _break(self, read: bytes, wrong: int, pending: int) -> str:
        self.broken = True
        self._fed += wrong - pending
        self._sample += read[wrong : wrong + _SAMPLE]
        known = self._before + read[pending:]
        self._before = known[: len(known) - (len(read) - wrong)][-_LOOKED_BACK:]
        text = new_decoder(self.encoding).decode(read[:wrong], final=True)
        self._beyond_ascii = self._beyond_ascii or not text.isascii()
        return text
