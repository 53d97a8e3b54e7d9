"""Counts the passwords that are refused by link: a link is good for so many tries.

Each server counts for itself; the one that counts the last ends every link to the account.
"""

import time
from collections import OrderedDict
from collections.abc import Callable

from rollbook.credentials.links import Link

MOST_TRIES = 10
"""Passwords that may be refused; the last of them ends every link to the account."""
_MOST_COUNTED = 10_000
"""Links that are counted; beyond, those are forgotten that rested longest."""


class Tries:
    """Counts of refused passwords by link, in memory. `clock` is in seconds since 1970."""

    def __init__(self, clock: Callable[[], float] = time.time):
        self._clock = clock
        self._counts: OrderedDict[bytes, tuple[int, int]] = OrderedDict()

    def refused(self, link: Link) -> int:
        """Count a refused password of a link that is verified; answers how many there were."""
        count, _ = self._counts.pop(link.mac, (0, 0))
        self._counts[link.mac] = (count + 1, link.expires)
        self._forget()
        return count + 1

    def over(self, link: Link) -> bool:
        """Whether the link has had all its tries."""
        count, _ = self._counts.get(link.mac, (0, 0))
        return count >= MOST_TRIES

    def _forget(self) -> None:
        """Forget what is over, as far as it rested longest, and what is too many."""
        now = self._clock()
        while self._counts:
            key, (_, expires) = next(iter(self._counts.items()))
            if len(self._counts) <= _MOST_COUNTED and expires > now:
                return
            del self._counts[key]
