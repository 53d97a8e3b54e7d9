"""Suspends the users of a source that its complete file no longer names."""

from dataclasses import dataclass

from rollbook.errors import Reason
from rollbook.imports.job.job import Job
from rollbook.imports.planning.limits import Stop, is_most_of_source, most_suspended
from rollbook.imports.planning.notices import notices_of_suspended
from rollbook.imports.rows.staged_rows import unpack_staged
from rollbook.model import Answers, CheckedBatch, Outcome
from rollbook.store import Connection, kept_rows, notices, staging
from rollbook.store.kept_rows import Kept
from rollbook.store.packing import pack, unpack
from rollbook.store.staging import Guarded, Room


@dataclass(frozen=True, slots=True)
class Sync:
    """Who was suspended; `unreadable`: a row's number could not be read; `rows` of the file.

    `notices` were written of it. `left` of the source's active users stay as they are.
    """

    answers: Answers
    unreadable: bool
    rows: int
    notices: int
    left: int

    def stop(self, room: Room, active_at_start: int) -> Stop | None:
        """The safeguard that stops the sync until a person approves it, if any."""
        most = most_suspended(room, active_at_start)
        if self.unreadable:
            return Stop(Reason.SAFEGUARD_TRIPPED, 0, "unreadable")
        if not self.rows:
            return Stop(Reason.SAFEGUARD_TRIPPED, 0, "empty")
        suspended = len(self.answers.lines)
        if most is not None and suspended > most:
            return Stop(Reason.SAFEGUARD_TRIPPED, 0, "suspended")
        if is_most_of_source(room, suspended, self.left):
            return Stop(Reason.SAFEGUARD_TRIPPED, 0, "suspended")
        return None


def pack_numbers(checked: CheckedBatch) -> bytes | None:
    """The employee-number keys of failed rows, for they name their users too; None: no such row."""
    if not checked.failed:
        return None
    keys = [checked.number_keys[position] for position in checked.failed]
    return pack(keys)


async def suspend_missing(
    connection: Connection, job: Job, room: Room, guarded: Guarded, *, read: int
) -> Sync:
    """Suspend the active users of the import's source that the file does not name.

    Protected and guarded users are left out. `read` counts the rows that failed before
    they were kept.
    """
    here = (job.directory.id, job.import_id)
    unreadable, rows = False, read
    await staging.create_named(connection)
    async for _, packed in kept_rows.kept_rows(connection, *here, Kept.NAMED):
        keys = unpack(packed)
        unreadable = unreadable or "" in keys
        await staging.name_users(connection, keys)
    async for _, packed in kept_rows.kept_rows(connection, *here, Kept.STAGED):
        staged = unpack_staged(packed)
        rows += len(staged)
        await staging.name_users(connection, staged.columns["number_key"])
    suspended = await staging.suspend_missing(connection, job.target, guarded)
    left = await staging.active_of_source(connection, job.directory.id, job.source)
    await staging.count_active(connection, job.directory.id, -len(suspended))
    written = notices_of_suspended((user_id for user_id, _ in suspended), room.notices)
    await notices.write(connection, job.directory.id, job.import_id, written)
    return Sync(
        Answers(
            lines=[0] * len(suspended),
            rows=[0] * len(suspended),
            outcomes=[Outcome.SUSPENDED] * len(suspended),
            employee_numbers=[number for _, number in suspended],
            user_ids=[user_id for user_id, _ in suspended],
        ),
        unreadable,
        rows,
        len(written),
        left,
    )
