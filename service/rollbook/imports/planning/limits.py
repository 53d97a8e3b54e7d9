"""Finds the row at which an import must stop: too many failed rows, or a safeguard. Pure."""

from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rollbook.errors import Reason, Refusal
from rollbook.imports.planning.plan import Plan
from rollbook.imports.rows.staged_rows import StagedRows
from rollbook.model import Options, Outcome
from rollbook.store.staging import EMAIL_CHANGES, ROLE_CHANGES, Room

_FEW_USERS = 100
"""With fewer active users a percentage means little, so the safeguards do not apply."""
_FEW_OF_SOURCE = 10
"""The same for the users of one source."""


@dataclass(slots=True)
class Spent:
    """What an import has used up of its limits; kept with its counts, so that a resume goes on."""

    failed: int = 0
    emails_changed: int = 0
    roles_changed: int = 0

    def plus(self, plan: Plan, failed_before: int) -> "Spent":
        """These, and what the plan and the rows that failed before it add."""
        return Spent(
            self.failed + failed_before + plan.outcomes.count(Outcome.FAILED),
            self.emails_changed + sum(1 for p in plan.updates if plan.bits[p] & EMAIL_CHANGES),
            self.roles_changed + sum(1 for p in plan.updates if plan.bits[p] & ROLE_CHANGES),
        )


@dataclass(slots=True)
class FailedLines:
    """The lines that failed in a staged import: as they were read, when planned, when parked.

    `late`: those of rows that had waited for their plugin, whichever way they failed.
    """

    read: "array[int]" = field(default_factory=lambda: array("q"))
    planned: "array[int]" = field(default_factory=lambda: array("q"))
    late: "array[int]" = field(default_factory=lambda: array("q"))
    parked: "array[int]" = field(default_factory=lambda: array("q"))

    def stop(self, most: int | None) -> "Stop | None":
        """Where the import must stop, in the file's order; late rows and parked ones count last."""
        count = sum(map(len, (self.read, self.planned, self.late, self.parked)))
        if most is None or count <= most:
            return None
        return Stop(Reason.TOO_MANY_FAILED_ROWS, self._in_order()[most], "failed")

    def before(self, most: int) -> set[int]:
        """The lines that failed up to the stop."""
        return set(self._in_order()[: most + 1])

    def _in_order(self) -> list[int]:
        return sorted([*self.read, *self.planned]) + sorted(self.late) + sorted(self.parked)


@dataclass(frozen=True, slots=True)
class Limits:
    """The most an import may do; None: no limit."""

    failed: int | None
    emails: int | None
    roles: int | None

    def crossed_by(self, spent: Spent) -> bool:
        """Whether so much is too much."""
        return (
            (self.failed is not None and spent.failed > self.failed)
            or (self.emails is not None and spent.emails_changed > self.emails)
            or (self.roles is not None and spent.roles_changed > self.roles)
        )

    def safeguard(self, spent: Spent) -> "Stop | None":
        """The safeguard that so much crosses in a whole file, if any."""
        if self.emails is not None and spent.emails_changed > self.emails:
            return Stop(Reason.SAFEGUARD_TRIPPED, 0, "emails", spent.emails_changed, self.emails)
        if self.roles is not None and spent.roles_changed > self.roles:
            return Stop(Reason.SAFEGUARD_TRIPPED, 0, "roles", spent.roles_changed, self.roles)
        return None


NO_LIMITS = Limits(None, None, None)


@dataclass(frozen=True, slots=True)
class Stop:
    """Where an import must stop, and why. For a safeguard the row at `line` is not applied.

    `count` users would be changed so, and `most` may be, where a safeguard counts them.
    """

    reason: Reason
    line: int
    what: str
    count: int = 0
    most: int = 0

    def as_json(self) -> dict[str, object] | None:
        """What a safeguard saw, as it is kept with the import; None: it is no safeguard's."""
        if self.reason is not Reason.SAFEGUARD_TRIPPED:
            return None
        return {"what": self.what, "count": self.count, "limit": self.most}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any], line: int) -> "Stop":
        """The stop of a safeguard that was kept."""
        return cls(Reason.SAFEGUARD_TRIPPED, line, kept["what"], kept["count"], kept["limit"])


