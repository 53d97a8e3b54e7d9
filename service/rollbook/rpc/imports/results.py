"""Converts answers to messages of results, each within the size limit.

A client may have clean rows in columns (`CleanResults`): what costs most of an answer is a message
a row. The other rows are messages of their own in either form, since they have more to say.
"""

from collections.abc import Iterator, Sequence
from itertools import compress
from typing import TypeVar

import numpy as np

from rollbook.imports.list_rows import ListedRow
from rollbook.model import Answers, Change, Issue, Outcome, Results, Severity
from rollbook.text_column import TextColumn, as_lines
from rollbook.users.find import opaque_id, opaque_numbers
from rollbook.v1 import imports_pb2, results_pb2

Value = TypeVar("Value")

_SEVERITY = {
    Severity.ERROR: results_pb2.SEVERITY_ERROR,
    Severity.WARNING: results_pb2.SEVERITY_WARNING,
}
_ABOUT_A_MESSAGE = 64
"""Bytes of a message without its rows, generously."""
_ABOUT_A_ROW = 64
"""Bytes of a row without its number, issues and changes, generously; in either form."""
_NOT_CLEAN = bytes((Outcome.FAILED, Outcome.SUSPENDED))
"""Outcomes of rows that have something to say, or are none of the file."""
_SEPARATOR = "\n"


def result_messages(
    answers: Answers, wanted: Results, most_bytes: int, *, compact: bool
) -> Iterator[imports_pb2.ImportUsersResponse]:
    """The messages that carry what the client asked to be streamed; `compact`: in columns."""
    if wanted is Results.NONE:
        return
    if wanted is Results.WITH_ISSUES:
        messages = _row_by_row(answers, sorted(answers.issues), most_bytes)
    elif compact:
        messages = _in_columns(answers, most_bytes)
    else:
        messages = _row_by_row(answers, range(len(answers.lines)), most_bytes)
    for results in messages:
        yield imports_pb2.ImportUsersResponse(results=results)


def _row_by_row(
    answers: Answers, positions: Sequence[int], most_bytes: int
) -> Iterator[imports_pb2.RowResults]:
    """A message a row."""
    results: list[results_pb2.RowResult] = []
    about, size = _about_a_row(answers), _ABOUT_A_MESSAGE
    for position in positions:
        result = _result(answers, position)
        own = about + _more_bytes(answers, position, result)
        if results and size + own > most_bytes:
            yield imports_pb2.RowResults(results=results)
            results, size = [], _ABOUT_A_MESSAGE
        results.append(result)
        size += own
    if results:
        yield imports_pb2.RowResults(results=results)


