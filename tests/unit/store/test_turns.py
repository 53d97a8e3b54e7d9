"""Writers of one directory take turns, and hold nothing while they wait."""

import asyncio
from contextlib import suppress

import pytest

from rollbook.store import Busy
from rollbook.store.turns import Turns


async def _hold(turns: Turns, directory: int, principal: str, came: list[str], name: str) -> None:
    async with turns.turn(directory, principal):
        came.append(name)
        await asyncio.sleep(0)


async def _queued(turns: Turns, wanted: int) -> None:
    for _ in range(10):
        if turns.queued == wanted:
            return
        await asyncio.sleep(0)
    raise AssertionError(turns.queued)


async def test_only_two_of_a_directory_go_on() -> None:
    """P19: the one that holds the lock, and the next; others wait, and other directories do not."""
    turns = Turns(5)
    async with turns.turn(1, "a"), turns.turn(1, "a"):
        third = asyncio.create_task(_hold(turns, 1, "a", [], "third"))
        await _queued(turns, 1)
        async with asyncio.timeout(1), turns.turn(2, "a"):
            assert not third.done()
    await third
    assert turns.queued == 0


async def test_principals_take_turns_and_each_keeps_its_order() -> None:
    """P19: one principal's many do not keep another's one waiting."""
    turns = Turns(5)
    came: list[str] = []
    async with turns.turn(1, "x"), turns.turn(1, "x"):
        tasks = []
        for name in ("a1", "a2", "a3", "b1", "b2", "c1"):
            tasks.append(asyncio.create_task(_hold(turns, 1, name[0], came, name)))
            await _queued(turns, len(tasks))
    await asyncio.gather(*tasks)
    assert came == ["a1", "b1", "c1", "a2", "b2", "a3"]


async def test_a_wait_has_an_end() -> None:
    """P19: Busy, once the longest wait is over; the place goes to the next one."""
    turns = Turns(0.05)
    async with turns.turn(1, "a"), turns.turn(1, "a"):
        with pytest.raises(Busy):
            async with turns.turn(1, "b"):
                pass
        assert turns.queued == 0
    async with turns.turn(1, "a"), turns.turn(1, "a"):
        pass


@pytest.mark.parametrize("cancelled", [0, 1, 2])
async def test_one_that_gives_up_keeps_nobody_waiting(cancelled: int) -> None:
    """Cancelled while it waits, or in the moment in which its turn comes."""
    turns = Turns(5)
    came: list[str] = []
    async with turns.turn(1, "x"), turns.turn(1, "x"):
        tasks = [asyncio.create_task(_hold(turns, 1, "a", came, name)) for name in ("0", "1", "2")]
        await _queued(turns, 3)
    tasks[cancelled].cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError):
            await task
    assert sorted(came) == [name for name in "012" if int(name) != cancelled]
    async with asyncio.timeout(1), turns.turn(1, "y"), turns.turn(1, "y"):
        assert turns.queued == 0


async def test_a_place_to_spare_is_one_that_nobody_wants() -> None:
    """P19: who sends rows ahead never waits, and never stands before who waits."""
    turns = Turns(5)
    with turns.spare(1) as first, turns.spare(1) as second, turns.spare(1) as third:
        assert (first, second, third) == (True, True, False)
        waiting = asyncio.create_task(_hold(turns, 1, "a", [], "waiting"))
        await _queued(turns, 1)
    await waiting
    async with turns.turn(1, "a"), turns.turn(1, "a"):
        waiting = asyncio.create_task(_hold(turns, 1, "a", [], "waiting"))
        await _queued(turns, 1)
        with turns.spare(1) as none:
            assert not none
        with turns.spare(2) as elsewhere:
            assert elsewhere
    await waiting
    with turns.spare(1) as again:
        assert again
