"""Makes one answer for each line of a batch, except the parked ones."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from rollbook.imports.planning.plan import Plan
from rollbook.imports.rows.ready_batch import ReadyBatch
from rollbook.imports.rows.staged_rows import StagedRows
from rollbook.imports.writing.apply import Applied
from rollbook.model import (
    Answers,
    Change,
    CheckedBatch,
    Field,
    Issue,
    Outcome,
    at_most,
)
from rollbook.profiles import Profile


class _Answer(NamedTuple):
    line: int
    row: int
    outcome: Outcome
    number: str
    user_id: int
    issues: Sequence[Issue] | None
    changes: Sequence[Change] | None


def with_unchanged(applied: Applied, batch: ReadyBatch, planned: Sequence[int]) -> Applied:
    """What was done to all staged rows of a batch of which only those at `planned` were planned.

    The others are unchanged; behind a stop they count as never read, as any row does.
    """
    plan, size = applied.plan, len(batch.staged)
    whole = Plan(
        [Outcome.UNCHANGED] * size,
        [*batch.unchanged],
        [0] * size,
        {planned[p]: issues for p, issues in plan.issues.items()},
        creates=[planned[p] for p in plan.creates],
        updates=[planned[p] for p in plan.updates],
        parked=[planned[p] for p in plan.parked],
        fields=plan.fields,
    )
    for position, outcome, user, bits in zip(
        planned, plan.outcomes, plan.user_ids, plan.bits, strict=True
    ):
        whole.outcomes[position] = outcome
        whole.user_ids[position] = user
        whole.bits[position] = bits
    dropped = {planned[p] for p in applied.dropped}
    if applied.stop:
        lines, last = batch.staged.lines, applied.stop.line
        dropped.update(p for p, user in enumerate(batch.unchanged) if user and lines[p] > last)
    changes = {planned[p]: found for p, found in applied.changes.items()}
    return replace(applied, plan=whole, changes=changes, dropped=dropped)


def answers_of(
    checked: CheckedBatch | None,
    staged: StagedRows,
    applied: Applied,
    profile: Profile,
) -> Answers:
    """The answers of a batch, in the file's order; `checked` None: of rows that had been kept."""
    plan = applied.plan
    user_ids = plan.user_ids
    if applied.created:
        keys = staged.columns["number_key"]
        user_ids = user_ids.copy()
        for position in plan.creates:
            user_ids[position] = applied.created[str(keys[position])]
    issues = {position: at_most(some) for position, some in plan.issues.items()}
    failed = checked.failed if checked else set()
    found = applied.changes
    left_out = applied.dropped.union(plan.parked)
    if not failed and not left_out:
        return Answers(
            lines=staged.lines,
            rows=staged.rows,
            outcomes=plan.outcomes,
            employee_numbers=staged.employee_numbers,
            user_ids=user_ids,
            issues=issues,
            changes=found,
        )
    answered = [
        _Answer(
            staged.lines[position],
            staged.rows[position],
            plan.outcomes[position],
            staged.employee_numbers[position],
            user_ids[position],
            issues.get(position),
            found.get(position),
        )
        for position in range(len(staged))
        if position not in left_out
    ]
    if checked:
        last = applied.stop.line if applied.stop else None
        answered += [
            _refused(checked, position, profile)
            for position in failed
            if last is None or checked.rows.lines[position] <= last
        ]
    return _columns(answered)


def refusals(checked: CheckedBatch, profile: Profile) -> Answers:
    """The answers of the rows that failed before the database was asked."""
    return _columns([_refused(checked, position, profile) for position in checked.failed])


def not_applied(staged: StagedRows) -> Answers:
    """The answers of rows that were read, and then not applied."""
    size = len(staged)
    return Answers(
        lines=staged.lines,
        rows=staged.rows,
        outcomes=[Outcome.NOT_APPLIED] * size,
        employee_numbers=staged.employee_numbers,
        user_ids=[0] * size,
        issues=staged.issues,
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


def _refused(checked: CheckedBatch, position: int, profile: Profile) -> _Answer:
    cells = checked.rows.columns.get(profile.identity.employee_number)
    valid = checked.values[Field.EMPLOYEE_NUMBER][position]
    number = valid or ((cells[position] if cells else "") or "")[:64]
    return _Answer(
        checked.rows.lines[position],
        checked.rows.numbers[position],
        Outcome.FAILED,
        number,
        0,
        at_most(checked.issues.get(position) or []),
        None,
    )
