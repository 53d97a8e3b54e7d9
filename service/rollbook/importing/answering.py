"""A batch and its plan → one answer for every line but the parked ones."""

from collections.abc import Mapping
from typing import NamedTuple

from rollbook.importing.job import Job
from rollbook.importing.planning import Plan
from rollbook.importing.prepared import Prepared
from rollbook.words import Answers, Field, Issue, Outcome, Users


class _Answer(NamedTuple):
    line: int
    row: int
    outcome: Outcome
    number: str
    user_id: int
    issues: list[Issue] | None


def answers_of(
    job: Job,
    users: Users | None,
    prepared: Prepared,
    plan: Plan,
    created: Mapping[str, int],
) -> Answers:
    """The answers of a batch, in the file's order. `users` None: rows that had been parked."""
    if created:
        keys = prepared.columns["number_key"]
        for position in plan.creates:
            plan.user_ids[position] = created[str(keys[position])]
    failed = users.failed if users else set()
    if not failed and not plan.parked:
        return Answers(
            lines=prepared.lines,
            rows=prepared.rows,
            outcomes=plan.outcomes,
            employee_numbers=prepared.employee_numbers,
            user_ids=plan.user_ids,
            issues=plan.issues,
        )
    parked = set(plan.parked)
    answered = [
        _Answer(
            prepared.lines[position],
            prepared.rows[position],
            plan.outcomes[position],
            prepared.employee_numbers[position],
            plan.user_ids[position],
            plan.issues.get(position),
        )
        for position in range(len(prepared))
        if position not in parked
    ]
    if users:
        answered += [_refused(job, users, position) for position in failed]
    answered.sort(key=lambda answer: answer.line)
    return Answers(
        lines=[answer.line for answer in answered],
        rows=[answer.row for answer in answered],
        outcomes=[answer.outcome for answer in answered],
        employee_numbers=[answer.number for answer in answered],
        user_ids=[answer.user_id for answer in answered],
        issues={at: answer.issues for at, answer in enumerate(answered) if answer.issues},
    )


def _refused(job: Job, users: Users, position: int) -> _Answer:
    identity = job.profile.identity.employee_number
    cells = users.rows.columns.get(identity)
    number = (
        users.values[Field.EMPLOYEE_NUMBER][position] or (cells[position] if cells else "") or ""
    )
    return _Answer(
        users.rows.lines[position],
        users.rows.first + position,
        Outcome.FAILED,
        number[:64],
        0,
        users.issues.get(position),
    )
