"""Applies a batch in a transaction: sends it, locks, plans, then saves its users."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import cast

from rollbook.imports.job.held_lease import taken_over
from rollbook.imports.job.job import Job, guarded
from rollbook.imports.planning.contest import plan_carefully
from rollbook.imports.planning.limits import NO_LIMITS, Spent, Stop, limits, stop_within
from rollbook.imports.planning.notices import notices_of_plan
from rollbook.imports.planning.plan import Plan, Rules, nothing, plan_freely
from rollbook.imports.planning.removed_names import removed
from rollbook.imports.rows.resolve_names import NewName
from rollbook.imports.rows.staged_rows import StagedRows
from rollbook.imports.writing.made_ahead import Made, rules
from rollbook.model import Change, Outcome
from rollbook.store import Conflict, Connection, credentials, imports, name_lookup, notices, staging
from rollbook.store.staging import Room


@dataclass(slots=True, kw_only=True)
class Applied:
    """What was done to some rows: their plan, new users' ids by number key, and each change.

    `dropped` are positions beyond a `stop`: they count as never read. `notices` were written.
    """

    plan: Plan
    spent: Spent
    created: Mapping[str, int] = field(default_factory=dict)
    changes: dict[int, list[Change]] = field(default_factory=dict)
    stop: Stop | None = None
    dropped: set[int] = field(default_factory=set)
    notices: int = 0


class Names(Enum):
    """How the e-mails and usernames of rows are judged.

    FREE: as if they were free; a unique key refuses what is wrong. HELD: row by row, by the users
    that hold them at that row.
    """

    FREE = auto()
    HELD = auto()


async def take_turn(connection: Connection, job: Job, *, to_write: bool = True) -> Room:
    """Wait for the directory's turn, and answer what it has room for.

    `to_write` False: only to read what there is, also of an import that was cancelled.

    Raises:
        Refusal: IMPORT_ALREADY_RUNNING, another server has taken the import over; IMPORT_CANCELLED.
    """
    with job.app.meter.database_turns.timed():
        turn = await staging.begin_turn(connection, job.lease)
    if turn is None or not turn.held:
        raise taken_over()
    if turn.cancelled and to_write:
        raise imports.Cancelled
    return turn.room


async def send(connection: Connection, staged: StagedRows) -> None:
    """Send the rows to the temporary table. It needs no turn."""
    if len(staged):
        await staging.stage(connection, {"pos": range(len(staged)), **staged.columns})


async def apply(
    connection: Connection,
    job: Job,
    staged: StagedRows,
    failed_lines: Sequence[int],
    spent: Spent,
    names: Names | Made,
) -> Applied:
    """Plan the rows, which were sent, and write the plan.

    `failed_lines` are the batch's rows that failed before; `spent` what the import used so far.
    A staged import is stopped by nothing here: its limits are judged for the whole file. `names`
    may be the users themselves, who were made before the turn.

    Raises:
        Conflict: a name is held, and `names` was FREE; or what was made does not hold in the turn.
        Refusal: as `take_turn`.
    """
    room = await take_turn(connection, job)
    job.overlap.in_turn = True
    if isinstance(names, Made):
        plan = await _still(connection, job, staged, room, names)
    else:
        plan = await _plan(connection, job, staged, room, names)
    most = NO_LIMITS if job.is_staged else limits(job.options, room, job.active_at_start)
    stop = stop_within(plan, staged, failed_lines, spent, most)
    if stop and isinstance(names, Made):
        raise Conflict("users behind a stop were made")
    if stop and names is Names.FREE:
        # Which rows are parked decides where the stop is: look again at who holds the names.
        plan = await _plan(connection, job, staged, room, Names.HELD)
        stop = stop_within(plan, staged, failed_lines, spent, most)
    applied = Applied(plan=plan, spent=spent.plus(plan, len(failed_lines)), stop=stop)
    if stop:
        _stop(applied, staged, stop)
    if isinstance(names, Made):
        applied.created = names.created
    else:
        await _write_users(connection, job, staged, applied, room)
    await staging.count_active(connection, job.directory.id, plan.seats)
    await write_passwords(connection, job, staged, applied)
    applied.notices = await write_notices(connection, job, staged, applied, room)
    return applied


async def _still(
    connection: Connection, job: Job, staged: StagedRows, room: Room, made: Made
) -> Plan:
    """The plan of users who were made before the turn, if it would be the same in it.

    Raises:
        Conflict: it would not.
    """
    if (
        room.default_role_id != made.default_role_id
        or room.seats is not None
        or guarded(job, room).roles
        or await removed(connection, job.directory.id, staged)
    ):
        raise Conflict("what users were made by has changed")
    parked = made.plan.parked
    if parked and parked != await staging.held(connection, job.directory.id, parked):
        raise Conflict("a name that was held is free, or its row's user is there")
    return made.plan


async def _plan(
    connection: Connection, job: Job, staged: StagedRows, room: Room, names: Names
) -> Plan:
    if not len(staged):
        return nothing()
    chosen = await rules_of(connection, job, staged)
    seats = free_seats(room)
    guards = guarded(job, room)
    if staged.all_new and not guards.roles:
        # If somebody makes one of them meanwhile, a unique key refuses the batch.
        match = staging.nobody(len(staged))
    else:
        if damaged := staged.damaged:
            await staging.spare(connection, job.directory.id, damaged)
        match = await staging.match(connection, job.target, guards, room.default_role_id)
    if names is Names.FREE:
        plan = plan_freely(staged, match, chosen)
        # A statement lets two users swap names. Whether they meet in one batch must decide nothing:
        # a row whose name is held at its place in the file counts as later than all the others.
        if not plan.frees_names and (seats is None or plan.seats <= seats):
            return plan
    holders = await staging.holders(connection, job.target, room.default_role_id)
    return plan_carefully(staged, match, holders, chosen, seats)


async def rules_of(connection: Connection, job: Job, staged: StagedRows) -> Rules:
    """What the plan of these rows depends on beside them."""
    return replace(rules(job), removed=await removed(connection, job.directory.id, staged))


def free_seats(room: Room) -> int | None:
    """How many more active users the directory has room for; None: any number."""
    return None if room.seats is None else max(0, room.seats - room.active_users)


def _stop(applied: Applied, staged: StagedRows, stop: Stop) -> None:
    """Leave what is beyond the stop."""
    plan = applied.plan
    beyond = {p for p, line in enumerate(staged.lines) if line >= stop.line}
    for position in beyond:
        if staged.lines[position] > stop.line:
            applied.dropped.add(position)
        elif plan.outcomes[position] is not Outcome.FAILED:
            plan.outcomes[position] = Outcome.NOT_APPLIED
    plan.take_out(beyond)
    plan.parked = [p for p in plan.parked if p not in beyond]


async def _write_users(
    connection: Connection,
    job: Job,
    staged: StagedRows,
    applied: Applied,
    room: Room,
) -> None:
    plan = applied.plan
    size, deeds = len(staged), plan.deeds
    places = await new_places(connection, job, staged, deeds)
    if places:
        await staging.give_places(connection, *(_dense(ids, size) for ids in places))
    if asked := asked_changes(job, deeds):
        applied.changes = await _changes(connection, job, asked, room)
    if plan.updates:
        await staging.update(connection, job.target, deeds, room.default_role_id)
    if plan.creates:
        applied.created = await staging.insert(connection, job.target, deeds, room.default_role_id)


async def write_passwords(
    connection: Connection, job: Job, staged: StagedRows, applied: Applied
) -> None:
    """Write the hashes of the first passwords of new users."""
    hashed = [p for p in applied.plan.creates if staged.hashes.get(p)]
    if hashed:
        keys = cast(Sequence[str], staged.columns["number_key"])
        await credentials.write_first(
            connection,
            job.directory.id,
            {applied.created[keys[p]]: staged.hashes[p] for p in hashed},
        )


async def write_notices(
    connection: Connection, job: Job, staged: StagedRows, applied: Applied, room: Room
) -> int:
    """Write the notices of what was written, as far as anybody wants them; answers their number."""
    written = notices_of_plan(
        staged, applied.plan, applied.created, wanted=room.notices, notify=job.options.notify
    )
    await notices.write(connection, job.directory.id, job.import_id, written)
    return len(written)


_NO_CREATES = bytes.maketrans(bytes([Outcome.CREATED]), bytes(1))


def asked_changes(job: Job, deeds: bytes) -> bytes:
    """The deeds whose changes are asked for; empty: none are.

    The digest of a staged plan is made of its updates' changes.
    """
    asked = deeds if job.options.include_changes else deeds.translate(_NO_CREATES)
    wanted = job.options.include_changes or job.is_staged
    return asked if wanted and any(asked) else b""


async def _changes(
    connection: Connection, job: Job, deeds: bytes, room: Room
) -> dict[int, list[Change]]:
    found: defaultdict[int, list[Change]] = defaultdict(list)
    for position, name, old, new in await staging.changes(
        connection, job.target, deeds, room.default_role_id
    ):
        found[position].append(Change(name, old, new))
    return found


Places = tuple[Mapping[int, int], Mapping[int, int]]


async def new_places(
    connection: Connection, job: Job, staged: StagedRows, deeds: Sequence[int]
) -> Places | None:
    """Make the locations and units that only rows to be applied ask for.

    Answers their ids by position; None: no row that `deeds` applies asks for any.
    """
    asking = staged.new_locations.keys() | staged.new_units.keys()
    applied = sorted(position for position in asking if deeds[position])
    if not applied:
        return None
    directory_id = job.directory.id
    new_locations = _names(staged.new_locations, applied)
    known = await name_lookup.locations(connection, directory_id, new_locations)
    if ambiguous := [key for key, ids in known.items() if len(ids) > 1]:
        raise Conflict(f"a location's name became ambiguous: {len(ambiguous)}")  # never a guess
    locations = {key: ids[0] for key, ids in known.items()}
    if missing := {key: name for key, name in new_locations.items() if key not in locations}:
        locations |= await name_lookup.make_locations(connection, directory_id, missing)
    new_units = _names(staged.new_units, applied)
    units = await name_lookup.units(connection, directory_id, new_units)
    if missing := {key: name for key, name in new_units.items() if key not in units}:
        units |= await name_lookup.make_units(connection, directory_id, missing)
    return (
        {p: locations[staged.new_locations[p].key] for p in applied if p in staged.new_locations},
        {p: units[staged.new_units[p].key] for p in applied if p in staged.new_units},
    )


def _names(new: Mapping[int, NewName], positions: list[int]) -> dict[str, str]:
    """Key → name of what is new at these positions; where two spell it apart, the first counts."""
    return {new[p].key: new[p].name for p in reversed(positions) if p in new}


def _dense(ids: Mapping[int, int], size: int) -> list[int]:
    return [ids.get(position, 0) for position in range(size)]
