"""Decides which rows of a batch are parked, because another user holds a name they want. Pure.

A row whose e-mail or username is still held when all rows before it have been applied is parked,
within a batch as across batches, so that where batches are cut decides nothing. At the end of the
file the parked are judged together, against what the file leaves: see `parked`.
"""

from collections.abc import Iterable, Iterator, Sequence

from rollbook.imports.issue_messages import NO_SEAT_LEFT
from rollbook.imports.planning.plan import Plan, Rules, in_order, plan_freely
from rollbook.imports.rows.staged_rows import StagedRows
from rollbook.model import Field
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
