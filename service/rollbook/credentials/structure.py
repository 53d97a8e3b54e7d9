"""Finds how much of a password is neither a pattern nor a common word.

An attacker tries common words first, with figures behind them, and what fingers find on a keyboard.
Each of these counts as little as it costs to guess; everything else counts a point a character.
"""

import unicodedata
from functools import cache
from importlib import resources

LEAST_POINTS = 8
"""A password of fewer is a common one, however long. Eight characters by chance have as many."""

_WORD_POINTS = 2
_RUN_POINTS = 2
_LEAST_WORD, _MOST_WORD = 4, 24
_LEAST_RUN, _LEAST_KEYS = 3, 4
_LEET = str.maketrans("@4301!$57", "aaeoiisst")
_ROWS = (
    "1234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertzuiop",
    "azertyuiop",
    "йцукенгшщзхъ",
)
_KEYS = tuple(row for one in _ROWS for row in (one, one[::-1]))


def is_common(password: str) -> bool:
    """Whether a password is on the list, repeats itself, or is made of words and patterns."""
    text = _folded(password)
    least = min(LEAST_POINTS, len(text))  # a short one is refused for that already
    return text in _common() or _repeats(text) or points(text) < least


def points(text: str) -> int:
    """What a folded text counts: words and runs 2 each, a word that came before 0, others 1."""
    plain, read = text, text.translate(_LEET)
    seen: set[str] = set()
    total = at = 0
    while at < len(plain):
        word = _word(plain, read, at)
        run = _run(plain, at)
        if run > max(len(word), _LEAST_RUN - 1):
            total += min(run, _RUN_POINTS)
            at += run
        elif word:
            total += 0 if word in seen else _WORD_POINTS
            seen.add(word)
            at += len(word)
        else:
            total += 1
            at += 1
    return total


def _folded(password: str) -> str:
    """As passwords are compared with others: `Ｐａｓｓ` and `pass` are one to an attacker."""
    return unicodedata.normalize("NFKC", password).casefold()


def _repeats(text: str) -> bool:
    """Whether the text is a shorter one, twice or more often; its last repetition may be cut."""
    return any(text.startswith(text[period:]) for period in range(1, len(text) // 2 + 1))


def _word(plain: str, read: str, at: int) -> str:
    """The longest common word that begins there, also as `p4ssw0rd`; '' if none does."""
    for length in range(min(_MOST_WORD, len(plain) - at), _LEAST_WORD - 1, -1):
        for text in (plain, read):
            if (word := text[at : at + length]) in _common():
                return word
    return ""


def _run(text: str, at: int) -> int:
    """How many characters from there are the same, follow each other, or lie in a row of keys."""
    longest = 1
    for step in (-1, 0, 1):
        end = at + 1
        while end < len(text) and ord(text[end]) - ord(text[end - 1]) == step:
            end += 1
        longest = max(longest, end - at if end - at >= _LEAST_RUN else 1)
    for row in _KEYS:
        end = at + _LEAST_KEYS
        while end <= len(text) and text[at:end] in row:
            longest = max(longest, end - at)
            end += 1
    return longest


@cache
def _common() -> frozenset[str]:
    """The common passwords and words; the file says where they come from."""
    text = (resources.files("rollbook.credentials") / "common_passwords.txt").read_text("utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))