def _in_columns(answers: Answers, most_bytes: int) -> Iterator[imports_pb2.RowResults]:
    """Clean rows in columns, and beside them a message for each other row.

    The rows from `begin` to before `end` are in the message that is being filled.
    """
    results: dict[int, results_pb2.RowResult] = {}
    begin = end = 0
    about, size = _about_a_row(answers), _ABOUT_A_MESSAGE
    last = len(answers.lines)
    for position in (*_not_clean(answers), last):
        while (room := (most_bytes - size) // about) < position - end:
            end += max(room, 0 if end > begin else 1)
            yield _message(answers, range(begin, end), results)
            begin, size, results = end, _ABOUT_A_MESSAGE, {}
        size += about * (position - end)
        end = position
        if position < last:
            result = _result(answers, position)
            own = about + _more_bytes(answers, position, result)
            if end > begin and size + own > most_bytes:
                yield _message(answers, range(begin, end), results)
                begin, size, results = end, _ABOUT_A_MESSAGE, {}
            results[position] = result
            size += own
            end += 1
    if end > begin:
        yield _message(answers, range(begin, end), results)


def _about_a_row(answers: Answers) -> int:
    """Bytes of a clean row at most, so that sizes need not be asked row by row."""
    numbers = answers.employee_numbers
    if isinstance(numbers, TextColumn):
        return _ABOUT_A_ROW + numbers.longest
    longest = max(map(len, numbers), default=0)
    return _ABOUT_A_ROW + longest * (1 if "".join(numbers).isascii() else 4)


def _more_bytes(answers: Answers, position: int, result: results_pb2.RowResult) -> int:
    """Bytes of the row's issues and changes, generously."""
    more = position in answers.issues or position in answers.changes
    return result.ByteSize() if more else 0


def _not_clean(answers: Answers) -> list[int]:
    """The positions that are no part of the columns, in order."""
    found = {*answers.issues, *answers.changes}
    outcomes = bytes(answers.outcomes)
    if any(outcome in outcomes for outcome in _NOT_CLEAN):
        found |= {at for at, outcome in enumerate(outcomes) if outcome in _NOT_CLEAN}
    numbers = answers.employee_numbers
    if not isinstance(numbers, TextColumn) and _SEPARATOR in "".join(numbers):
        found |= {at for at, number in enumerate(numbers) if _SEPARATOR in number}
    return sorted(found)


def _message(
    answers: Answers, positions: range, results: dict[int, results_pb2.RowResult]
) -> imports_pb2.RowResults:
    """The rows of these positions; `results` are those that are not clean."""
    any_clean = len(results) < len(positions)
    return imports_pb2.RowResults(
        results=results.values(), clean=_clean(answers, positions, results) if any_clean else None
    )


def _clean(
    answers: Answers, positions: range, apart: dict[int, results_pb2.RowResult]
) -> imports_pb2.CleanResults:
    """The rows of these positions but those `apart`, of which at least one is left."""
    here = slice(positions.start, positions.stop)
    kept = bytearray(b"\1" * len(positions))
    for position in apart:
        kept[position - positions.start] = 0

    def column(values: Sequence[Value]) -> Sequence[Value]:
        return list(compress(values[here], kept)) if apart else values[here]

    lines = np.array(column(answers.lines), np.int64)
    rows = np.array(column(answers.rows), np.int64)
    outcomes = np.frombuffer(bytes(column(answers.outcomes)), np.uint8)
    ends = (np.diff(lines) != 1) | (np.diff(rows) != 1) | (np.diff(outcomes) != 0)
    firsts = np.append(0, np.flatnonzero(ends) + 1)
    user_ids = column(answers.user_ids)
    return imports_pb2.CleanResults(
        lines=lines[firsts].tolist(),
        rows=rows[firsts].tolist(),
        outcomes=outcomes[firsts].tolist(),
        counts=np.diff(firsts, append=len(lines)).tolist(),
        employee_numbers=as_lines(column(answers.employee_numbers)),
        user_ids=opaque_numbers(user_ids) if any(user_ids) else (),
        replayed=answers.replayed,
    )


def _result(answers: Answers, position: int) -> results_pb2.RowResult:
    user_id = answers.user_ids[position]
    result = results_pb2.RowResult(
        line=answers.lines[position],
        row=answers.rows[position],
        outcome=int(answers.outcomes[position]),  # type: ignore[arg-type]  # the same numbers
        employee_number=answers.employee_numbers[position],
        user_id=opaque_id(user_id) if user_id > 0 else "",
        replayed=answers.replayed,
    )
    if issues := answers.issues.get(position):
        result.issues.extend(map(issue_message, issues))
    if changes := answers.changes.get(position):
        result.changes.extend(map(field_change_message, changes))
    return result


def row_message(row: ListedRow) -> imports_pb2.ImportRow:
    """A row of a list on the wire."""
    return imports_pb2.ImportRow(result=_result(row.answers, row.position), cells=row.cells)


def issue_message(issue: Issue) -> results_pb2.Issue:
    """An issue on the wire."""
    return results_pb2.Issue(
        code=issue.code.value,
        severity=_SEVERITY[issue.severity],
        field=issue.field,
        message=issue.message,
        params=dict(issue.params),
    )


def field_change_message(change: Change) -> results_pb2.FieldChange:
    """A change of a field on the wire."""
    return results_pb2.FieldChange(field=change.field, old_value=change.old, new_value=change.new)


assert all(  # noqa: S101 -- the numbers of the contract are those of the ledger
    results_pb2.Outcome.Value(f"OUTCOME_{outcome.name}") == outcome.value for outcome in Outcome
)
