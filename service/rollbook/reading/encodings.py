"""Maps the usual spellings of an encoding to one name and its codec.

This is an allow-list. Python's registry also has codecs that are not encodings of text (`zlib`,
`rot13`), and it accepts misspelt names.
"""

import codecs

from rollbook.errors import Reason, Refusal
from rollbook.reading.excerpt import shown

BY_MARK = ("utf-16", "utf-32")
"""Encodings whose byte order is known from the byte-order mark alone, so that they need one."""

# Excel writes the Windows variants under these East Asian names. They contain the plain ones.
_CODECS = {
    "utf-8": "utf-8",
    "utf-16": "",
    "utf-32": "",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "utf-32le": "utf-32-le",
    "utf-32be": "utf-32-be",
    **{f"windows-{page}": f"cp{page}" for page in range(1250, 1259)},
    **{f"iso-8859-{part}": f"iso8859-{part}" for part in range(1, 17) if part != 12},
    "macintosh": "mac-roman",
    "cp437": "cp437",
    "cp850": "cp850",
    "shift_jis": "cp932",
    "euc-kr": "cp949",
    "gb18030": "gb18030",
    "big5": "cp950",
}

_ALSO = {
    "utf8": "utf-8",
    "utf-8-sig": "utf-8",
    "utf16": "utf-16",
    "utf-16-le": "utf-16le",
    "utf-16-be": "utf-16be",
    "utf32": "utf-32",
    "utf-32-le": "utf-32le",
    "utf-32-be": "utf-32be",
    **{f"cp{page}": f"windows-{page}" for page in range(1250, 1259)},
    **{f"iso8859-{part}": f"iso-8859-{part}" for part in range(1, 17) if part != 12},
    "latin1": "iso-8859-1",
    "latin-1": "iso-8859-1",
    "mac-roman": "macintosh",
    "macroman": "macintosh",
    "ibm437": "cp437",
    "ibm850": "cp850",
    "shift-jis": "shift_jis",
    "sjis": "shift_jis",
    "cp932": "shift_jis",
    "cp949": "euc-kr",
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "cp950": "big5",
}


def encoding_named(name: str) -> str:
    """Our name of the encoding `name`; '' for ''.

    Raises:
        Refusal: INVALID_OPTIONS, with the list of known encodings.
    """
    plain = name.strip().lower().replace("_", "-")
    found = _ALSO.get(plain, plain)
    if found and found not in _CODECS:
        known = ", ".join(_CODECS)
        raise Refusal(
            Reason.INVALID_OPTIONS,
            f"There is no encoding {shown(name)!r}. Known: {known}.",
            {"option": "encoding", "value": shown(name), "known": known},
        )
    return found


def one_byte(encoding: str) -> bool:
    """Whether each byte is a character in the encoding of that name, one of ours."""
    return encoding.startswith(("windows-", "iso-8859-", "macintosh", "cp"))


def new_decoder(encoding: str) -> codecs.IncrementalDecoder:
    """A strict decoder. `encoding` is one of our names, with its byte order."""
    return codecs.getincrementaldecoder(_CODECS[encoding])("strict")
