"""Matches a text against a pattern with `*` and `?`, in time that no pattern can make long.

One regular expression of the whole pattern would go back to each star when a later piece is
missing. Here each piece between two stars is looked for once, from left to right: a piece has a
fixed length, so the leftmost place is never a wrong one.
"""

import re
import unicodedata


def folded(text: str) -> str:
    """A text as it is compared: NFKC, case-folded, white space trimmed and squeezed."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(text.lower().split())


class Glob:
    """A pattern: `*` is any text, also none, and `?` one character; all else is itself."""

    __slots__ = ("_lengths", "_pieces", "pattern")

    def __init__(self, pattern: str):
        """Understand the pattern, which is folded as the texts are."""
        self.pattern = pattern
        pieces = folded(pattern).split("*")
        self._pieces = [
            re.compile(".".join(map(re.escape, piece.split("?"))), re.DOTALL) for piece in pieces
        ]
        self._lengths = [len(piece) for piece in pieces]

    def matches(self, text: str) -> bool:
        """Whether the whole of a folded text is like the pattern."""
        first, *others = self._pieces
        if not others:
            return first.fullmatch(text) is not None
        at, end = self._lengths[0], len(text) - self._lengths[-1]
        if end < at or not first.match(text) or not others[-1].match(text, end):
            return False
        for piece in others[:-1]:
            found = piece.search(text, at, end)
            if not found:
                return False
            at = found.end()
        return True
