"""What the database says of prepared rows → what becomes of each. Pure.

Two plans, one meaning. `plan_freely` takes every e-mail and username for free; PostgreSQL's unique
keys refuse the batch where that is wrong, and then `plan_carefully` goes through the rows in the
file's order and parks those whose name is still held. `plan_parked` judges what was parked when
the whole file is known.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from rollbook.importing.prepared import Prepared
from rollbook.store.staging import (
    CHANGED,
    LOCATION_IS_LOCKED,
    LOCATION_LOCKED,
    ROLE_LOCKED,
    Holders,
    Match,
)
from rollbook.words import Code, Field, Issue, Mode, Outcome

_NOBODY = 0


@dataclass(slots=True)
class Plan:
    """By position: what becomes of each row, whom it is about, and what there is to say.

    `creates` and `updates` are the positions to write; `parked` those that wait for `end`.
    """

    outcomes: list[Outcome]
    user_ids: list[int]
    issues: dict[int, list[Issue]]
    creates: list[int] = field(default_factory=list)
    updates: list[int] = field(default_factory=list)
    parked: list[int] = field(default_factory=list)

    def fail(self, position: int, issue: Issue) -> None:
        """Refuse a row."""
        self.outcomes[position] = Outcome.FAILED
        self.issues.setdefault(position, []).append(issue)


@dataclass(frozen=True, slots=True)
class Rules:
    """What a plan depends on beside the rows: the mode, and the column of the identity."""

    mode: Mode
    identity: Field


def plan_freely(prepared: Prepared, match: Match, rules: Rules) -> Plan:
    """Create, update or leave each row as if nobody stood in its way."""
    size = len(prepared)
    user_ids, bits = _in_order(size, match.positions, match.user_ids, match.bits)
    outcomes = [
        Outcome.CREATED if not user else Outcome.UPDATED if bit & CHANGED else Outcome.UNCHANGED
        for user, bit in zip(user_ids, bits, strict=True)
    ]
    plan = Plan(outcomes, user_ids, dict(prepared.issues))
    _change_places(plan, prepared, bits)
    _keep_to_mode(plan, rules)
    _say_what_is_known_now(plan, bits)
    plan.creates = [p for p, outcome in enumerate(outcomes) if outcome is Outcome.CREATED]
    plan.updates = [p for p, outcome in enumerate(outcomes) if outcome is Outcome.UPDATED]
    return plan


def plan_carefully(prepared: Prepared, match: Match, holders: Holders, rules: Rules) -> Plan:
    """Park each row whose e-mail or username is held when all rows before it have been applied."""
    plan = plan_freely(prepared, match, rules)
    wants = _Wants(prepared, plan, holders)
    now = dict(wants.held_at_first)
    for position in _by_line(prepared, [*plan.creates, *plan.updates]):
        me = wants.user(position)
        wanted = wants.of(position)
        if any(now.get(key, _NOBODY) not in (_NOBODY, me) for key in wanted):
            plan.parked.append(position)
            continue
        for key in wants.left_by(position):
            if now.get(key) == me:
                now[key] = _NOBODY
        now |= dict.fromkeys(wanted, me)
    _take_out(plan, set(plan.parked))
    return plan


def plan_parked(prepared: Prepared, match: Match, holders: Holders, rules: Rules) -> Plan:
    """Apply all the parked rows that can be applied together; what is still taken fails.

    Starts from all of them, so that swaps and cycles of any length pass, and takes out each whose
    name is held by a user who stays; that may stand in the way of another, and so on. The end
    does not depend on the order.
    """
    plan = plan_freely(prepared, match, rules)
    wants = _Wants(prepared, plan, holders)
    moving = {wants.user(position): position for position in [*plan.creates, *plan.updates]}
    waits_for: defaultdict[int, list[tuple[int, Field]]] = defaultdict(list)
    refused: list[tuple[int, Field]] = []
    first: dict[tuple[Field, str], int] = {}
    for position in _by_line(prepared, moving.values()):
        for key in wants.of(position):
            holder = wants.held_at_first.get(key, _NOBODY)
            if first.setdefault(key, position) != position:
                refused.append((position, key[0]))
            elif holder in (_NOBODY, wants.user(position)):
                continue
            elif holder in moving and key in wants.left_by(moving[holder]):
                waits_for[holder].append((position, key[0]))
            else:
                refused.append((position, key[0]))
    gone: set[int] = set()
    while refused:
        position, taken = refused.pop()
        if position in gone:
            continue
        gone.add(position)
        plan.fail(position, _taken(taken))
        refused += waits_for[wants.user(position)]
    _take_out(plan, gone)
    return plan


def plan_given_up(prepared: Prepared) -> Plan:
    """Refuse every row, because the database refused the batch again and again."""
    size = len(prepared)
    issue = Issue(
        Code.CONFLICT_RETRY_EXHAUSTED,
        "",
        "Other writers kept changing the same users; import this row again.",
    )
    issues = {p: [*prepared.issues.get(p, ()), issue] for p in range(size)}
    return Plan([Outcome.FAILED] * size, [_NOBODY] * size, issues)


class _Wants:
    """Which names each row takes and leaves, and who holds them before the plan."""

    def __init__(self, prepared: Prepared, plan: Plan, holders: Holders):
        size = len(prepared)
        self._plan = plan
        self._emails = _column(prepared, "email_key", size)
        self._usernames = _column(prepared, "username_key", size)
        self._given = _column(prepared, "username", size)
        of_email, of_username, own_emails, own_usernames, self._follows = _in_order(
            size, holders.positions, *holders[1:]
        )
        self._own_emails: list[str] = own_emails
        self._own_usernames: list[str] = own_usernames
        self.held_at_first: dict[tuple[Field, str], int] = {}
        for keys, held in ((self._emails, of_email), (self._usernames, of_username)):
            kind = Field.EMAIL if keys is self._emails else Field.USERNAME
            for key, user in zip(keys, held, strict=True):
                if key is not None:
                    self.held_at_first[kind, str(key)] = user

    def user(self, position: int) -> int:
        """Whom the row is about; a new user is a number below zero."""
        return self._plan.user_ids[position] or -1 - position

    def of(self, position: int) -> list[tuple[Field, str]]:
        """The names that the row's user has once it is applied, as far as the row decides."""
        wanted = []
        if self._emails[position] is not None:
            wanted.append((Field.EMAIL, str(self._emails[position])))
        if self._decides_username(position):
            wanted.append((Field.USERNAME, str(self._usernames[position])))
        return wanted

    def left_by(self, position: int) -> Iterator[tuple[Field, str]]:
        """The names that the row's user has now and no longer when it is applied."""
        email, username = self._own_emails[position], self._own_usernames[position]
        if email and self._emails[position] not in (None, email):
            yield Field.EMAIL, email
        if username and self._decides_username(position) and self._usernames[position] != username:
            yield Field.USERNAME, username

    def _decides_username(self, position: int) -> bool:
        return self._usernames[position] is not None and bool(
            self._given[position] is not None
            or self._follows[position]
            or not self._plan.user_ids[position]
        )


