"""Answers ↔ the packed bytes of a ledger row: columns as JSON, deflated.

Columns, because a row is then some forty bytes before deflating and seven after; JSON, because
whoever has only the database can still read it.
"""

import json
import zlib
from collections.abc import Mapping, Sequence
from itertools import pairwise

from rollbook.model import Answers, Change, Code, Issue, Outcome


def pack(answers: Answers) -> bytes:
    """The bytes that `unpack` gives back as the same answers."""
    columns = {
        "lines": _runs(answers.lines),
        "rows": _runs(answers.rows),
        "outcomes": "".join(map(str, map(int, answers.outcomes))),
        "numbers": list(answers.employee_numbers),
        "users": list(answers.user_ids),
        "issues": {
            position: [[i.code, i.field, i.message, dict(i.params)] for i in issues]
            for position, issues in answers.issues.items()
        },
        "changes": {
            position: [[c.field, c.old, c.new] for c in changes]
            for position, changes in answers.changes.items()
        },
        "late": answers.late,
    }
    text = json.dumps(columns, ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(text.encode("utf-8", "surrogatepass"), level=1)


def unpack(packed: bytes) -> Answers:
    """The answers that were packed, marked as replayed."""
    columns = json.loads(zlib.decompress(packed))
    issues: Mapping[str, list[tuple[str, str, str, dict[str, str]]]] = columns["issues"]
    changes: Mapping[str, list[tuple[str, str, str]]] = columns["changes"]
    return Answers(
        lines=_unrun(columns["lines"]),
        rows=_unrun(columns["rows"]),
        outcomes=[Outcome(int(digit)) for digit in columns["outcomes"]],
        employee_numbers=columns["numbers"],
        user_ids=columns["users"],
        issues={
            int(position): [
                Issue(Code(code), field, message, params) for code, field, message, params in some
            ]
            for position, some in issues.items()
        },
        changes={
            int(position): [Change(*change) for change in some]
            for position, some in changes.items()
        },
        replayed=True,
        late=columns.get("late", False),
    )


def _runs(numbers: Sequence[int]) -> list[int] | dict[str, int]:
    """Consecutive numbers as their first and count; any others as they are."""
    if numbers and numbers[-1] - numbers[0] == len(numbers) - 1 and _rises(numbers):
        return {"first": numbers[0], "count": len(numbers)}
    return list(numbers)


def _rises(numbers: Sequence[int]) -> bool:
    return isinstance(numbers, range) or all(
        later - earlier == 1 for earlier, later in pairwise(numbers)
    )


def _unrun(stored: list[int] | dict[str, int]) -> Sequence[int]:
    if isinstance(stored, dict):
        return range(stored["first"], stored["first"] + stored["count"])
    return stored
