"""Content as it is read → how many bytes of it there were, and their SHA-256."""

import hashlib
from typing import Self

from rollbook.model import Mark


class Tally:
    """Counts and hashes what is added to it. A copy goes its own way from there."""

    __slots__ = ("_sha", "offset")

    def __init__(self) -> None:
        self.offset = 0
        self._sha = hashlib.sha256()

    def add(self, content: bytes) -> None:
        """Go on by `content`."""
        self.offset += len(content)
        self._sha.update(content)

    def copy(self) -> Self:
        """Another that has seen the same so far."""
        other = type(self).__new__(type(self))
        other.offset = self.offset
        other._sha = self._sha.copy()
        return other

    def mark(self) -> Mark:
        """Where this stands."""
        return Mark(self.offset, self._sha.digest())
