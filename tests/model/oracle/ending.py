"""Decides how an import ends: where it stops, its answers, and what stays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.model.oracle.naming import named
from tests.model.oracle.planning import Planning
from tests.model.oracle.reader import FileFault
from tests.model.oracle.rows import claimed, sorted_issues
from tests.model.oracle.values import Directory, Issue, Options, Result, Row, Verdict


@dataclass(kw_only=True)
class File:
    """A file as far as it can be read: its rows, and why not further."""

    fields: Sequence[str]
    warnings: tuple[Issue, ...]
    rows: list[Row]
    fault: FileFault | None


_OF_A_SOURCE = 10
"""Users of a source from which on a sync may not suspend more than half of them."""
_OF_APPLYING = ("role_locked", "location_locked", "user_suspended")


class _Ending:
    """Collects the answers of the rows."""

    def __init__(self, file: File, options: Options, directory: Directory, source: str):
        self.file = file
        self.options = options
        self.before = directory
        self.planning = Planning(directory, options, source)
        self._source = source
        self.stop: tuple[str, int] | None = (
            (file.fault.code, file.fault.line) if (file.fault) else None
        )
        self.suspended: tuple[str, ...] = ()
        self._active = sum(user.status == "active" for user in directory.users.values())

    def verdict(self, rows: Sequence[Row], state: str, *, told: bool, applied: bool) -> Verdict:
        """What must come; `rows` are those that are answered."""
        planning = self.planning
        return Verdict(
            directory=planning.directory if applied else self.before,
            results=tuple(self._result(row) for row in rows),
            suspended=self.suspended,
            reactivated=sum(map(self._reactivates, rows)),
            released=planning.released,
            protected=planning.protected,
            warnings=self.file.warnings,
            state=state,
            stopped_by=self.stop,
            told=told,
            kept=applied,
        )

    def _result(self, row: Row) -> Result:
        outcome = self.planning.outcomes[row.line]
        shown = self.options.include_changes and outcome in ("CREATED", "UPDATED")
        return Result(
            line=row.line,
            row=row.number,
            outcome=outcome,
            employee_number=row.shown_number,
            issues=sorted_issues(row, self.file.fields),
            changes=self.planning.changes.get(row.line, ()) if shown else (),
        )

    def _reactivates(self, row: Row) -> bool:
        changes = self.planning.changes.get(row.line, ())
        updated = self.planning.outcomes[row.line] == "UPDATED"
        return updated and ("status", "suspended", "active") in changes

    def failed(self, rows: Sequence[Row]) -> int:
        return sum(self.planning.outcomes.get(row.line) == "FAILED" for row in rows)

    def safeguard(self) -> bool:
        """Whether more e-mails or roles have changed than the directory lets."""
        return self.crosses(self.planning.emails_changed, self.planning.roles_changed)

    def crosses(self, emails: int, roles: int) -> bool:
        """Whether so many are more than the directory lets."""
        safe = self.before.safeguards
        return self._active >= safe.from_users and (
            emails > self._active * safe.emails_percent // 100
            or roles > self._active * safe.roles_percent // 100
        )

    def too_many_missing(self) -> bool:
        """Whether the sync would suspend more users than the directory lets, or most of its own."""
        safe = self.before.safeguards
        active = [user for user in self.before.users.values() if user.status == "active"]
        of_source = sum(self._source in user.sources for user in active)
        if of_source >= _OF_A_SOURCE and len(self.suspended) > of_source / 2:
            return True
        most = min(self._active * safe.suspended_percent // 100, safe.suspended)
        return self._active >= safe.from_users and len(self.suspended) > most

    def leave(self, rows: Sequence[Row], *, looked_up: bool = False) -> None:
        """Answer the rows that have not failed as not applied; `looked_up`: once planned."""
        for row in rows:
            if self.planning.outcomes.get(row.line) != "FAILED":
                self.planning.outcomes[row.line] = "NOT_APPLIED"
                if not looked_up:
                    row.issues = [one for one in row.issues if one.code not in _OF_APPLYING]


def batch_by_batch(file: File, options: Options, directory: Directory, source: str) -> Verdict:
    """Each row is applied as it comes, the parked at the end; a fault of the file is its end.

    The row beyond `max_failed_rows`, or that would cross a safeguard, ends the file: what comes
    after it counts as never read, and what is parked is not applied.
    """
    end = _Ending(file, options, directory, source)
    planning = end.planning
    answered: list[Row] = []
    for row in claimed(file.rows, directory, options):
        before = planning.directory
        planning.take(row)
        answered.append(row)
        most = options.max_failed_rows
        if planning.outcomes.get(row.line) == "FAILED":
            if most is not None and end.failed(answered) > most:
                end.stop = ("too_many_failed_rows", row.line)
        elif end.safeguard():
            planning.directory = before
            planning.outcomes[row.line] = "NOT_APPLIED"
            end.stop = ("safeguard_tripped", row.line)
        if end.stop and end.stop[1] == row.line and end.stop[0] in _RULES:
            end.leave(planning.parked)
            return end.verdict(answered, "STOPPED", told=True, applied=True)
    before, moved = planning.directory, dict(planning.moved)
    planning.take_parked()
    if stop := _stopped_by_parked(end, answered, moved):
        planning.directory = before
        end.leave(planning.parked, looked_up=True)
        end.stop = end.stop or stop
    state = "STOPPED" if end.stop else "COMPLETED"
    return end.verdict(answered, state, told=True, applied=True)


_RULES = ("too_many_failed_rows", "safeguard_tripped")


def _stopped_by_parked(
    end: _Ending, rows: Sequence[Row], moved: Mapping[int, tuple[bool, bool]]
) -> tuple[str, int] | None:
    """Where the parked rows, which count last, cross a limit; `moved`: by all the others."""
    planning, most = end.planning, end.options.max_failed_rows
    waiting = {row.line for row in planning.parked}
    failed = end.failed([row for row in rows if row.line not in waiting])
    emails, roles = (sum(each) for each in zip((0, 0), *moved.values(), strict=True))
    for row in planning.parked:
        failed += planning.outcomes[row.line] == "FAILED"
        email, role = planning.moved.get(row.line, (False, False))
        emails, roles = emails + email, roles + role
        if most is not None and failed > most:
            return "too_many_failed_rows", row.line
        if end.crosses(emails, roles):
            return "safeguard_tripped", row.line
    return None


def _beyond(end: _Ending, rows: Sequence[Row], parked: Sequence[Row]) -> int:
    """The line of the failed row that is one too many, the parked ones counted last; or 0."""
    most = end.options.max_failed_rows
    waiting = {row.line for row in parked}
    order = [*(row for row in rows if row.line not in waiting), *parked]
    failed = [row.line for row in order if end.planning.outcomes[row.line] == "FAILED"]
    return 0 if most is None or len(failed) <= most else failed[most]


def staged(file: File, options: Options, directory: Directory, source: str) -> Verdict:
    """Rows that fail by themselves are answered; all others are planned together at the end."""
    end = _Ending(file, options, directory, source)
    read = _read_in(end)
    if end.stop:
        end.leave(read)
        return end.verdict(read, "STOPPED", told=True, applied=False)
    early = {row.line: list(row.issues) for row in read}
    refused = {row.line for row in read if row.failed}
    tripped = options.missing_users == "SUSPEND" and _sync(end, read)
    for row in read:
        if not row.failed:
            end.planning.take(row)
    end.planning.take_parked()
    if options.missing_users == "SUSPEND":
        end.planning.say_doubts(row for row in read if row.line not in refused)
        tripped |= not any(end.planning.outcomes[row.line] != "FAILED" for row in read)
    if crossing := _beyond(end, read, end.planning.parked):
        end.stop = ("too_many_failed_rows", crossing)
        end.suspended, end.planning.released, end.planning.protected = (), 0, 0
        _forget_beyond(end, read, early)
        return end.verdict(read, "STOPPED", told=True, applied=False)
    if tripped or end.safeguard():
        tripped, end.stop = True, ("safeguard_tripped", 0)
    if options.commit == "NONE":
        return end.verdict(read, "PREVIEWED", told=False, applied=False)
    state = "AWAITING_APPROVAL" if tripped else "COMPLETED"
    return end.verdict(read, state, told=tripped, applied=not tripped)


def _read_in(end: _Ending) -> list[Row]:
    """The rows that are read: all, or up to the one too many that failed by itself."""
    read: list[Row] = []
    most = end.options.max_failed_rows
    for row in claimed(end.file.rows, end.before, end.options):
        named(row, end.before, end.options)
        read.append(row)
        if row.failed and end.options.missing_users == "SUSPEND":
            end.planning.say_whom_it_may_mean(row)
        if row.failed:
            end.planning.outcomes[row.line] = "FAILED"
            if most is not None and end.failed(read) > most:
                end.stop = ("too_many_failed_rows", row.line)
                break
    return read


def _sync(end: _Ending, read: Sequence[Row]) -> bool:
    """Suspend users that the file does not name; returns whether a safeguard stops it."""
    keys = {row.number_key for row in read}
    end.suspended = end.planning.suspend_all_but(read)
    return not read or "" in keys or end.too_many_missing()


def _forget_beyond(end: _Ending, read: Sequence[Row], early: dict[int, list[Issue]]) -> None:
    """Nothing is applied: the others are answered only with what was known while they came.

    Rows that failed by themselves have been answered; of those that the plan refused, the ones up
    to the one too many failed.
    """
    assert end.stop
    waiting = [row.line for row in end.planning.parked]
    order = [*(row.line for row in read if row.line not in waiting), *waiting]
    counted = order[: order.index(end.stop[1]) + 1]
    for row in read:
        by_itself = any(issue.fails for issue in early[row.line])
        refused = end.planning.outcomes[row.line] == "FAILED" and row.line in counted
        if not by_itself and not refused:
            row.issues = early[row.line]
            end.planning.outcomes[row.line] = "NOT_APPLIED"
