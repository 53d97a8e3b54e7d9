"""Decides which row gets an e-mail or username that another user holds. Pure.

A row whose e-mail or username is still held when all rows before it have been applied is parked,
within a batch as across batches, so that where batches are cut decides nothing. At the end of the
file the parked are judged together, against what the file leaves.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from rollbook.imports.issue_messages import NO_SEAT_LEFT, taken
from rollbook.imports.planning.plan import Plan, Rules, in_order, plan_freely
from rollbook.imports.rows.staged_rows import StagedRows
from rollbook.model import Field, Issue
from rollbook.store.staging import Holders, Match

_NOBODY = 0

_Name = tuple[Field, str]


def plan_carefully(
    staged: StagedRows, match: Match, holders: Holders, rules: Rules, seats: int | None
) -> Plan:
    """Go through the rows in the file's order: apply, park, or refuse for want of a seat."""
    plan = plan_freely(staged, match, rules)
    wants = _Wants(staged, plan, holders)
    now = dict(wants.held_at_first)
    refused = set()
    for position in _by_line(staged, [*plan.creates, *plan.updates]):
        me = wants.user(position)
        wanted = wants.of(position)
        if any(now.get(name, _NOBODY) not in (_NOBODY, me) for name in wanted):
            plan.parked.append(position)
            continue
        if seats is not None and plan.needs_seat(position):
            if seats <= 0:
                plan.fail(position, NO_SEAT_LEFT)
                refused.add(position)
                continue
            seats -= 1
        for name in wants.left_by(position):
            if now.get(name) == me:
                now[name] = _NOBODY
        now |= dict.fromkeys(wanted, me)
    plan.take_out(refused.union(plan.parked))
    return plan


def plan_parked(
    staged: StagedRows, match: Match, holders: Holders, rules: Rules, seats: int | None
) -> Plan:
    """Apply all the parked rows that can be applied together; what is still taken fails.

    Starts from all of them, so that swaps and cycles of any length pass, and takes out each whose
    name is held by a user who stays; that may stand in the way of another, and so on. The end
    does not depend on the order. Seats are given in the file's order to those that are left.
    """
    plan = plan_freely(staged, match, rules)
    wants = _Wants(staged, plan, holders)
    moving = {wants.user(position): position for position in [*plan.creates, *plan.updates]}
    contest = _Contest(plan, wants, moving)
    in_file = _by_line(staged, moving.values())
    for position in in_file:
        contest.enter(position)
    contest.settle()
    for position in in_file if seats is not None else ():
        if position in contest.gone or not plan.needs_seat(position):
            continue
        if seats:
            seats -= 1
            continue
        contest.refuse(position, NO_SEAT_LEFT)
    plan.take_out(contest.gone)
    return plan


