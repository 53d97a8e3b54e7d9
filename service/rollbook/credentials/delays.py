"""Delays answers to attempts that fail again and again: by user, and by the client that fails.

Every attempt is answered in the end, also while others fail for the same user: a stranger can make
a login slower by two seconds, and can lock out nobody. Each server counts for itself.
"""

import math
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import blake2b
from typing import NamedTuple

_STEP_S = 0.1
_HALF_LIFE_S = 600.0
"""Seconds in which a count halves."""
_MOST_COUNTED = 50_000
"""Users and clients that are counted, each; beyond, those are forgotten that rested longest."""
_MOST_WAITING, _MOST_OF_A_CLIENT = 1_000, 50


class _Kind(NamedTuple):
    """`free` attempts cost nothing; then the delay doubles with each, up to `most` seconds."""

    free: int
    most: float


_USER = _Kind(free=5, most=2.0)
_CLIENT = _Kind(free=20, most=10.0)  # an office may have one address


class Delays:
    """Counts of attempts by user and client, in memory. `clock` is in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._users: OrderedDict[bytes, tuple[float, float]] = OrderedDict()
        self._clients: OrderedDict[bytes, tuple[float, float]] = OrderedDict()

    def attempt(self, user: str, client: str) -> float:
        """Count an attempt; answers the seconds that its answer is to wait.

        It is counted before its outcome is known, so that many at once do not go uncounted.
        Either text is any, and is kept as a hash; '': unknown, and not counted. `user` is what was
        typed and not who was found: else the delay of one name would tell whose another one is.
        """
        by_user = _delay(_USER, self._add(self._users, user, 1)) if user else 0.0
        by_client = _delay(_CLIENT, self._add(self._clients, client, 1)) if client else 0.0
        return max(by_user, by_client)

    def succeeded(self, user: str, client: str) -> None:
        """Take back an attempt that was right. The user's count begins anew, the client's does not.

        Otherwise who has one account could try passwords of others in between.
        """
        self._users.pop(_key(user), None)
        if client:
            self._add(self._clients, client, -1)

    def _add(self, counts: OrderedDict[bytes, tuple[float, float]], text: str, by: int) -> float:
        """The count of a text, as it has faded since, with `by` added to it."""
        now, key = self._clock(), _key(text)
        count, since = counts.pop(key, (0.0, now))
        faded = count * math.pow(0.5, (now - since) / _HALF_LIFE_S)
        count = max(0.0, faded + by)
        counts[key] = (count, now)
        if len(counts) > _MOST_COUNTED:
            counts.popitem(last=False)
        return count


class Waiting:
    """Counts the calls whose answers are delayed: some in all, and few of one client.

    Otherwise one client's failures could take all places, and who fails once would be refused.
    """

    def __init__(self) -> None:
        self._clients: Counter[bytes] = Counter()

    def is_full(self, client: str) -> bool:
        """Whether no further call of the client may wait. `client` '': unknown."""
        of_client = self._clients[_key(client)] if client else 0
        return of_client >= _MOST_OF_A_CLIENT or self._clients.total() >= _MOST_WAITING

    @contextmanager
    def place(self, client: str) -> Iterator[None]:
        """Be one of those that wait."""
        key = _key(client)
        self._clients[key] += 1
        try:
            yield
        finally:
            self._clients[key] -= 1
            if not self._clients[key]:
                del self._clients[key]


def _delay(kind: _Kind, count: float) -> float:
    over = min(count - kind.free, 30.0)
    seconds = _STEP_S * math.pow(2, over - 1)
    return min(kind.most, seconds) if over > 0 else 0.0


def _key(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
