"""Counts the work of a running server, in plain numbers that cost very little.

Everything is written on the event loop, always; the code that counts does not know whether it is
read. Directories, users and principals are never counted separately.
"""

import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

BOUNDS_S = (0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
"""The upper bounds of a histogram's buckets, in seconds; above the last one is one more bucket."""


class Histogram:
    """How often something took how many seconds."""

    def __init__(self) -> None:
        self._buckets = [0] * (len(BOUNDS_S) + 1)
        self.sum_s = 0.0

    def add(self, seconds: float) -> None:
        """Count one that took so long."""
        self._buckets[bisect_left(BOUNDS_S, seconds)] += 1
        self.sum_s += seconds

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Count what is done inside, also if it fails."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.add(time.perf_counter() - began)

    @property
    def buckets(self) -> Sequence[int]:
        """How many took at most each of `BOUNDS_S`; last, how many there are."""
        total = 0
        return [total := total + count for count in self._buckets]


@dataclass(slots=True)
class Meter:
    """The counts of one server since it started."""

    calls: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Calls that have ended, by method and status."""
    rows: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Rows that were answered, by outcome and `true` for a preview, else `false`."""
    issues: Counter[str] = field(default_factory=Counter)
    """Errors and warnings of those rows, by code."""
    batches: Histogram = field(default_factory=Histogram)
    """Batches that were stored, with their turns and repeated attempts."""
    database_turns: Histogram = field(default_factory=Histogram)
    """Waits for a directory's lock in PostgreSQL, behind other servers."""
    leases: int = 0
    """Imports whose lease is held now."""
    notices: Counter[str] = field(default_factory=Counter)
    """Notices that were delivered, by the state that they went into."""
    lag: Histogram = field(default_factory=Histogram)
    """How late the event loop came to what was due."""