class _Contest:
    """The parked rows that cannot be applied with the others: `gone`, with the names they lack."""

    def __init__(self, plan: Plan, wants: "_Wants", moving: Mapping[int, int]):
        self._plan = plan
        self._wants = wants
        self._moving = moving
        self._first: dict[_Name, int] = {}
        self._waits_for: defaultdict[int, list[int]] = defaultdict(list)
        self._refused: list[int] = []
        self.gone: set[int] = set()

    def enter(self, position: int) -> None:
        """Take a row in, in the file's order. It waits for the user who leaves a name it wants."""
        for name in self._wants.of(position):
            holder = self._wants.held_at_first.get(name, _NOBODY)
            if self._first.setdefault(name, position) != position:
                self._refused.append(position)
            elif holder not in (_NOBODY, self._wants.user(position)):
                if self._leaves(holder, name):
                    self._waits_for[holder].append(position)
                else:
                    self._refused.append(position)

    def settle(self) -> None:
        """Refuse rows that lack a name, and rows that wait for what those users keep."""
        out: list[int] = []
        while self._refused:
            position = self._refused.pop()
            if position not in self.gone:
                self.gone.add(position)
                out.append(position)
                self._refused += self._waits_for[self._wants.user(position)]
        for position in out:
            lacking = self._lacking(position)
            for name in lacking:
                self._plan.fail(position, taken(name))
            if held := [(n, u) for n in lacking if (u := self._stays_with(position, n))]:
                self._plan.contested[position] = held

    def refuse(self, position: int, issue: Issue) -> None:
        """Refuse a row for another reason, and rows that wait for what its user keeps."""
        self._plan.fail(position, issue)
        self.gone.add(position)
        self._refused += self._waits_for[self._wants.user(position)]
        self.settle()

    def _lacking(self, position: int) -> list[Field]:
        """The fields whose names the row does not get; no username that follows the e-mail."""
        wanted = self._wants.of(position)
        lacking = [kind for kind, key in wanted if self._is_kept((kind, key), position)]
        if not lacking:  # an earlier row wanted it too, and is gone as well
            lacking = [name[0] for name in wanted if self._first[name] != position][:1]
        if Field.EMAIL in lacking and not self._wants.gives_username(position):
            return [Field.EMAIL]
        return lacking

    def _is_kept(self, name: _Name, position: int) -> bool:
        holder = self._wants.held_at_first.get(name, _NOBODY)
        if holder not in (_NOBODY, self._wants.user(position)) and not self._leaves(holder, name):
            return True
        first = self._first[name]
        return first != position and first not in self.gone

    def _stays_with(self, position: int, name: Field) -> int:
        """The stored user who keeps the name that the row wants, or 0."""
        for wanted in self._wants.of(position):
            holder = self._wants.held_at_first.get(wanted, _NOBODY)
            if wanted[0] is name and holder != self._wants.user(position):
                return _NOBODY if self._leaves(holder, wanted) else holder
        return _NOBODY

    def _leaves(self, user: int, name: _Name) -> bool:
        """Whether the user gives the name up."""
        row = self._moving.get(user)
        return row is not None and row not in self.gone and name in self._wants.left_by(row)


class _Wants:
    """Which names each row takes and leaves, and who holds them before the plan."""

    def __init__(self, staged: StagedRows, plan: Plan, holders: Holders):
        size = len(staged)
        self._plan = plan
        self._emails = _texts(staged, "email_key", size)
        self._usernames = _texts(staged, "username_key", size)
        self._given = _texts(staged, "username", size)
        of_email, of_username, follows = in_order(
            size, holders.positions, holders.of_email, holders.of_username, holders.follows
        )
        self._follows = follows
        own = dict(
            zip(
                holders.positions,
                zip(holders.own_email_keys, holders.own_username_keys, strict=True),
                strict=True,
            )
        )
        self._own = own
        self.held_at_first: dict[_Name, int] = {}
        for kind, keys, held in (
            (Field.EMAIL, self._emails, of_email),
            (Field.USERNAME, self._usernames, of_username),
        ):
            for key, user in zip(keys, held, strict=True):
                if key is not None:
                    self.held_at_first[kind, key] = user

    def user(self, position: int) -> int:
        """The id of the row's user; a new user has a number below zero."""
        return self._plan.user_ids[position] or -1 - position

    def of(self, position: int) -> list[_Name]:
        """The names that the row's user has once it is applied, as far as the row decides."""
        email, username = self._emails[position], self._usernames[position]
        wanted: list[_Name] = []
        if email is not None:
            wanted.append((Field.EMAIL, email))
        if username is not None and self._decides_username(position):
            wanted.append((Field.USERNAME, username))
        return wanted

    def left_by(self, position: int) -> Iterator[_Name]:
        """The names that the row's user has now and no longer when it is applied."""
        email, username = self._own[position]
        if email and self._emails[position] not in (None, email):
            yield Field.EMAIL, email
        if username and self._decides_username(position) and self._usernames[position] != username:
            yield Field.USERNAME, username

    def gives_username(self, position: int) -> bool:
        """Whether the row names a username itself."""
        return self._given[position] is not None

    def _decides_username(self, position: int) -> bool:
        return bool(
            self._given[position] is not None
            or self._follows[position]
            or not self._plan.user_ids[position]
        )


def _by_line(staged: StagedRows, positions: Iterable[int]) -> list[int]:
    return sorted(positions, key=staged.lines.__getitem__)


def _texts(staged: StagedRows, name: str, size: int) -> Sequence[str | None]:
    return staged.columns.get(name) or [None] * size  # type: ignore[return-value]
