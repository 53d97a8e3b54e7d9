"""What a server sets and checks passwords with: its hasher, and its keys for links."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from rollbook.credentials.hashing import Hasher
from rollbook.credentials.keys import Keys, open_keys
from rollbook.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """The hasher, and the file of the keys; None: no keys are set, and no link is good."""

    hasher: Hasher
    key_file: Keys | None = None

    @property
    def keys(self) -> Sequence[bytes]:
        """The keys as the file has them now; the first signs, all verify."""
        return self.key_file.current() if self.key_file else ()


@contextmanager
def open_means(settings: Settings) -> Iterator[Means]:
    """Open them for as long as this lasts, within the event loop that uses them.

    Raises:
        ValueError: the file of the keys cannot be used; names it.
    """
    hasher = Hasher.of(settings)
    try:
        yield Means(hasher=hasher, key_file=open_keys(settings))
    finally:
        hasher.close()
