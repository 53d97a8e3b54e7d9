"""What a server sets and checks passwords with: its hasher, its keys for links, its counts."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from rollbook.context import AppContext
from rollbook.credentials.delays import Delays, Waiting
from rollbook.credentials.hashing import Hasher
from rollbook.credentials.keys import Keys, open_keys
from rollbook.credentials.tries import Tries


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """The hasher, and the file of the keys; None: no keys are set, and no link is good."""

    app: AppContext
    hasher: Hasher
    key_file: Keys | None = None
    delays: Delays = field(default_factory=Delays)
    tries: Tries = field(default_factory=Tries)
    waiting: Waiting = field(default_factory=Waiting)

    @property
    def keys(self) -> Sequence[bytes]:
        """The keys as the file has them now; the first signs, all verify."""
        return self.key_file.current() if self.key_file else ()


@contextmanager
def open_means(app: AppContext) -> Iterator[Means]:
    """Open them for as long as this lasts, within the event loop that uses them.

    Raises:
        ValueError: the file of the keys cannot be used; names it.
    """
    hasher = Hasher.of(app.settings)
    try:
        yield Means(app=app, hasher=hasher, key_file=open_keys(app.settings))
    finally:
        hasher.close()
