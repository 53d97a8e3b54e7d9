"""Guesses the encoding of bytes that are not UTF-8. For an error message only.

A file is never decoded by this guess: it may be wrong, and a wrong name would be stored.
Each encoding in which the bytes can be read gets points: the logarithm of how probable its
characters are in the language that explains them best. Letters must stand among letters of their
own script, in a case that words have, and not in the midst of vowels or of others of their kind. If
most letters are none of that language, or three readings are as good, nothing is guessed.
"""

import unicodedata
from contextlib import suppress
from functools import cache
from math import log

from rollbook.reading.alphabets import HANGUL, HANZI, HANZI_OF_TAIWAN, KANJI, LANGUAGES
from rollbook.reading.encodings import new_decoder

_RARER = {
    **dict.fromkeys(("windows-1250", "windows-1251", "shift_jis", "gb18030", "euc-kr"), 1.0),
    **dict.fromkeys(("windows-1253", "windows-1254", "windows-1255", "windows-1256"), 1.5),
    **dict.fromkeys(("windows-1257", "macintosh", "big5"), 2.0),
    **dict.fromkeys(("cp850", "iso-8859-2"), 3.5),
}
"""How much rarer an encoding is than windows-1252, as a logarithm."""

_COMMON = {
    "shift_jis": frozenset(KANJI),
    "gb18030": frozenset(HANZI),
    "big5": frozenset(HANZI_OF_TAIWAN),
    "euc-kr": frozenset(HANGUL),
}
_LISTED = {"shift_jis": "shift_jis", "gb18030": "gb2312", "big5": "big5", "euc-kr": "euc_kr"}
"""The older, smaller sets of these encodings. What is beyond is hardly used."""

_NEAR = 4.0
"""Points less than the best with which an encoding may still be the right one."""

_MOSTLY = 0.75
"""The least part of the letters that must be of the language."""

_STRANGE = 1.6
"""How much rarer than usual the letters may be, as a logarithm."""

_MIXED = 2.0
"""How much rarer names of several languages are than those of one, as a logarithm."""

_OF_LETTERS = 0.3  # how many characters of a text are letters of its language beyond ASCII
_ASCII = log(1 / 60)
_OTHER_LETTER, _SYMBOL, _ODD = log(1e-4), log(1e-3), log(1e-6)
_TYPOGRAPHY = "‘’“”–—…€\u00a0、。・「」（）　"
_VOWELS = frozenset("aeiouyøæœıаеиоуыэюяіїєёαεηιοωυ")


