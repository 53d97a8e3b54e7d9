"""Parked rows → users, within a transaction: all judged together, a piece of them in memory.

The pieces are gone through twice: to learn what each row would do and wants, and, when all that is
applied has been written by one statement, to say so of each. Between the two a row is some numbers
(`planning.parked`) and a row of temporary tables (`store.parked`).
"""

import asyncio
from array import array
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from rollbook.imports.job.job import Job, guarded
from rollbook.imports.planning.limits import NO_LIMITS, Spent, Stop, limits
from rollbook.imports.planning.parked import Parked, judge, kept, refuse, stop_of
from rollbook.imports.planning.plan import Plan, in_order, plan_freely
from rollbook.imports.rows.staged_rows import StagedRows
from rollbook.imports.writing.apply import (
    Applied,
    asked_changes,
    free_seats,
    new_places,
    rules_of,
    take_turn,
    write_notices,
    write_passwords,
)
from rollbook.model import Outcome
from rollbook.store import Connection, staging
from rollbook.store import parked as store
from rollbook.store.staging import Match, Room

Pieces = Callable[[], AsyncIterator[StagedRows]]
"""Gives all parked rows, a piece after the other, the same ones each time."""


async def apply_parked(
    connection: Connection, job: Job, pieces: Pieces, spent: Spent
) -> AsyncIterator[tuple[StagedRows, Applied]]:
    """Plan the parked rows and write what the plan says; then each piece, and what was done to it.

    `spent` is what the import used before; a staged import is stopped by nothing here.

    Raises:
        Refusal: as `take_turn`.
    """
    room = await take_turn(connection, job)
    turn = _Turn(connection, job, room, pieces)
    await turn.take_in()
    await turn.judge(spent)
    if not turn.stop:
        await turn.write()
    async for staged, applied in turn.applied(spent):
        yield staged, applied


@dataclass(slots=True)
class _Turn:
    """The directory's turn in which parked rows are applied."""

    connection: Connection
    job: Job
    room: Room
    pieces: Pieces
    parked: Parked = field(default_factory=Parked)
    stop: Stop | None = None
    has_new_places: bool = False
    has_changes: bool = False

    async def take_in(self) -> None:
        """Learn of each row what it would do by itself, and which names it wants."""
        await store.prepare(self.connection)
        async for staged in self.pieces():
            if first := len(self.parked):
                await staging.clear(self.connection)
            columns = {"pos": range(first, first + len(staged)), **staged.columns}
            await staging.stage(self.connection, columns)
            if damaged := [first + position for position in staged.damaged]:
                await staging.spare(self.connection, self.job.directory.id, damaged)
            match = await self._match(staged, first)
            plan = await self._freely(staged, match)
            self.parked.add(staged, match, plan)
            self.has_new_places |= bool(staged.new_locations or staged.new_units)
            await store.keep(
                self.connection,
                self.job.target,
                self.room.default_role_id,
                staged.lines,
                plan.deeds,
                first,
            )

    async def judge(self, spent: Spent) -> None:
        """Refuse what cannot be applied, and see whether that stops the import."""
        most = NO_LIMITS
        if not self.job.is_staged:
            most = limits(self.job.options, self.room, self.job.active_at_start)
        contest = await store.contest(self.connection)
        # In a thread, for a million rows take seconds.
        await asyncio.to_thread(judge, self.parked, contest, free_seats(self.room))
        self.stop = await asyncio.to_thread(stop_of, self.parked, contest.in_file, spent, most)

    async def write(self) -> None:
        """Write all that is applied: an update, because unique keys are checked at its end."""
        connection, target, role = self.connection, self.job.target, self.room.default_role_id
        deeds = self.parked.deeds
        if not any(deeds):
            return
        await store.stage(connection, deeds)
        if self.has_new_places:
            await staging.give_places(connection, *await self._new_places(deeds))
        if asked := asked_changes(self.job, deeds):
            await store.keep_changes(connection, target, asked, role)
            self.has_changes = True
        if Outcome.UPDATED in deeds:
            await staging.update(connection, target, deeds, role)
        if Outcome.CREATED in deeds:
            await store.insert(connection, target, deeds, role)
        seats = await asyncio.to_thread(self.parked.seats)
        await staging.count_active(connection, self.job.directory.id, seats)

    async def applied(self, spent: Spent) -> AsyncIterator[tuple[StagedRows, Applied]]:
        """Each piece, and what was done to it."""
        first = 0
        async for staged in self.pieces():
            here = range(first, first + len(staged))
            plan = await self._refused(staged, here)
            spent = spent.plus(plan, 0)
            if self.stop:
                _leave(plan)
            applied = Applied(plan=plan, spent=spent, stop=self.stop)
            if plan.creates:
                applied.created = await self._created(staged, plan)
            if self.has_changes:
                found = await store.changes(self.connection, here)
                applied.changes = {position - first: some for position, some in found.items()}
            await write_passwords(self.connection, self.job, staged, applied)
            applied.notices = await write_notices(
                self.connection, self.job, staged, applied, self.room
            )
            yield staged, applied
            first = here.stop

    async def _match(self, staged: StagedRows, first: int) -> Match:
        positions, *columns = await staging.match(
            self.connection,
            self.job.target,
            guarded(self.job, self.room),
            self.room.default_role_id,
        )
        size = len(staged)
        here = [position - first for position in positions]
        return Match([*range(size)], *in_order(size, here, *columns))

    async def _freely(self, staged: StagedRows, match: Match) -> Plan:
        return plan_freely(staged, match, await rules_of(self.connection, self.job, staged))

    async def _refused(self, staged: StagedRows, here: range) -> Plan:
        """The plan of a piece, as all of them together came out."""
        plan = await self._freely(staged, self.parked.match(here.start, len(staged)))
        refusals = self.parked.refusals[here.start : here.stop]
        holders = {}
        if positions := kept(refusals):
            found = await store.holders(self.connection, [here[p] for p in positions])
            holders = {position - here.start: held for position, held in found.items()}
        refuse(plan, refusals, holders)
        return plan

    async def _new_places(self, deeds: bytes) -> "tuple[array[int], array[int]]":
        """Make the locations and units that are asked for; their ids by position, 0: none."""
        locations, units = (array("q", bytes(8 * len(deeds))) for _ in range(2))
        first = 0
        async for staged in self.pieces():
            here = deeds[first : first + len(staged)]
            if places := await new_places(self.connection, self.job, staged, here):
                for ids, given in zip((locations, units), places, strict=True):
                    for position, new in given.items():
                        ids[first + position] = new
            first += len(staged)
        return locations, units

    async def _created(self, staged: StagedRows, plan: Plan) -> dict[str, int]:
        """The ids of the new users, by number key."""
        keys = [str(staged.columns["number_key"][position]) for position in plan.creates]
        ids = await store.made(self.connection, self.job.directory.id, keys)
        return dict(zip(keys, ids, strict=True))


def _leave(plan: Plan) -> None:
    """Apply nothing: parked rows wait for each other."""
    for position, outcome in enumerate(plan.outcomes):
        if outcome is not Outcome.FAILED:
            plan.outcomes[position] = Outcome.NOT_APPLIED
    plan.creates, plan.updates = [], []
