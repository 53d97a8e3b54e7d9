"""What took how long is counted in buckets, as Prometheus adds them up."""

import pytest

from rollbook.meter import BOUNDS_S, Histogram


def test_each_time_is_in_every_bucket_that_is_wide_enough() -> None:
    """A bound is in its own bucket; the last bucket has all."""
    took = Histogram()
    for seconds in (0.0, 0.005, 0.0051, 0.3, 300.0, 300.1):
        took.add(seconds)
    within = dict(zip(BOUNDS_S, took.buckets, strict=False))
    assert within == dict.fromkeys(BOUNDS_S, 2) | {
        bound: 3 if bound < 0.3 else 4 for bound in BOUNDS_S if bound > 0.005
    } | {300.0: 5}
    assert took.buckets[-1] == 6
    assert took.sum_s == pytest.approx(600.4101)


def test_what_fails_took_its_time_too() -> None:
    took = Histogram()
    with pytest.raises(KeyError), took.timed():
        raise KeyError
    assert took.buckets[-1] == 1
    assert took.sum_s > 0