def likely_encodings(sample: bytes) -> tuple[str, ...]:
    """Our names of the likely encodings of `sample`: one, two that are near, or none.

    `sample` begins with the cell that has the first wrong byte. The likelier one comes first.
    """
    for at, name in ((1, "utf-16le"), (0, "utf-16be")):
        if sample[at::2].count(0) > max(2, len(sample) // 4):
            return (name,)
    scored = []
    for name in ("windows-1252", *_RARER):
        with suppress(UnicodeDecodeError):
            text = new_decoder(name).decode(sample)
            scored.append((*_best(text, name), name, text))
    scored.sort(reverse=True)
    if not scored or scored[0][1] < _MOSTLY:
        return ()
    near = [(name, text) for points, _, name, text in scored if scored[0][0] - points < _NEAR]
    by_text = {text: name for name, text in reversed(near)}
    if len(by_text) == 1:
        return tuple(name for name, _ in near[:2])
    return tuple(reversed(by_text.values())) if len(by_text) == 2 else ()


def _best(text: str, name: str) -> tuple[float, float]:
    """Points in the language that fits best, and the part of the letters that are of it."""
    beyond = [at for at, char in enumerate(text) if char > "\x7f"]
    context = {at: _context(text, at) for at in beyond}
    letters = [at for at in beyond if text[at].isalpha()]
    same = _ASCII * (len(text) - len(beyond)) - _RARER.get(name, 0.0) + sum(context.values())
    if name in _COMMON:
        points = {at: _east_asian(text[at], name) for at in beyond}
        common = [at for at in beyond if points[at] + context[at] > _OTHER_LETTER]
        return same + sum(points.values()), len(common) / max(1, len(beyond))
    found = []
    for weights, rarer in _languages(name):
        points = {at: _point(text[at], weights, name) for at in beyond}
        known = [at for at in letters if _lower(text[at]) in weights and context[at] > -1]
        typed = [at for at in beyond if text[at] in _TYPOGRAPHY and not context[at]]
        part = len(known) / len(letters) if letters else len(typed) / max(1, len(beyond))
        mean = sum(points[at] + context[at] for at in letters) / max(1, len(letters))
        usual = sum(weight * log(weight * _OF_LETTERS) for weight in weights.values())
        fits = mean > usual - _STRANGE
        found.append((same - rarer + sum(points.values()), part if fits else 0.0))
    return max(found)


def _point(char: str, weights: dict[str, float], name: str) -> float:
    """The logarithm of how probable the character is in a language."""
    if not char.isalpha():
        return _SYMBOL if char in _TYPOGRAPHY else _ODD
    small = _lower(char)
    weight = weights.get(small)
    if weight is not None:
        return log(weight * _OF_LETTERS * (0.3 if small != char else 1))
    return _OTHER_LETTER if small in _alphabet(name) else _ODD


def _lower(char: str) -> str:
    return "i" if char == "İ" else char.lower()


@cache
def _languages(name: str) -> list[tuple[dict[str, float], float]]:
    """The weights of each language of an encoding, and of all of them mixed, which is rarer."""
    each = [_weights(language) for language, one in LANGUAGES.items() if name in one.encodings]
    mixed: dict[str, float] = {}
    for weights in each:
        for letter, weight in weights.items():
            mixed[letter] = mixed.get(letter, 0.0) + weight / len(each)
    return [*((weights, 0.0) for weights in each), (mixed, _MIXED)]


@cache
def _weights(language: str) -> dict[str, float]:
    """Of each letter: its part of all letters beyond ASCII, as its place in the list has it."""
    letters = LANGUAGES[language].letters
    whole = sum(1 / (place + 2) for place in range(len(letters)))
    weights = {letter: 1 / (place + 2) / whole for place, letter in enumerate(letters)}
    return weights | ({"i": 0.1} if language == "Turkish" else {})  # its İ; i itself is ASCII


@cache
def _alphabet(name: str) -> frozenset[str]:
    """The letters of all languages of an encoding."""
    return frozenset("".join(one.letters for one in LANGUAGES.values() if name in one.encodings))


def _east_asian(char: str, name: str) -> float:
    script = _script(char)
    if char in _COMMON[name]:
        return log(1 / 300)
    if char in _TYPOGRAPHY:
        return _SYMBOL
    if script in ("HIRAGANA", "KATAKANA") and name == "shift_jis":
        return log(1 / 150)
    return _of_set(char, script, name)


def _of_set(char: str, script: str, name: str) -> float:
    """The same of a character that is in no list of ours, by its place in the encoding."""
    try:
        old = char.encode(_LISTED[name])
    except UnicodeEncodeError:
        return 2 * _ODD
    if name == "euc-kr":
        return log(1 / 3000) if script == "HANGUL" else _ODD
    if script != "CJK" or len(old) != 2:
        return _ODD  # halfwidth forms above all: single bytes of something else
    first_level = {"shift_jis": 0x98, "gb18030": 0xD8, "big5": 0xC7}[name]
    return log(1 / 5000) if old[0] < first_level else log(1 / 50_000)


def _context(text: str, at: int) -> float:
    """What the characters beside one take from its points; 0 for nothing."""
    char, before, after = text[at], text[at - 1 : at], text[at + 1 : at + 2]
    if not char.isalpha():
        within = before.isalpha() and after.isalpha() and char not in "’‘"
        return -4.0 if within else 0.0
    script = _script(char)
    beside = {_script(c) for c in (before, after) if c.isalpha()}
    if beside - {script} and not {script, *beside} <= {"CJK", "HIRAGANA", "KATAKANA"}:
        return -4.0
    if (before.islower() and char.isupper()) or (char.islower() and after.isupper()):
        return -4.0
    if script == "LATIN" and before > "\x7f" and after > "\x7f":
        return -3.0  # ASCII stands around most of these letters
    if script not in ("LATIN", "CYRILLIC", "GREEK"):
        return 0.0
    run = [c for c in (before, char, after) if c.isalpha() and _is_vowel(c)]
    return -1.5 if len(run) == 3 else 0.0


@cache
def _is_vowel(char: str) -> bool:
    return unicodedata.normalize("NFD", char.lower())[:1] in _VOWELS


@cache
def _script(char: str) -> str:
    return unicodedata.name(char, "").partition(" ")[0]
