"""Makes the users of a batch before its turn, where it does nothing but make users.

Nobody else sees them before the batch is committed, and that is in its turn: so what they were made
by is looked at again there (`apply.py`), as are seats, limits, fence and cancellation. If anything
of it has changed, all is rolled back and the batch goes the usual way. Two batches of a file never
want the same name, because the file's claims keep them apart; others who want one are stopped by
the unique keys. Where names are likely to be held, the rows that want them are parked beforehand,
and only the others make users.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from rollbook.imports.job.job import Job, guarded
from rollbook.imports.planning.plan import Plan, Rules, plan_freely
from rollbook.imports.rows.ready_batch import ReadyBatch
from rollbook.imports.rows.staged_rows import StagedRows
from rollbook.model import Outcome
from rollbook.store import Connection, staging


@dataclass(frozen=True, slots=True)
class Made:
    """The plan of a batch whose users are made: their ids by number key, and the default role."""

    plan: Plan
    created: Mapping[str, int]
    default_role_id: int


def rules(job: Job) -> Rules:
    """What a plan of the import depends on, where its rows name nothing that was removed."""
    return Rules(
        job.options.mode,
        job.profile.identity.employee_number,
        job.options.only_lines,
        frozenset(Outcome[name] for name in job.options.only_outcomes),
        privileged=job.ceiling.privileged,
    )


def may_be_made(job: Job, batch: ReadyBatch) -> bool:
    """Whether the batch may make all of its users before its turn.

    Not where places are to be made first, or where changes are to be shown.
    """
    rows = batch.to_plan
    return (
        rows.all_new
        and not rows.new_locations
        and not rows.new_units
        and not job.options.include_changes
    )


async def make(
    connection: Connection, job: Job, rows: StagedRows, *, spares: bool = False
) -> Made | None:
    """Make the users of the rows, which were sent; None: not before the turn.

    `spares`: but for those whose names are held, which the plan parks. From here on the transaction
    waits only briefly for others.

    Raises:
        Conflict, Unavailable: a name is held, or may be (translated outside, as for any statement).
    """
    room = await staging.room(connection, job.directory.id)
    if room.seats is not None or guarded(job, room).roles:
        return None
    plan = plan_freely(rows, staging.nobody(len(rows)), rules(job))
    if len(plan.creates) < len(rows):
        return None
    await staging.wait_briefly(connection)
    if spares:
        plan.park(await staging.held(connection, job.directory.id, plan.creates))
    created = await staging.insert(connection, job.target, plan.deeds, room.default_role_id)
    return Made(plan, created, room.default_role_id)
