"""Converts answers to messages of results, each within the size limit."""

from collections.abc import Iterator

from rollbook.imports.list_rows import ListedRow
from rollbook.model import Answers, Change, Issue, Outcome, Results, Severity
from rollbook.users.find import opaque_id
from rollbook.v1 import imports_pb2, results_pb2

_SEVERITY = {
    Severity.ERROR: results_pb2.SEVERITY_ERROR,
    Severity.WARNING: results_pb2.SEVERITY_WARNING,
}
_ABOUT_A_ROW = 96
"""Bytes of a result without issues, generously; so that sizes need not be asked row by row."""


def result_messages(
    answers: Answers, wanted: Results, most_bytes: int
) -> Iterator[imports_pb2.ImportUsersResponse]:
    """The messages that carry what the client asked to be streamed."""
    if wanted is Results.NONE:
        return
    positions = (
        sorted(answers.issues) if wanted is Results.WITH_ISSUES else range(len(answers.lines))
    )
    results: list[results_pb2.RowResult] = []
    size = 0
    for position in positions:
        result = _result(answers, position)
        about = _ABOUT_A_ROW
        if position in answers.issues or position in answers.changes:
            about += result.ByteSize()
        if results and size + about > most_bytes:
            yield _response(results)
            results, size = [], 0
        results.append(result)
        size += about
    if results:
        yield _response(results)


def _response(results: list[results_pb2.RowResult]) -> imports_pb2.ImportUsersResponse:
    return imports_pb2.ImportUsersResponse(results=imports_pb2.RowResults(results=results))


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
