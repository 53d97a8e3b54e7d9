"""Plans what each row of a batch does: create, update, unchanged or failed. Pure.

`plan_freely` takes every e-mail and username for free. PostgreSQL's unique keys refuse the batch
where that is wrong; then `contesting` goes through the rows in the file's order.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate

from rollbook.imports.issue_messages import CONFLICT, PASSWORD_IGNORED, user_exists, user_not_found
from rollbook.imports.planning.stored_users import issues_of_stored_user
from rollbook.imports.rows.staged_rows import StagedRows
from rollbook.model import (
    Code,
    Field,
    Issue,
    LineRange,
    Mode,
    Outcome,
    keys_first,
)
from rollbook.store.staging import (
    CHANGED,
    EMAIL_CHANGES,
    HOLDS_PRIVILEGED,
    JOINS,
    LOCATION_IS_LOCKED,
    LOCATION_LOCKED,
    REACTIVATES,
    USERNAME_CHANGES,
    Match,
)

_WRITES = frozenset({Outcome.CREATED, Outcome.UPDATED})


@dataclass(slots=True)
class Plan:
    """The plan of a batch, by position: outcome, user and issues of each row.

    `bits` are those of `staging/match.sql`. `creates` and `updates` are the positions to write;
    `parked` those that wait for `end`. `fields` are the file's. `joining`: the users get a source,
    and nothing else.
    """

    outcomes: list[Outcome]
    user_ids: list[int]
    bits: list[int]
    issues: dict[int, Sequence[Issue]]
    creates: list[int] = field(default_factory=list)
    updates: list[int] = field(default_factory=list)
    parked: list[int] = field(default_factory=list)
    fields: Sequence[str] = ()
    joining: set[int] = field(default_factory=set)

    def fail(self, position: int, issue: Issue) -> None:
        """Refuse a row; `take_out` must follow."""
        self.outcomes[position] = Outcome.FAILED
        self.say(position, issue)

    def say(self, position: int, *issues: Issue) -> None:
        """Add issues to a row's: in the order of the file's columns, keys first."""
        issues_now = [*self.issues.get(position, ()), *issues]
        self.issues[position] = keys_first(sorted(issues_now, key=self._column))

    def _column(self, issue: Issue) -> int:
        """Those of the whole row stand behind."""
        known = issue.field in self.fields
        return self.fields.index(issue.field) if known else len(self.fields)

    def take_out(self, positions: set[int]) -> None:
        """Do not write these rows."""
        if positions:
            self.creates = [p for p in self.creates if p not in positions]
            self.updates = [p for p in self.updates if p not in positions]

    def needs_seat(self, position: int) -> bool:
        """Whether the row adds an active user."""
        return not self.user_ids[position] or bool(self.bits[position] & REACTIVATES)

    def park(self, positions: Sequence[int]) -> None:
        """Let these rows wait for `end`."""
        self.parked.extend(positions)
        self.take_out(set(positions))

    @property
    def frees_names(self) -> bool:
        """Whether a user gives up an e-mail or username, which another row may take."""
        return any(self.bits[p] & (EMAIL_CHANGES | USERNAME_CHANGES) for p in self.updates)

    @property
    def deeds(self) -> bytes:
        """What is written of each row, a byte: the number of its outcome, or 0 for nothing."""
        deeds = bytearray(len(self.outcomes))
        for position in (*self.creates, *self.updates):
            deeds[position] = self.outcomes[position]
        return bytes(deeds)

    @property
    def seats(self) -> int:
        """How many active users the plan adds."""
        reactivated = sum(1 for p in self.updates if self.bits[p] & REACTIVATES)
        return len(self.creates) + reactivated


@dataclass(frozen=True, slots=True)
class Rules:
    """What a plan depends on beside the rows: the mode, the column of the identity, the choice.

    Nothing chosen: everything is. `removed` are the issues, by position, of rows that name a role,
    location or unit that is there no more. `privileged`: the import's callers have the scope
    `roles:privileged`.
    """

    mode: Mode
    identity: Field
    only_lines: tuple[LineRange, ...] = ()
    only_outcomes: frozenset[Outcome] = frozenset()
    removed: Mapping[int, Sequence[Issue]] = field(default_factory=dict)
    privileged: bool = False


def nothing() -> Plan:
    """The plan of no rows."""
    return Plan([], [], [], {})


def plan_freely(staged: StagedRows, match: Match, rules: Rules) -> Plan:
    """Create, update or leave each row as if every name were free."""
    size = len(staged)
    user_ids, bits = in_order(size, match.positions, match.user_ids, match.bits)
    outcomes = [
        Outcome.CREATED if not user else Outcome.UPDATED if bit & CHANGED else Outcome.UNCHANGED
        for user, bit in zip(user_ids, bits, strict=True)
    ]
    plan = Plan(outcomes, user_ids, bits, dict(staged.issues), fields=staged.fields)
    _change_places(plan, staged)
    if any(bits):
        _join(plan, privileged=rules.privileged)
    _keep_to_mode(plan, rules)
    for position, issues in rules.removed.items():
        for issue in issues:
            plan.fail(position, issue)
    if any(bits):
        _respect(plan, staged, privileged=rules.privileged)
    _say_what_became_of_roles(plan)
    _ignore_passwords(plan, staged)
    _choose(plan, staged, rules)
    plan.creates = [p for p, outcome in enumerate(outcomes) if outcome is Outcome.CREATED]
    plan.updates = [p for p, outcome in enumerate(outcomes) if outcome is Outcome.UPDATED]
    return plan


def plan_given_up(staged: StagedRows) -> Plan:
    """Refuse every row, because the database refused the batch again and again."""
    size = len(staged)
    issues: dict[int, Sequence[Issue]] = {
        p: [*staged.issues.get(p, ()), CONFLICT] for p in range(size)
    }
    return Plan([Outcome.FAILED] * size, [0] * size, [0] * size, issues)


def in_order(size: int, positions: Sequence[int], *columns: Sequence[int]) -> list[list[int]]:
    """Columns that PostgreSQL answered in any order, in the order of their positions."""
    ordered = []
    for column in columns:
        placed = [0] * size
        for position, value in zip(positions, column, strict=True):
            placed[position] = value
        ordered.append(placed)
    return ordered


def _change_places(plan: Plan, staged: StagedRows) -> None:
    """A location or unit that is yet to be made changes its user, unless it is locked."""
    for position in staged.new_locations.keys() | staged.new_units.keys():
        locked = plan.bits[position] & LOCATION_IS_LOCKED and position not in staged.new_units
        if plan.outcomes[position] is Outcome.UNCHANGED and not locked:
            plan.outcomes[position] = Outcome.UPDATED
        if plan.bits[position] & LOCATION_IS_LOCKED and position in staged.new_locations:
            plan.bits[position] |= LOCATION_LOCKED


def _join(plan: Plan, *, privileged: bool) -> None:
    """A full sync adds its source to whom it names; to guarded users only with another change."""
    guarding = 0 if privileged else HOLDS_PRIVILEGED
    for position, bit in enumerate(plan.bits):
        if bit & JOINS and not bit & guarding and plan.outcomes[position] is Outcome.UNCHANGED:
            plan.outcomes[position] = Outcome.UPDATED
            plan.joining.add(position)


def _keep_to_mode(plan: Plan, rules: Rules) -> None:
    """Refuse what the mode does not allow; the issue names the column of the identity."""
    if rules.mode is Mode.UPSERT:
        return
    only_updates = rules.mode is Mode.UPDATE_ONLY
    issue = (user_not_found if only_updates else user_exists)(rules.identity)
    for position, outcome in enumerate(plan.outcomes):
        if (outcome is Outcome.CREATED) is only_updates:
            plan.fail(position, issue)


def _choose(plan: Plan, staged: StagedRows, rules: Rules) -> None:
    """Leave what was not chosen. An unchanged user is as chosen as can be."""
    if rules.only_outcomes:
        for position, outcome in enumerate(plan.outcomes):
            if outcome in _WRITES and outcome not in rules.only_outcomes:
                plan.outcomes[position] = Outcome.NOT_APPLIED
    if rules.only_lines:
        ranges = sorted((some.first, some.last) for some in rules.only_lines)
        firsts = [first for first, _ in ranges]
        lasts = list(accumulate((last for _, last in ranges), max))
        for position, line in enumerate(staged.lines):
            before = bisect_right(firsts, line)
            chosen = before and line <= lasts[before - 1]
            if not chosen and plan.outcomes[position] is not Outcome.FAILED:
                plan.outcomes[position] = Outcome.NOT_APPLIED


def _respect(plan: Plan, staged: StagedRows, *, privileged: bool) -> None:
    """Refuse or warn of what the stored users of the rows do not allow."""
    usernames = staged.columns.get("username") or [None] * len(staged)
    for position, bit in enumerate(plan.bits):
        if not bit & ~(CHANGED | JOINS) or plan.outcomes[position] is Outcome.FAILED:
            continue
        issues = issues_of_stored_user(
            bit,
            changed=plan.outcomes[position] is Outcome.UPDATED,
            gives_username=usernames[position] is not None,
            privileged=privileged,
        )
        if any(issue.fails for issue in issues):
            for issue in issues:
                plan.fail(position, issue)
        elif issues:
            plan.say(position, *issues)


def _ignore_passwords(plan: Plan, staged: StagedRows) -> None:
    """Warn of passwords for users who are there already; failed rows have other news."""
    for position in staged.hashes:
        if plan.user_ids[position] and plan.outcomes[position] is not Outcome.FAILED:
            plan.say(position, PASSWORD_IGNORED)


def _say_what_became_of_roles(plan: Plan) -> None:
    for position, issues in list(plan.issues.items()):
        if any(issue.code is Code.ROLE_DEFAULTED for issue in issues):
            applied = "kept" if plan.user_ids[position] else "default"
            plan.issues[position] = [
                replace(issue, params={**issue.params, "applied": applied})
                if issue.code is Code.ROLE_DEFAULTED
                else issue
                for issue in issues
            ]
