"""Answers wait longer the more attempts fail, and never so long that somebody is locked out."""

from contextlib import ExitStack

from hypothesis import given
from hypothesis import strategies as st

from rollbook.credentials import delays
from rollbook.credentials.delays import Delays, Waiting


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_first_attempts_cost_nothing_and_then_the_delay_doubles() -> None:
    """For a user: six failures are felt, and two seconds is the most."""
    counted = Delays(Clock())
    found = [counted.attempt("ada", "") for _ in range(14)]
    assert found[:5] == [0] * 5
    assert found[5:11] == [0.1, 0.2, 0.4, 0.8, 1.6, 2.0]
    assert set(found[10:]) == {2.0}


def test_a_client_that_fails_waits_longer_and_another_does_not() -> None:
    """At many users, each once: the client waits up to ten seconds."""
    counted = Delays(Clock())
    found = [counted.attempt(f"user {n}", "10.0.0.1") for n in range(40)]
    assert found[:20] == [0] * 20
    assert found[-1] == 10.0
    assert counted.attempt("user 99", "10.0.0.2") == 0


def test_what_is_not_known_is_not_counted() -> None:
    """Links that nobody made have no user: who guesses them delays no other client."""
    counted = Delays(Clock())
    assert [counted.attempt("", f"client {n}") for n in range(40)] == [0.0] * 40
    assert [counted.attempt("", "") for _ in range(40)] == [0.0] * 40
    assert max(counted.attempt("", "10.0.0.1") for _ in range(40)) == 10.0


def test_one_client_takes_no_place_of_others() -> None:
    """It has few of the places to wait at; all together have some."""
    waiting = Waiting()
    with ExitStack() as places:
        for _ in range(50):
            assert not waiting.is_full("stranger")
            places.enter_context(waiting.place("stranger"))
        assert waiting.is_full("stranger")
        assert not waiting.is_full("own")
        assert not waiting.is_full("")
        for n in range(950):
            places.enter_context(waiting.place(f"client {n}"))
        assert waiting.is_full("own")
        assert waiting.is_full("")
    assert not waiting.is_full("stranger")
    assert not waiting._clients


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["", "x", "y"])), max_size=300))
def test_no_stranger_locks_anybody_out(attempts: list[tuple[str, str]]) -> None:
    """Whatever strangers do, an answer comes after two seconds to a client that did nothing."""
    counted = Delays(Clock())
    for user, client in attempts:
        assert counted.attempt(user, client) <= 10
    assert counted.attempt("a", "the user's own") <= 2
    assert counted.attempt("a", "") <= 2


def test_counts_fade() -> None:
    """Half of it in ten minutes."""
    clock = Clock()
    counted = Delays(clock)
    for _ in range(9):
        counted.attempt("ada", "")
    clock.now += 600
    assert counted.attempt("ada", "") == 0.1 * 2**0.5 / 2 or counted.attempt("ada", "") < 0.2
    clock.now += 6_000
    assert counted.attempt("ada", "") == 0


def test_a_right_password_begins_anew_for_the_user_and_not_for_the_client() -> None:
    """Else an account of one's own would make attempts at others free."""
    counted = Delays(Clock())
    for _ in range(30):
        counted.attempt("mine", "10.0.0.1")
        counted.succeeded("mine", "10.0.0.1")
    assert counted.attempt("mine", "10.0.0.1") == 0
    for n in range(40):
        counted.attempt(f"user {n}", "10.0.0.1")
        counted.attempt("mine", "10.0.0.1")
        counted.succeeded("mine", "10.0.0.1")
    assert counted.attempt("user 99", "10.0.0.1") == 10.0
    assert counted.attempt("mine", "") == 0


def test_memory_is_bounded() -> None:
    """However many names are tried; who rested longest is forgotten."""
    counted = Delays(Clock())
    most, delays._MOST_COUNTED = delays._MOST_COUNTED, 100
    try:
        for n in range(1_000):
            counted.attempt(f"user {n}", f"client {n}")
    finally:
        delays._MOST_COUNTED = most
    assert len(counted._users) == len(counted._clients) == 100
