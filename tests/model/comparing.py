"""Compares the result of an import with the oracle's."""

import json
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import asyncpg

from rollbook.v1.imports_pb2 import ImportState
from rollbook.v1.results_pb2 import SEVERITY_ERROR, RowResult
from tests.model.oracle import Directory, Result, Verdict
from tests.model.trial import Answer, got, names_in, outcome_of

_COUNTS = ("created", "updated", "unchanged", "failed", "not_applied")


def check_answer(answer: Answer, verdict: Verdict, *, dry: bool = False) -> None:
    """Every row's answer, the summary and the status are the oracle's."""
    said = answer.error.reason.value if answer.error else ""
    stopped = verdict.stopped_by if verdict.told else None
    assert said == (stopped[0] if stopped else ""), answer.error
    check_results(answer.results, verdict, dry=dry)
    if verdict.answered:
        check_summary(answer, verdict)
    else:
        assert answer.summary is None


def outcomes_of(answer: Answer) -> list[tuple[object, ...]]:
    """The answers of each row, without ids and order."""
    return sorted(
        (
            result.line,
            result.employee_number,
            result.outcome,
            tuple((issue.code, issue.field) for issue in result.issues),
            tuple((c.field, c.old_value, c.new_value) for c in result.changes),
        )
        for result in answer.results
    )


def check_results(results: Iterable[RowResult], verdict: Verdict, *, dry: bool = False) -> None:
    """Each line has exactly one answer, which is the oracle's."""
    by_line: dict[int, RowResult] = {}
    suspended = []
    for result in results:
        if not result.line:
            assert (result.row, outcome_of(result)) == (0, "SUSPENDED")
            suspended.append(result.employee_number)
            continue
        assert result.line not in by_line, f"line {result.line} was answered twice"
        by_line[result.line] = result
    assert sorted(by_line) == [result.line for result in verdict.results]
    assert sorted(suspended) == sorted(verdict.suspended), verdict.state
    for expected in verdict.results:
        check_result(by_line[expected.line], expected, dry=dry, kept=verdict.kept)


def check_result(found: RowResult, expected: Result, *, dry: bool, kept: bool) -> None:
    """One row's answer."""
    applied = expected.outcome in ("CREATED", "UPDATED", "UNCHANGED")
    about = f"line {expected.line}: found {found}\nexpected {expected}"
    assert outcome_of(found) == expected.outcome, about
    assert found.row == expected.row, about
    assert found.employee_number == expected.employee_number, about
    check_order(found, expected)
    told = sorted(found.issues, key=lambda issue: (issue.field, issue.code))
    must = sorted(expected.issues, key=lambda issue: (issue.field, issue.code))
    assert [(i.code, i.field) for i in told] == [(i.code, i.field) for i in must], about
    for issue, promised in zip(told, must, strict=True):
        if applied or promised.code != "role_defaulted":
            assert dict(promised.facts).items() <= dict(issue.params).items(), about
        assert (issue.severity == SEVERITY_ERROR) == promised.fails, about
        assert issue.message, about
    changes = tuple((c.field, c.old_value, c.new_value) for c in found.changes)
    assert sorted(changes) == sorted(expected.changes), about
    if dry:
        assert not found.user_id, about
    elif applied and kept:
        assert found.user_id, about
    elif expected.outcome == "CREATED":
        assert not found.user_id, about


def check_order(found: RowResult, expected: Result) -> None:
    """Issues stand in the order of the columns, keys first; within a field nothing is promised."""
    fields = [issue.field for issue in found.issues]
    assert fields == [issue.field for issue in expected.issues], (found, expected)


def check_summary(answer: Answer, verdict: Verdict) -> None:
    """Counts, codes, warnings, state and where it stopped."""
    summary = answer.summary
    assert summary is not None
    counts = {name.upper(): getattr(summary, name) for name in _COUNTS}
    assert {name: n for name, n in counts.items() if n} == verdict.outcomes, summary
    assert summary.rows == len(verdict.results)
    assert summary.suspended == len(verdict.suspended)
    for name in ("reactivated", "released", "protected"):
        assert getattr(summary, name) == getattr(verdict, name), name
    assert dict(summary.codes) == verdict.codes
    # Who was stopped may have read to the end of the file, or not.
    late = "trailing_bytes_skipped" if verdict.stopped_by else ""
    warned = [w for w in summary.warnings if w.code != late]
    promises = [w for w in verdict.warnings if w.code != late]
    assert [(w.code, w.field) for w in warned] == [w[:2] for w in promises]
    for told, promised in zip(warned, promises, strict=True):
        assert dict(promised.facts).items() <= dict(told.params).items()
    assert ImportState.Name(summary.state) == f"IMPORT_STATE_{verdict.state}"
    stopped = (summary.stopped_by.code, summary.stopped_by.line)
    assert (stopped if summary.HasField("stopped_by") else None) == verdict.stopped_by


async def check_directory(
    connection: asyncpg.Connection, name: str, before: Directory, expected: Directory
) -> None:
    """Users field by field, and the locations and units that were made."""
    found = await got(connection, name, before)
    assert found.users.keys() == expected.users.keys()
    for key, user in expected.users.items():
        there = found.users[key]
        odd = {n: (v, vars(user)[n]) for n, v in vars(there).items() if v != vars(user)[n]}
        assert not odd, f"user {key}: found and expected {odd}"
    assert await names_in(connection, name, "locations") == sorted(
        place.name for place in expected.locations
    )
    assert await names_in(connection, name, "organizational_units") == sorted(expected.units)


def said(answer: Answer) -> tuple[Any, ...]:
    """All that the client was told, without ids."""
    summary = b""
    if answer.summary:
        told = type(answer.summary)()
        told.CopyFrom(answer.summary)
        told.ClearField("import_id")
        summary = told.SerializeToString(deterministic=True)
    return outcomes_of(answer), summary, answer.error and answer.error.reason


async def kept(
    connection: asyncpg.Connection, name: str, answer: Answer, before: Directory
) -> tuple[Any, ...]:
    """The users and how often each was written, and the import: counts, digest, issues."""
    versions = await connection.fetch(
        "select u.number_key, u.version from users as u"
        " join directories as d on d.id = u.directory_id where d.name = $1 order by 1",
        name,
    )
    import_id = UUID(answer.import_id)
    row = await connection.fetchrow(
        "select state, rows, counts from imports where id = $1", import_id
    )
    found: list[Any] = []
    if row and row["state"] == "COMPLETED":
        found = [row["rows"], json.loads(row["counts"])]
        for query in _LEDGER:
            found.append([tuple(line) for line in await connection.fetch(query, import_id)])
    elif row:  # the others count the batch of the stop to its end
        counts = json.loads(row["counts"])
        found = [row["state"], {name: n for name, n in counts.items() if name != "spent"}]
    users = (await got(connection, name, before)).users
    return users, [tuple(version) for version in versions], found


_LEDGER = (
    "select content_offset, content_digest from import_batches where import_id = $1"
    " order by content_offset desc limit 1",
    "select plan, line, position, row, code, field, message, params from import_issues"
    " where import_id = $1 order by plan, line, position",
)
"""What an import leaves however its batches are cut."""
