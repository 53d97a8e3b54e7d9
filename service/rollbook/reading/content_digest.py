"""Counts the bytes of the content as it is read, and hashes them with SHA-256.

A resume compares both with what the ledger holds (`model.Mark`).
"""

import hashlib
from typing import Self

from rollbook.model import Mark


class ContentDigest:
    """Counts and hashes what is added. A copy continues independently."""

    __slots__ = ("_sha", "offset")

    def __init__(self) -> None:
        self.offset = 0
        self._sha = hashlib.sha256()

    def add(self, content: bytes) -> None:
        """Count and hash `content`."""
        self.offset += len(content)
        self._sha.update(content)

    def copy(self) -> Self:
        """A copy of the state so far; cheap, as the hash state is 100 bytes."""
        other = type(self).__new__(type(self))
        other.offset = self.offset
        other._sha = self._sha.copy()
        return other

    def mark(self) -> Mark:
        """The size and hash so far."""
        return Mark(self.offset, self._sha.digest())
