"""The ledger: the outcome of each line, a batch a row, and the progress of an import."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np

from rollbook.model import Answers, Change, Code, Issue, Mark, Outcome, State
from rollbook.store.database import Connection, Record, TenantDatabase
from rollbook.store.imports import Cancelled, ImportRow
from rollbook.store.packing import issues_as_json, issues_from_json, pack, unpack
from rollbook.store.statements import sql
from rollbook.text_column import as_lines

WORDED = 1_000
"""Issues of a code whose messages and params an import keeps; of later ones, code and field."""
ISSUES = "ISSUES"
"""What a batch holds if any of its rows has an issue."""

_OUTCOMES = {str(int(outcome)): outcome for outcome in Outcome}
_DIGITS = bytes.maketrans(bytes(Outcome), "".join(_OUTCOMES).encode())
_SEPARATOR = "\n"


class Reached(NamedTuple):
    """How far an import was read: where it goes on.

    `number` is the next batch's; `rows` and `last_line` count what was read, `mark` identifies the
    content up to there; `parked`: rows wait for the end of the file; `waiting`: for a plugin.
    """

    number: int = 0
    rows: int = 0
    last_line: int = 0
    mark: Mark = Mark(0, b"")
    counts: Mapping[str, Any] = {}
    parked: bool = False
    waiting: bool = False


async def reached(connection: Connection, directory_id: int, row: ImportRow) -> Reached:
    """Where the import goes on."""
    found = await connection.fetchrow(sql("imports/import_reached"), directory_id, row.id)
    if found is None:
        return Reached()
    return Reached(
        number=found["number"],
        rows=row.rows,
        last_line=row.last_line,
        mark=Mark(found["content_offset"], found["content_digest"]),
        counts=json.loads(found["counts"]),
        parked=found["parked"],
        waiting=found["waiting"],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRow:
    """What the ledger keeps of a batch. `last_line` is the last one read, parked or not.

    `codes_before`: how many issues of each code the import has had before it.

    `leaving`: nothing is applied any more, which a cancelled import may need, too.
    """

    directory_id: int
    import_id: UUID
    plan: int
    number: int
    answers: Answers
    rows_read: int
    last_line: int
    mark: Mark
    counts: Mapping[str, object]
    codes_before: Mapping[str, int]
    leaving: bool = False


async def write_batch(connection: Connection, batch: BatchRow) -> None:
    """Write a batch's answers into the ledger, its issues beside it, and move the import on.

    Raises:
        Cancelled: the import was; the transaction must not be committed.
    """
    answers = replace(batch.answers, issues=_first_worded(batch.answers.issues, batch.codes_before))
    state = await connection.fetchval(
        sql("imports/batch_write"),
        batch.directory_id,
        batch.import_id,
        batch.plan,
        batch.number,
        min(answers.lines, default=0),
        max(answers.lines, default=0),
        len(answers.lines),
        batch.mark.offset,
        batch.mark.digest,
        pack_answers(answers),
        json.dumps(batch.counts, sort_keys=True),
        sorted(held_by(answers)),
        batch.rows_read,
        batch.last_line,
    )
    if state == State.CANCELLED and not batch.leaving:
        raise Cancelled
    if answers.issues:
        await _write_issues(connection, batch, answers)


def held_by(answers: Answers) -> set[str]:
    """What a batch holds, for lists of few rows: outcomes, codes, and whether there are issues."""
    codes = {issue.code.value for issues in answers.issues.values() for issue in issues}
    return (
        {outcome.name for outcome in set(answers.outcomes)} | codes | ({ISSUES} if codes else set())
    )


def _first_worded(
    issues: Mapping[int, Sequence[Issue]], before: Mapping[str, int]
) -> dict[int, list[Issue]]:
    """The issues by position; beyond the first `WORDED` of a code without message and params."""
    seen = dict(before)
    return {
        position: [_worded(issue, seen) for issue in issues[position]]
        for position in sorted(issues)
    }


def _worded(issue: Issue, seen: dict[str, int]) -> Issue:
    """The issue as it is kept, once it is counted."""
    count = seen[issue.code] = seen.get(issue.code, 0) + 1
    return issue if count <= WORDED else _without_words(issue.code, issue.field)


@lru_cache
def _without_words(code: Code, field: str) -> Issue:
    return Issue(code, field, "")


async def _write_issues(connection: Connection, batch: BatchRow, answers: Answers) -> None:
    """Write them one by one; of a row that was applied, only those that have their words."""
    rows = []
    for position, issues in answers.issues.items():
        failed = any(issue.fails for issue in issues)
        rows += [
            (
                answers.lines[position],
                order,
                answers.rows[position],
                issue.code.value,
                issue.field,
                issue.message,
                json.dumps(dict(issue.params)),
            )
            for order, issue in enumerate(issues)
            if failed or issue.message
        ]
    if rows:
        await connection.execute(
            sql("imports/issues_write"),
            batch.directory_id,
            batch.import_id,
            batch.plan,
            *map(list, zip(*rows, strict=True)),
        )


async def batch_exists(
    connection: Connection, directory_id: int, import_id: UUID, plan: int, number: int
) -> bool:
    """Whether the batch is in the ledger: what a COMMIT in doubt is judged by."""
    return bool(
        await connection.fetchval(
            sql("imports/batch_exists"), directory_id, import_id, plan, number
        )
    )


async def replay(
    database: TenantDatabase,
    directory_id: int,
    import_id: UUID,
    *,
    plan: int,
    from_plan: int = 0,
    after: int = -1,
    after_line: int = 0,
) -> AsyncIterator[Answers]:
    """The stored answers, a batch at a time: those of plan 0, then those of the plan in force.

    `from_plan` leaves out the plans before it, `after` its batches up to that number, and
    `after_line` the batches with no line behind it. Holds no connection between two batches.
    """
    last = (from_plan, after)
    while True:
        here = (directory_id, import_id, plan, *last, after_line)
        found = await database.ask(partial(_batches, here))
        if not found:
            return
        for row in found:
            yield unpack_answers(row["results"])
        last = (found[-1]["plan"], found[-1]["number"])


async def _batches(here: tuple[object, ...], connection: Connection) -> Sequence[Record]:
    return await connection.fetch(sql("imports/batches_replay"), *here)


async def forget_plan(
    connection: Connection, directory_id: int, import_id: UUID, plan: int
) -> None:
    """Let go of a plan that did not come into force."""
    await connection.execute(sql("imports/plan_forget_batches"), directory_id, import_id, plan)
    await connection.execute(sql("imports/plan_forget_issues"), directory_id, import_id, plan)
    await connection.execute(sql("imports/plan_forget_failures"), directory_id, import_id, plan)


def pack_answers(answers: Answers) -> bytes:
    """Answers as a batch's row keeps them: by columns, two to seven bytes a row."""
    return pack(
        {
            "lines": _run(answers.lines),
            "rows": _run(answers.rows),
            "outcomes": bytes(answers.outcomes).translate(_DIGITS).decode(),
            "numbers": _text(answers.employee_numbers),
            "users": _run(answers.user_ids),
            "issues": issues_as_json(answers.issues),
            "changes": {
                position: [[c.field, c.old, c.new] for c in changes]
                for position, changes in answers.changes.items()
            },
            "late": answers.late,
        }
    )


