"""Guesses the encoding of bytes that are not UTF-8. For an error message only.

A file is never decoded by this guess: it may be wrong, and a wrong name would be stored.
Letters must stand among letters of their own script, in a case that words have; what is best at
that wins, and the commoner encoding where several are.
"""

import unicodedata

from rollbook.reading.encodings import new_decoder

_BY_USE = (
    *(f"windows-{page}" for page in (1252, 1250, 1251, 1253, 1254, 1255, 1256, 1257)),
    "macintosh",
    "cp850",
    "shift_jis",
    "euc-kr",
    "gb18030",
    "big5",
)
_ALPHABETS = ("LATIN", "CYRILLIC", "GREEK", "HEBREW", "ARABIC")
_TYPOGRAPHY = "‘’“”–—…€\u00a0"
_COMMON_HANZI = {"gb18030": range(0xB0, 0xD8), "big5": range(0xA4, 0xC7)}  # first bytes


def likely_encoding(sample: bytes) -> str:
    """Our name of the likely encoding of `sample`, which begins at the wrong byte; or ''."""
    for at, name in ((1, "utf-16le"), (0, "utf-16be")):
        if sample[at::2].count(0) > max(2, len(sample) // 4):
            return name
    points = {name: _points(sample, name) for name in _BY_USE}
    best = max(points, key=lambda name: points[name])
    return best if points[best] > 0 else ""


def _points(sample: bytes, name: str) -> float:
    try:
        text = new_decoder(name).decode(sample)
    except UnicodeDecodeError:
        return float("-inf")
    # What stood before the first character is not known: that is ''.
    beside = zip(("", *text), text, (*text[1:], " "), strict=False)
    return sum(_point(before, char, after, name) for before, char, after in beside if char > "\x7f")


def _point(before: str, char: str, after: str, name: str) -> float:
    if not char.isalpha():
        within = before.isalpha() and after.isalpha() and char != "’"
        return 0.3 if char in _TYPOGRAPHY and not within else -1.0
    script = _script(char)
    if script == "LATIN":
        crowded = before > "\x7f" and after > "\x7f"
        return -1.0 if crowded else _case(before, char, after)
    beside = {_script(c) for c in (before, after) if c.isalpha()}
    alone = bool(beside) and script not in beside
    if script in _ALPHABETS:
        return -1.0 if alone else _case(before, char, after)
    if script == "HANGUL":
        return -1.0 if alone else 2.2
    if beside & {*_ALPHABETS, "HANGUL"}:
        return -3.0
    return _east_asian(char, script, name)


def _script(char: str) -> str:
    return unicodedata.name(char, "").partition(" ")[0]


def _case(before: str, char: str, after: str) -> float:
    """A capital within a word is a sign that the letter is another; at its start it belongs."""
    if (before.islower() and char.isupper()) or (char.islower() and after.isupper()):
        return -2.0
    starts = before != "" and not before.isalpha()
    if char.isupper():
        return 1.2 if starts else 0.8
    return 0.7 if starts and char.islower() else 1.0


def _east_asian(char: str, script: str, name: str) -> float:
    if script in ("HIRAGANA", "KATAKANA"):
        return 2.2
    if script != "CJK":
        return -1.0  # halfwidth forms above all: single bytes of something else
    if name not in _COMMON_HANZI:
        return 2.0
    return 2.0 if _first_byte(char, name) in _COMMON_HANZI[name] else 0.5


def _first_byte(char: str, name: str) -> int:
    return char.encode({"big5": "cp950"}.get(name, name))[0]
