"""Takes a source from users whom its complete file no longer names; suspends who has none left."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from rollbook.errors import Reason
from rollbook.imports.issue_messages import kept_in_doubt
from rollbook.imports.job.job import Job, guarded
from rollbook.imports.planning.limits import Stop, is_most_of_source, most_suspended
from rollbook.imports.planning.notices import notices_of_suspended
from rollbook.imports.planning.plan import Plan
from rollbook.imports.planning.tally import Tally
from rollbook.imports.rows.doubts import named_by, unpack_named
from rollbook.imports.rows.staged_rows import StagedRows, unpack_staged
from rollbook.model import STATUS, Answers, Change, Field, Issue, Outcome
from rollbook.store import Connection, full_sync, kept_rows, notices, staging, users
from rollbook.store.kept_rows import Kept
from rollbook.store.staging import Room

_SUSPENDED = Change(STATUS, users.ACTIVE, users.SUSPENDED)
_APPLIED = (Outcome.CREATED, Outcome.UPDATED, Outcome.UNCHANGED)


@dataclass(frozen=True, slots=True)
class Sync:
    """Who was suspended; `unreadable`: a row's number could not be read; `rows` of the file.

    `notices` were written of it. Of the source's users `active` were active before; `released` have
    lost it, and stay active; `protected` are left out. `in_doubt`: failed rows kept users from a
    suspension.
    """

    answers: Answers
    unreadable: bool
    rows: int
    notices: int
    active: int
    released: int
    protected: int
    in_doubt: bool

    def stop(self, room: Room, active_at_start: int) -> Stop | None:
        """The safeguard that stops the sync until a person approves it, if any."""
        most = most_suspended(room, active_at_start)
        if self.unreadable:
            return Stop(Reason.SAFEGUARD_TRIPPED, 0, "unreadable")
        if not self.rows:
            return Stop(Reason.SAFEGUARD_TRIPPED, 0, "empty")
        suspended = len(self.answers.lines)
        if most is not None and suspended > most:
            return Stop(Reason.SAFEGUARD_TRIPPED, 0, "suspended", suspended, most)
        if is_most_of_source(room, suspended, self.active):
            return Stop(Reason.SAFEGUARD_TRIPPED, 0, "most", suspended, self.active // 2)
        return None

    def pieces(self, most: int) -> Iterator[Answers]:
        """The answers, at most `most` at a time, as the ledger keeps them."""
        whole = self.answers
        for first in range(0, len(whole.lines), most):
            here = slice(first, first + most)
            numbers = whole.employee_numbers[here]
            yield Answers(
                lines=whole.lines[here],
                rows=whole.rows[here],
                outcomes=whole.outcomes[here],
                employee_numbers=numbers,
                user_ids=whole.user_ids[here],
                changes={
                    position: whole.changes[first + position] for position in range(len(numbers))
                },
            )

    async def say_doubts(self, connection: Connection, staged: StagedRows, plan: Plan) -> None:
        """Say in the plan of some rows whom those that fail keep from being suspended."""
        failed = Outcome.FAILED in plan.outcomes
        if not self.in_doubt or not failed:
            return
        by_line: defaultdict[int, list[Issue]] = defaultdict(list)
        for line, name, number in await full_sync.doubts_of(connection, staged.lines):
            by_line[line].append(kept_in_doubt(Field(name), number))
        for position, line in enumerate(staged.lines):
            if line in by_line and plan.outcomes[position] is Outcome.FAILED:
                plan.say(position, *by_line[line])


def stop_of_nothing(tally: Tally) -> Stop | None:
    """The safeguard against a full sync of which no row was applied, at any size."""
    if any(tally.outcomes[outcome] for outcome in _APPLIED):
        return None
    return Stop(Reason.SAFEGUARD_TRIPPED, 0, "nothing")


async def suspend_missing(connection: Connection, job: Job, room: Room, *, read: int) -> Sync:
    """Take the import's source from users that the file does not name; suspend who has none left.

    Protected and guarded users are left out. `read` counts the rows that failed before
    they were kept.
    """
    here = (job.directory.id, job.import_id)
    unreadable, rows = False, read
    await full_sync.create(connection)
    async for _, packed in kept_rows.kept_rows(connection, *here, Kept.NAMED):
        named = unpack_named(packed)
        unreadable = unreadable or any(not row.number_key for row in named)
        await full_sync.name_users(connection, named)
    async for _, packed in kept_rows.kept_rows(connection, *here, Kept.STAGED):
        staged = unpack_staged(packed)
        rows += len(staged)
        await full_sync.name_users(connection, named_by(staged, job))
    active = await full_sync.active_of_source(connection, job.target)
    protected = await full_sync.protected_missing(connection, job.target)
    in_doubt = await full_sync.note_missing(connection, job.target, guarded(job, room))
    gone = await full_sync.let_go(connection, job.target)
    suspended = [user for user in gone if user.is_suspended]
    await staging.count_active(connection, job.directory.id, -len(suspended))
    written = notices_of_suspended((user.id for user in suspended), room.notices)
    await notices.write(connection, job.directory.id, job.import_id, written)
    return Sync(
        Answers(
            lines=[0] * len(suspended),
            rows=[0] * len(suspended),
            outcomes=[Outcome.SUSPENDED] * len(suspended),
            employee_numbers=[user.employee_number for user in suspended],
            user_ids=[user.id for user in suspended],
            changes={position: [_SUSPENDED] for position in range(len(suspended))},
        ),
        unreadable,
        rows,
        len(written),
        active,
        sum(user.stays for user in gone),
        protected,
        in_doubt,
    )
