"""Parked rows and who stands in their way → which of them are applied. Pure.

All of them are judged together, however many: a row is some forty bytes here. Begins with all, so
that swaps and cycles of any length pass, and takes out each whose name is held by a user who stays;
that may stand in the way of another, and so on. The end does not depend on the order. Seats are
given in the file's order to those that are left.
"""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from rollbook.imports.issue_messages import NO_SEAT_LEFT, taken
from rollbook.imports.planning.limits import Limits, Spent, Stop, first_crossing
from rollbook.imports.planning.plan import Plan
from rollbook.imports.rows.staged_rows import StagedRows
from rollbook.model import Field, Issue, Outcome
from rollbook.store.parked import NOBODY, STAYS, Contest, Holder
from rollbook.store.staging import REACTIVATES, Match
from rollbook.users.disclosure import holder_params

_LACKS_EMAIL, _LACKS_USERNAME, _EMAIL_KEPT, _USERNAME_KEPT, _NO_SEAT = 1, 2, 4, 8, 16
"""Why a row is refused, as bits: it lacks a name, which a stored user keeps; or a seat."""

_DEEDS = bytes(n if n in (Outcome.CREATED, Outcome.UPDATED) else 0 for n in range(256))


@dataclass(slots=True)
class Parked:
    """All parked rows by position: what is known of each, and what becomes of it.

    `bits` are those of `staging/match.sql`; `outcomes` and `refusals` are bytes, the outcome's
    number and why `judge` refuses the row. `gives_username`: the row names one itself.
    """

    lines: "array[int]" = field(default_factory=lambda: array("I"))
    user_ids: "array[int]" = field(default_factory=lambda: array("q"))
    bits: "array[int]" = field(default_factory=lambda: array("i"))
    outcomes: bytearray = field(default_factory=bytearray)
    refusals: bytearray = field(default_factory=bytearray)
    gives_username: bytearray = field(default_factory=bytearray)

    def __len__(self) -> int:
        """How many rows."""
        return len(self.lines)

    def add(self, staged: StagedRows, match: Match, plan: Plan) -> None:
        """Take in the next rows, planned freely; the match is in their order."""
        self.lines.extend(staged.lines)
        self.user_ids.extend(match.user_ids)
        self.bits.extend(match.bits)
        self.outcomes.extend(plan.outcomes)
        self.refusals.extend(bytes(len(staged)))
        usernames = staged.columns.get("username") or [None] * len(staged)
        self.gives_username.extend(name is not None for name in usernames)

    def match(self, first: int, size: int) -> Match:
        """What was matched of rows from that position on."""
        here = slice(first, first + size)
        return Match([*range(size)], [*self.user_ids[here]], [*self.bits[here]])

    @property
    def deeds(self) -> bytes:
        """As of a `Plan`: what is written of each row, a byte."""
        return bytes(self.outcomes.translate(_DEEDS))

    def seats(self) -> int:
        """How many active users are added."""
        return sum(map(self.takes_seat, range(len(self))))

    def takes_seat(self, position: int) -> bool:
        """Whether the row adds an active user."""
        outcome = self.outcomes[position]
        return outcome == Outcome.CREATED or (
            outcome == Outcome.UPDATED and bool(self.bits[position] & REACTIVATES)
        )


def judge(parked: Parked, contest: Contest, seats: int | None) -> None:
    """Refuse the rows that cannot be applied together with the others."""
    names = _Names(parked, contest)
    names.settle()
    for position in contest.in_file if seats is not None else ():
        if parked.takes_seat(position):
            if seats:
                seats -= 1
            else:
                names.refuse_seat(position)


def stop_of(parked: Parked, in_file: Sequence[int], spent: Spent, most: Limits) -> Stop | None:
    """Where the import must stop, going through the parked rows in the file's order."""
    rows = (
        (parked.lines[position], Outcome(parked.outcomes[position]), parked.bits[position])
        for position in in_file
    )
    return first_crossing(rows, spent, most)


