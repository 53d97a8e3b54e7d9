"""Folds texts for comparison: as the directory does, and without accents and spaces."""

import re
import unicodedata

# Of letters that Unicode takes apart only these marks are dropped: people without a key for the
# accent type the same letter without it. A dakuten or a vowel sign makes another letter.
_ACCENTS = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]")
_WITHOUT_STROKE = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ı": "i"}
    | {"æ": "ae", "œ": "oe", "þ": "th", "−": "-"}
)
# A minus that makes a number negative is no hyphen: floor -1 is not floor 1.
_NEGATIVE = re.compile(r"(?:(?<=\s)|^)-(?=\d)")
_MINUS = "\x00"


def exactly(text: str) -> str:
    """As the directory compares names: NFKC, case-folded, white space trimmed and squeezed."""
    if text.isascii():
        return " ".join(text.lower().split())
    return " ".join(_nfkc(_nfkc(text).casefold()).split())


def loosely(text: str) -> str:
    """The same without accents, spaces and punctuation; '' where nothing else is in it.

    Between two digits a space stays, so that `1 12` and `11 2` are two.
    """
    plain = _NEGATIVE.sub(_MINUS, _without_accents(text))
    words = "".join(letter if _counts(letter) else " " for letter in plain).split()
    joined = ""
    for word in words:
        apart = joined[-1:].isdecimal() and word[0].isdecimal()
        joined += f" {word}" if apart else word
    return joined


def _without_accents(text: str) -> str:
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return _ACCENTS.sub("", apart).translate(_WITHOUT_STROKE)


def _counts(letter: str) -> bool:
    """Letters, digits, marks and symbols do; spaces, punctuation and what is unseen do not."""
    return letter == _MINUS or unicodedata.category(letter)[0] in "LMNS"


def _nfkc(text: str) -> str:
    return unicodedata.normalize("NFKC", text)
