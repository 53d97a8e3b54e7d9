"""Tests of the rate: mails are spread evenly, and urgent ones have the next turn."""

import asyncio
from itertools import pairwise

from mail_relay import Relay, Start, notice

from rollbook.hooks import Later, Sent
from rollbook_mail.pace import Pace

_RATE = 1_200
_INTERVAL = 60 / _RATE
MANY = [notice(f"u{number}@example.org") for number in range(8)]


async def _turns(pace: Pace, *waiting: tuple[str, bool]) -> list[tuple[str, float]]:
    """Who had a turn, in order, with its time; each is (name, urgent)."""
    clock = asyncio.get_running_loop().time
    had: list[tuple[str, float]] = []

    async def wait(name: str, urgent: bool) -> None:
        assert await pace.turn(clock() + 60, urgent=urgent) == 0
        had.append((name, clock()))

    await asyncio.gather(*(wait(*one) for one in waiting))
    return had


async def test_turns_are_an_interval_apart_also_after_a_pause() -> None:
    """No burst: a pause saves nothing up."""
    pace = Pace(_RATE)
    await _turns(pace, ("a", False))
    await asyncio.sleep(4 * _INTERVAL)
    times = [at for _, at in await _turns(pace, *[(f"{n}", False) for n in range(6)])]
    gaps = [later - sooner for sooner, later in pairwise(times)]
    assert min(gaps) >= 0.5 * _INTERVAL
    assert times[-1] - times[0] >= 5 * _INTERVAL * 0.99


async def test_who_is_urgent_has_the_next_turn() -> None:
    """Before all who wait already, in the order of their coming."""
    pace = Pace(_RATE)
    waiting = [("a", False), ("b", False), ("c", False), ("x", True), ("y", True)]
    assert [name for name, _ in await _turns(pace, *waiting)] == ["a", "x", "y", "b", "c"]


async def test_who_would_wait_too_long_is_told_for_how_long() -> None:
    """And uses no turn; nor does one that is cancelled while it waits."""
    pace = Pace(1)
    clock = asyncio.get_running_loop().time
    assert await pace.turn(clock() + 1, urgent=False) == 0
    waiting = asyncio.create_task(pace.turn(clock() + 999, urgent=False))
    await asyncio.sleep(0)
    assert 110 < await pace.turn(clock() + 1, urgent=False) <= 120
    assert 50 < await pace.turn(clock() + 1, urgent=True) <= 60
    waiting.cancel()
    await asyncio.wait((waiting,))
    assert 50 < await pace.turn(clock() + 1, urgent=False) <= 60


async def test_without_a_rate_nobody_waits() -> None:
    pace = Pace(None)
    assert await pace.turn(0, urgent=False) == 0


async def test_mails_keep_to_the_rate(start: Start, relay: Relay) -> None:
    """All connections together: one an interval."""
    plugin = await start(per_minute=_RATE, connections=3)
    clock = asyncio.get_running_loop().time
    began = clock()
    answers = await plugin.notify(MANY, 30) or {}
    assert {type(answer) for answer in answers.values()} == {Sent}
    assert clock() - began >= (len(MANY) - 1) * _INTERVAL * 0.99


async def test_what_the_rate_leaves_no_time_for_comes_at_its_turn(
    start: Start, relay: Relay
) -> None:
    """An interval apart, so that they do not all come back at once."""
    plugin = await start(per_minute=2)
    answers = await plugin.notify(MANY[:4], 5) or {}
    first, *others = (answers[one.id] for one in MANY[:4])
    assert isinstance(first, Sent)
    later = [one for one in others if isinstance(one, Later)]
    assert [one.reason for one in later] == ["Its turn is later: 2 mails a minute are allowed."] * 3
    waits = [one.after or 0 for one in later]
    assert 25 < waits[0] <= 30
    assert [round(wait - waits[0]) for wait in waits] == [0, 30, 60]
    assert len(relay.accepted) == 1