def refuse(
    plan: Plan, refusals: Sequence[int], holders: Mapping[int, tuple[Holder, Holder]]
) -> None:
    """Say in the plan of a piece why rows of it are refused.

    `refusals` by position; so are `holders`, who holds what is `kept`. They become params of the
    issue: `users.disclosure` decides who sees them.
    """
    for position, why in enumerate(refusals):
        if why & _LACKS_EMAIL:
            kept_by = holders[position][0] if why & _EMAIL_KEPT else None
            plan.fail(position, _taken(Field.EMAIL, kept_by))
        if why & _LACKS_USERNAME:
            kept_by = holders[position][1] if why & _USERNAME_KEPT else None
            plan.fail(position, _taken(Field.USERNAME, kept_by))
        if why & _NO_SEAT:
            plan.fail(position, NO_SEAT_LEFT)
    plan.take_out({position for position, why in enumerate(refusals) if why})


def kept(refusals: Sequence[int]) -> list[int]:
    """The positions of rows that lack a name which a stored user keeps."""
    return [p for p, why in enumerate(refusals) if why & (_EMAIL_KEPT | _USERNAME_KEPT)]


class _Kind(NamedTuple):
    """One of the two kinds of names, by position; `follower`: the row that waits for this one."""

    waits: Sequence[int]
    first: Sequence[int]
    follower: "array[int]"
    lacks: int
    kept: int


class _Names:
    """The two kinds of names of parked rows, and the refusals that follow from one another."""

    def __init__(self, parked: Parked, contest: Contest):
        self._parked = parked
        free = array("i", [NOBODY])
        size = len(parked)
        self._kinds = (
            _Kind(contest[0], contest[1], free * size, _LACKS_EMAIL, _EMAIL_KEPT),
            _Kind(contest[2], contest[3], free * size, _LACKS_USERNAME, _USERNAME_KEPT),
        )

    def settle(self) -> None:
        """Refuse rows that lack a name, and rows that wait for what those users keep."""
        lacking = array("i")
        for waits, first, follower, _, _ in self._kinds:
            for position, holder in enumerate(waits):
                if first[position] != position or holder == STAYS:
                    lacking.append(position)
                elif holder != NOBODY:
                    follower[holder] = position
        self._refuse(lacking)

    def refuse_seat(self, position: int) -> None:
        """Refuse a row for want of a seat, and rows that wait for what its user keeps."""
        self._fail(position, _NO_SEAT)
        self._refuse(array("i", self._followers(position)))

    def _refuse(self, lacking: "array[int]") -> None:
        """Refuse all these, and who waits for them; only then is known what each of them lacks."""
        out = array("i")
        while lacking:
            position = lacking.pop()
            if not self._is_out(position):
                self._fail(position, 0)
                out.append(position)
                lacking.extend(self._followers(position))
        for position in out:
            self._parked.refusals[position] |= self._lack(position)

    def _lack(self, position: int) -> int:
        """What the row wants and somebody keeps; a username that was given, or that alone."""
        found = 0
        for waits, first, _, lacks, kept in self._kinds:
            holder, before = waits[position], first[position]
            if holder == STAYS or (holder != NOBODY and self._is_out(holder)):
                found |= lacks | kept
            elif before != position and not self._is_out(before):
                found |= lacks
        if not found:  # an earlier row wanted it too, and is out as well
            found = next(kind.lacks for kind in self._kinds if kind.first[position] != position)
        if found & _LACKS_EMAIL and not self._parked.gives_username[position]:
            found &= ~(_LACKS_USERNAME | _USERNAME_KEPT)
        return found

    def _fail(self, position: int, why: int) -> None:
        self._parked.outcomes[position] = Outcome.FAILED
        self._parked.refusals[position] |= why

    def _is_out(self, position: int) -> bool:
        return self._parked.outcomes[position] == Outcome.FAILED

    def _followers(self, position: int) -> Iterator[int]:
        for kind in self._kinds:
            if (follower := kind.follower[position]) != NOBODY:
                yield follower


def _taken(name: Field, holder: Holder | None) -> Issue:
    issue = taken(name)
    return replace(issue, params=holder_params(*holder)) if holder else issue
