"""Decides what an answer reports of stored users: more for callers with `users:read`.

An import stores its answers whole, because one caller may begin it and another read its report.
What is left out is decided here, each time an answer is given.
"""

from collections.abc import Sequence
from dataclasses import replace

from rollbook.access import Caller, Scope
from rollbook.model import Answers, Change, Issue

HOLDER, HOLDER_STATUS = "holder", "holder_status"
"""The params of an issue that name the user who has a contested e-mail or username."""

_STATUS = {
    "active": "",
    "suspended": ", who is suspended",
    "suspended_by_sync": ", who is suspended",
}


def holder_params(number: str, status: str) -> dict[str, str]:
    """What is stored of the holder of a contested name, in an issue."""
    return {HOLDER: number, HOLDER_STATUS: status}


def may_read(caller: Caller) -> bool:
    """Whether the caller may read what is stored of users: the scope `users:read`."""
    return caller.may(Scope.USERS_READ)


def shown(answers: Answers, *, reader: bool) -> Answers:
    """The answers for a caller who may read users, or may not."""
    return replace(
        answers,
        issues={
            position: [shown_issue(issue, reader=reader) for issue in issues]
            for position, issues in answers.issues.items()
        },
        changes=answers.changes
        if reader
        else {position: _without_values(some) for position, some in answers.changes.items()},
    )


def shown_issue(issue: Issue, *, reader: bool) -> Issue:
    """The issue, with the holder of a contested name only for a caller who may read users."""
    if HOLDER not in issue.params:
        return issue
    if reader:
        status = _STATUS[issue.params[HOLDER_STATUS]]
        message = f"{issue.message} It is the user with the number {issue.params[HOLDER]}{status}."
        return replace(issue, message=message)
    params = {
        name: text for name, text in issue.params.items() if name not in (HOLDER, HOLDER_STATUS)
    }
    return replace(issue, params=params)


def _without_values(changes: Sequence[Change]) -> list[Change]:
    """Which fields change, and nothing of what they were or are."""
    return [Change(change.field, "", "") for change in changes]