def unpack_answers(packed: bytes) -> Answers:
    """The answers that were packed, marked as replayed."""
    columns = unpack(packed)
    changes: Mapping[str, Sequence[tuple[str, str, str]]] = columns["changes"]
    return Answers(
        lines=_unrun(columns["lines"]),
        rows=_unrun(columns["rows"]),
        outcomes=[*map(_OUTCOMES.__getitem__, columns["outcomes"])],
        employee_numbers=_texts(columns["numbers"]),
        user_ids=_unrun(columns["users"]),
        issues=issues_from_json(columns["issues"]),
        changes={
            int(position): [Change(*change) for change in some]
            for position, some in changes.items()
        },
        replayed=True,
        late=columns.get("late", False),
    )


def _run(numbers: Sequence[int]) -> list[int] | dict[str, int]:
    """Consecutive numbers as their first and count; any others as they are."""
    if isinstance(numbers, range):
        consecutive = numbers.step == 1 and len(numbers) > 0
    else:
        consecutive = len(numbers) > 0 and bool((np.diff(np.array(numbers)) == 1).all())
    if consecutive:
        return {"first": numbers[0], "count": len(numbers)}
    return list(numbers)


def _unrun(stored: list[int] | dict[str, int]) -> Sequence[int]:
    if isinstance(stored, dict):
        return range(stored["first"], stored["first"] + stored["count"])
    return stored


def _text(numbers: Sequence[str]) -> list[str] | str:
    """Employee numbers as one text, unless one that was refused has a line feed itself."""
    text = as_lines(numbers)
    return text if text.count(_SEPARATOR) == len(numbers) - 1 else list(numbers)


def _texts(stored: list[str] | str) -> list[str]:
    return stored.split(_SEPARATOR) if isinstance(stored, str) else stored