_ALLOWS = "the directory's safeguard allows"
_WHAT = {
    "emails": f"would change the e-mail of {{count:,}} users; {_ALLOWS} {{most:,}}",
    "roles": f"would change the role of {{count:,}} users; {_ALLOWS} {{most:,}}",
    "suspended": f"would suspend {{count:,}} users; {_ALLOWS} {{most:,}}",
    "most": f"would suspend {{count:,}} users of its source; {_ALLOWS} half of them, {{most:,}}",
    "empty": "names no user, and would suspend every user of its source",
    "nothing": "would apply no row, so that it is perhaps not the file of its source",
    "unreadable": "has a row whose employee number cannot be read, so who is missing is unknown",
}


class Stopped(Refusal):
    """The import stopped at a line, by a rule of its own."""

    def __init__(self, reason: Reason, message: str, stop: Stop):
        self.stop = stop
        facts = {"line": str(stop.line), "what": stop.what}
        if stop.count:
            facts |= {"count": str(stop.count), "limit": str(stop.most)}
        super().__init__(reason, message, facts)
        self.line = stop.line


def stopped(stop: Stop) -> Stopped:
    """The refusal for a stop."""
    if stop.reason is Reason.TOO_MANY_FAILED_ROWS:
        message = f"Line {stop.line} is one failed row too many; nothing after it was applied."
    else:
        where = f"it stopped at line {stop.line}" if stop.line else "nothing was applied"
        what = _WHAT[stop.what].format(count=stop.count, most=stop.most)
        message = f"The import {what}; {where}."
    return Stopped(stop.reason, message, stop)


def limits(options: Options, room: Room, active_at_start: int) -> Limits:
    """What an import of these options may do in that directory."""
    return Limits(
        options.max_failed_rows,
        share(room.max_email_percent, active_at_start),
        share(room.max_role_percent, active_at_start),
    )


def share(percent: int | None, users: int) -> int | None:
    """How many of the users a safeguard lets change; None: it is off, or they are too few."""
    return None if percent is None or users < _FEW_USERS else users * percent // 100


def most_suspended(room: Room, users: int) -> int | None:
    """How many users a full sync may suspend without being asked again."""
    if users < _FEW_USERS:
        return None
    some = [share(room.max_suspended_percent, users), room.max_suspended]
    return min((limit for limit in some if limit is not None), default=None)


def is_most_of_source(room: Room, suspended: int, active: int) -> bool:
    """Whether a full sync would suspend more than half of its source's users, from 10 on.

    `active` of them are. Off where both limits of suspensions are off.
    """
    if room.max_suspended_percent is None and room.max_suspended is None:
        return False
    return active >= _FEW_OF_SOURCE and 2 * suspended > active


def stop_within(
    plan: Plan, staged: StagedRows, failed_lines: Iterable[int], spent: Spent, most: Limits
) -> Stop | None:
    """Where the import must stop, going through the rows in the file's order; parked ones wait.

    `failed_lines` are those of rows that failed before they could be planned.
    """
    failed = sorted(failed_lines)
    if not most.crossed_by(spent.plus(plan, len(failed))):
        return None
    parked = set(plan.parked)
    rows = [
        (staged.lines[position], position)
        for position in range(len(staged))
        if position not in parked
    ]
    rows += [(line, -1) for line in failed]
    return first_crossing(
        (
            (line, plan.outcomes[position], plan.bits[position])
            if position >= 0
            else (line, Outcome.FAILED, 0)
            for line, position in sorted(rows)
        ),
        spent,
        most,
    )


def first_crossing(
    rows: Iterable[tuple[int, Outcome, int]], spent: Spent, most: Limits
) -> Stop | None:
    """The first of these rows that is one too many: line, outcome and bits of each, in order."""
    now = Spent(spent.failed, spent.emails_changed, spent.roles_changed)
    for line, outcome, bits in rows:
        if outcome is Outcome.FAILED:
            now.failed += 1
            if most.failed is not None and now.failed > most.failed:
                return Stop(Reason.TOO_MANY_FAILED_ROWS, line, "failed")
        elif outcome is Outcome.UPDATED:
            now.emails_changed += bool(bits & EMAIL_CHANGES)
            now.roles_changed += bool(bits & ROLE_CHANGES)
            if most.emails is not None and now.emails_changed > most.emails:
                count = now.emails_changed
                return Stop(Reason.SAFEGUARD_TRIPPED, line, "emails", count, most.emails)
            if most.roles is not None and now.roles_changed > most.roles:
                count = now.roles_changed
                return Stop(Reason.SAFEGUARD_TRIPPED, line, "roles", count, most.roles)
    return None
