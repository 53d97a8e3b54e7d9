"""A batch and what was done to it → one answer for every line but the parked ones."""

from typing import NamedTuple

from rollbook.imports.rows.prepared import Prepared
from rollbook.imports.writing.apply import Applied
from rollbook.model import MOST_ISSUES, Answers, Change, Field, Issue, Outcome, Users, at_most
from rollbook.profiles import Profile


class _Answer(NamedTuple):
    line: int
    row: int
    outcome: Outcome
    number: str
    user_id: int
    issues: list[Issue] | None
    changes: list[Change] | None


def answers_of(
    users: Users | None,
    prepared: Prepared,
    applied: Applied,
    profile: Profile,
    *,
    changes: bool,
) -> Answers:
    """The answers of a batch, in the file's order. `users` None: rows that had been parked."""
    plan = applied.plan
    if applied.created:
        keys = prepared.columns["number_key"]
        for position in plan.creates:
            plan.user_ids[position] = applied.created[str(keys[position])]
    for position, issues in plan.issues.items():
        if len(issues) > MOST_ISSUES:
            plan.issues[position] = at_most(issues)
    failed = users.failed if users else set()
    said = applied.changes if changes else {}
    left_out = applied.dropped.union(plan.parked)
    if not failed and not left_out:
        return Answers(
            lines=prepared.lines,
            rows=prepared.rows,
            outcomes=plan.outcomes,
            employee_numbers=prepared.employee_numbers,
            user_ids=plan.user_ids,
            issues=plan.issues,
            changes=said,
        )
    answered = [
        _Answer(
            prepared.lines[position],
            prepared.rows[position],
            plan.outcomes[position],
            prepared.employee_numbers[position],
            plan.user_ids[position],
            plan.issues.get(position),
            said.get(position),
        )
        for position in range(len(prepared))
        if position not in left_out
    ]
    if users:
        last = applied.stop.line if applied.stop else None
        answered += [
            _refused(users, position, profile)
            for position in failed
            if last is None or users.rows.lines[position] <= last
        ]
    return _columns(answered)


def refusals(users: Users, profile: Profile) -> Answers:
    """The answers of the rows that failed before the database was asked."""
    return _columns([_refused(users, position, profile) for position in users.failed])


def not_applied(prepared: Prepared) -> Answers:
    """The answers of rows that were read, and then not applied."""
    size = len(prepared)
    return Answers(
        lines=prepared.lines,
        rows=prepared.rows,
        outcomes=[Outcome.NOT_APPLIED] * size,
        employee_numbers=prepared.employee_numbers,
        user_ids=[0] * size,
        issues=dict(prepared.issues),
    )


def _columns(answered: list[_Answer]) -> Answers:
    answered.sort(key=lambda answer: answer.line)
    return Answers(
        lines=[answer.line for answer in answered],
        rows=[answer.row for answer in answered],
        outcomes=[answer.outcome for answer in answered],
        employee_numbers=[answer.number for answer in answered],
        user_ids=[answer.user_id for answer in answered],
        issues={at: answer.issues for at, answer in enumerate(answered) if answer.issues},
        changes={at: answer.changes for at, answer in enumerate(answered) if answer.changes},
    )


def _refused(users: Users, position: int, profile: Profile) -> _Answer:
    cells = users.rows.columns.get(profile.identity.employee_number)
    checked = users.values[Field.EMPLOYEE_NUMBER][position]
    number = checked or (cells[position] if cells else "") or ""
    return _Answer(
        users.rows.lines[position],
        users.rows.numbers[position],
        Outcome.FAILED,
        number[:64],
        0,
        at_most(users.issues.get(position) or []),
        None,
    )
