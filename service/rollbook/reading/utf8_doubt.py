"""Doubts an encoding that was asked for, while the file may as well be UTF-8.

Text in UTF-8 that is read as windows-1252 gives `MÃ¼ller`, without any error. Text in windows-1252
is hardly ever valid UTF-8. So the bytes decide, and only the option `encoding_certain` overrules
them.
"""

import codecs
import re

_LOOKED_AT = 512
"""Bytes, from the first that is not ASCII on, by which it is decided."""

_NOT_ASCII = re.compile(rb"[\x80-\xff]")


class Utf8Doubt:
    """Holds bytes back, from the first one that is not ASCII, until they have shown what they are.

    `is_utf8` is True once 512 bytes, or the rest of the file, were valid UTF-8. The result depends
    on the file alone and not on its chunks.
    """

    def __init__(self) -> None:
        self.is_utf8 = False
        self._held = bytearray()
        self._settled = False

    def let_through(self, chunk: bytes, *, ended: bool) -> bytes:
        """The bytes that may be decoded now; `ended`: the file is complete."""
        if self._settled:
            return chunk
        before = b""
        if not self._held:
            found = _NOT_ASCII.search(chunk)
            if not found:
                return chunk
            before, chunk = chunk[: found.start()], chunk[found.start() :]
        self._held += chunk
        complete = ended and len(self._held) <= _LOOKED_AT
        if not _valid(bytes(self._held[:_LOOKED_AT]), complete=complete):
            self._settled = True
            return before + bytes(self._held)
        self.is_utf8 = ended or len(self._held) >= _LOOKED_AT
        return before


def _valid(sample: bytes, *, complete: bool) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")("strict").decode(sample, complete)
    except UnicodeDecodeError:
        return False
    return True
