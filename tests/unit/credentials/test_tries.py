"""Refused passwords are counted by link, of a bounded number of links."""

from rollbook.credentials import tries
from rollbook.credentials.links import Link, Purpose
from rollbook.credentials.tries import MOST_TRIES, Tries

DAY = 86_400


def _link(n: int, expires: int = DAY) -> Link:
    return Link(purpose=Purpose.RESET, user_id=1, expires=expires, mac=n.to_bytes(22))


def test_b247_each_link_has_ten_tries() -> None:
    counts = Tries(lambda: 0)
    for n in range(MOST_TRIES):
        assert not counts.over(_link(1))
        assert counts.refused(_link(1)) == n + 1
    assert counts.over(_link(1))
    assert not counts.over(_link(2))


def test_b247_links_are_forgotten_that_are_over_or_too_many() -> None:
    """B247: expired ones first; then those that rested longest, and no other."""
    now = [0.0]
    counts = Tries(lambda: now[0])
    counts.refused(_link(1, expires=10))
    counts.refused(_link(2))
    now[0] = 11
    counts.refused(_link(2))
    assert len(counts._counts) == 1
    for n in range(3, tries._MOST_COUNTED + 2):
        counts.refused(_link(n))
    assert len(counts._counts) == tries._MOST_COUNTED
    assert counts.refused(_link(2)) == 3
    counts.refused(_link(0))
    assert counts.refused(_link(2)) == 4
    assert counts.refused(_link(3)) == 1
