"""Slots for imports: fair between principals, and given back however the wait ends."""

import asyncio

import pytest

from rollbook.access import Caller, Scope, administrator
from rollbook.errors import Reason, Refusal
from rollbook.imports.job.slots import ImportSlot, ImportSlots
from rollbook.settings import Settings


def _slots(**settings: float) -> ImportSlots:
    return ImportSlots(Settings(import_queue_wait=0.02, **settings))  # type: ignore[arg-type]


def _caller(principal: str) -> Caller:
    return Caller(principal=principal, scopes=frozenset({Scope.IMPORTS_WRITE}), directories=None)


async def _taken(slots: ImportSlots, caller: Caller) -> list[ImportSlot]:
    """As many as the caller gets."""
    taken = []
    while True:
        try:
            taken.append(await slots.take(caller))
        except Refusal as refusal:
            if refusal.reason is not Reason.QUOTA_EXCEEDED:
                raise
            return taken


async def test_a_few_principals_leave_slots_for_others() -> None:
    """Of 32, three take 8 each; every next one still gets some, and the operator always 8."""
    slots = _slots()
    counts = [len(await _taken(slots, _caller(f"p{n}"))) for n in range(6)]
    assert counts == [8, 8, 8, 4, 2, 1]
    assert len(await _taken(slots, administrator("admin"))) == 8
    assert len(await _taken(slots, _caller("another"))) == 1


async def test_a_slot_that_comes_free_goes_to_the_principal_with_the_fewest() -> None:
    """Not to the one who has waited longest."""
    slots = _slots(imports_per_process=3)
    greedy, fresh = _caller("greedy"), _caller("fresh")
    first = [await slots.take(greedy), await slots.take(greedy), await slots.take(_caller("x"))]
    waiting = asyncio.ensure_future(slots.take(greedy))
    await asyncio.sleep(0)
    later = asyncio.ensure_future(slots.take(fresh))
    await asyncio.sleep(0)
    first[2].release()
    await later
    with pytest.raises(Refusal):
        await waiting


async def test_a_caller_who_goes_away_leaves_nothing_behind() -> None:
    """Neither a place in the queue nor a slot; a slot released twice counts once."""
    slots = _slots(imports_per_process=1)
    held = await slots.take(_caller("a"))
    gone = asyncio.ensure_future(slots.take(_caller("b")))
    await asyncio.sleep(0)
    held.release()
    held.release()
    gone.cancel()
    await asyncio.wait([gone])
    assert len(await _taken(slots, _caller("c"))) == 1