def _change_places(plan: Plan, prepared: Prepared, bits: Sequence[int]) -> None:
    """A location or unit that is yet to be made changes its user, unless it is locked."""
    for position in prepared.new_locations.keys() | prepared.new_units.keys():
        locked = bits[position] & LOCATION_IS_LOCKED and position not in prepared.new_units
        if plan.outcomes[position] is Outcome.UNCHANGED and not locked:
            plan.outcomes[position] = Outcome.UPDATED


def _keep_to_mode(plan: Plan, rules: Rules) -> None:
    """Refuse what the mode does not allow; the issue names the column of the identity."""
    if rules.mode is Mode.UPSERT:
        return
    refused, issue = (
        (Outcome.CREATED, Issue(Code.NOT_FOUND, rules.identity, "There is no such user."))
        if rules.mode is Mode.UPDATE_ONLY
        else (Outcome.UPDATED, _exists(rules.identity))
    )
    for position, outcome in enumerate(plan.outcomes):
        if outcome is refused or (rules.mode is Mode.CREATE_ONLY and outcome is Outcome.UNCHANGED):
            plan.fail(position, issue)


def _exists(identity: Field) -> Issue:
    code = {
        Field.USERNAME: Code.DUPLICATE_USERNAME,
        Field.EMAIL: Code.DUPLICATE_EMAIL,
    }.get(identity, Code.ALREADY_EXISTS)
    return Issue(code, identity, "This user exists already, and this import only creates.")


def _say_what_is_known_now(plan: Plan, bits: Sequence[int]) -> None:
    """Locks, and whether an unknown role was defaulted or kept."""
    for position, bit in enumerate(bits):
        if bit & (ROLE_LOCKED | LOCATION_LOCKED):
            said = plan.issues[position] = list(plan.issues.get(position, ()))
            if bit & ROLE_LOCKED:
                said.append(_locked(Code.ROLE_LOCKED, Field.ROLE))
            if bit & LOCATION_LOCKED:
                said.append(_locked(Code.LOCATION_LOCKED, Field.LOCATION))
    for position, issues in list(plan.issues.items()):
        if any(issue.code is Code.ROLE_DEFAULTED for issue in issues):
            applied = "kept" if plan.user_ids[position] else "default"
            plan.issues[position] = [
                replace(issue, params={**issue.params, "applied": applied})
                if issue.code is Code.ROLE_DEFAULTED
                else issue
                for issue in issues
            ]


def _locked(code: Code, name: Field) -> Issue:
    return Issue(code, name, f"The user's {name} is locked and stays; the rest was applied.")


def _taken(name: Field) -> Issue:
    if name is Field.EMAIL:
        return Issue(
            Code.DUPLICATE_EMAIL, name, "Another user of this directory has this e-mail address."
        )
    return Issue(Code.DUPLICATE_USERNAME, name, "Another user of this directory has this username.")


def _take_out(plan: Plan, positions: set[int]) -> None:
    if positions:
        plan.creates = [p for p in plan.creates if p not in positions]
        plan.updates = [p for p in plan.updates if p not in positions]


def _by_line(prepared: Prepared, positions: Iterable[int]) -> list[int]:
    return sorted(positions, key=prepared.lines.__getitem__)


def _column(prepared: Prepared, name: str, size: int) -> Sequence[object]:
    return prepared.columns.get(name) or [None] * size


def _in_order(size: int, positions: Sequence[int], *columns: Sequence[object]) -> list[list]:  # type: ignore[type-arg]
    """Columns that PostgreSQL answered in any order, in the order of their positions."""
    ordered = []
    for column in columns:
        placed: list[object] = [0] * size
        for position, value in zip(positions, column, strict=True):
            placed[position] = value
        ordered.append(placed)
    return ordered
