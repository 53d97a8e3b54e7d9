"""Prepared rows → users, within a transaction: stage, take the turn, plan, make, update, insert."""

from collections.abc import Mapping

from rollbook.importing.job import Job
from rollbook.importing.naming import NewName
from rollbook.importing.planning import (
    Plan,
    Rules,
    plan_carefully,
    plan_freely,
    plan_parked,
)
from rollbook.importing.prepared import Prepared
from rollbook.store import Connection, names, staging


async def apply(
    connection: Connection, job: Job, prepared: Prepared, *, careful: bool, last: bool
) -> tuple[Plan, Mapping[str, int]]:
    """Plan the rows and write what the plan says; answers it, and new users' ids by number key.

    `careful` looks for conflicts before it writes; `last` judges rows that were parked.

    Raises:
        asyncpg.UniqueViolationError: a name is held, and `careful` was not asked for.
    """
    if not len(prepared):
        return Plan([], [], {}), {}
    await staging.stage(connection, {"pos": range(len(prepared)), **prepared.columns})
    await staging.take_turn(connection, job.directory.id)
    plan = await _plan(connection, job, prepared, careful=careful, last=last)
    await _make_places(connection, job, prepared, plan)
    if plan.updates:
        await staging.update(connection, job.target, plan.updates)
    if not plan.creates:
        return plan, {}
    return plan, await staging.insert(connection, job.target, plan.creates)


async def _plan(
    connection: Connection, job: Job, prepared: Prepared, *, careful: bool, last: bool
) -> Plan:
    rules = Rules(job.options.mode, job.profile.identity.employee_number)
    match = await staging.match(connection, job.target)
    if not careful and not last:
        return plan_freely(prepared, match, rules)
    holders = await staging.holders(connection, job.target)
    judge = plan_parked if last else plan_carefully
    return judge(prepared, match, holders, rules)


async def _make_places(connection: Connection, job: Job, prepared: Prepared, plan: Plan) -> None:
    """Make the locations and units that only rows to be applied ask for."""
    applied = [
        position
        for position in (*plan.creates, *plan.updates)
        if position in prepared.new_locations or position in prepared.new_units
    ]
    if not applied:
        return
    directory_id = job.directory.id
    new_locations = _names(prepared.new_locations, applied)
    known = await names.locations(connection, directory_id, new_locations)
    locations = {key: ids[0] for key, ids in known.items()}
    if missing := {key: name for key, name in new_locations.items() if key not in locations}:
        locations |= await names.make_locations(connection, directory_id, missing)
    new_units = _names(prepared.new_units, applied)
    units = await names.units(connection, directory_id, new_units)
    if missing := {key: name for key, name in new_units.items() if key not in units}:
        units |= await names.make_units(connection, directory_id, missing)
    await staging.give_places(
        connection,
        applied,
        [_id(prepared.new_locations.get(position), locations) for position in applied],
        [_id(prepared.new_units.get(position), units) for position in applied],
    )


def _names(new: Mapping[int, NewName], positions: list[int]) -> dict[str, str]:
    """Key → name of what is new at these positions; where two spell it apart, the first counts."""
    return {new[p].key: new[p].name for p in sorted(positions, reverse=True) if p in new}


def _id(new: NewName | None, ids: Mapping[str, int]) -> int | None:
    return ids[new.key] if new else None
