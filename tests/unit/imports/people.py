"""Makes the planner's input from a few users and rows: staged rows, match and holders.

What the database would answer is worked out here from plain dictionaries, so that a test reads
like a rule: these people, this file, this end.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rollbook.imports.planning.plan import Plan, Rules
from rollbook.imports.rows.staged_rows import StagedRows
from rollbook.model import Field, Mode
from rollbook.store.parked import NOBODY, STAYS, Contest
from rollbook.store.staging import CHANGED, EMAIL_CHANGES, USERNAME_CHANGES, Holders, Match

RULES = Rules(Mode.UPSERT, Field.EMPLOYEE_NUMBER)


class Person(NamedTuple):
    """A stored user. A username of None is the e-mail, and follows it."""

    id: int
    number: str
    email: str
    username: str | None = None

    @property
    def login(self) -> str:
        """The username that is stored."""
        return self.username or self.email


class Row(NamedTuple):
    """A row of the file, as far as names go; None: the file has no such column.

    `bits` come on top of those that follow from the names.
    """

    line: int
    number: str
    email: str | None = None
    username: str | None = None
    bits: int = 0


def staged_rows(rows: Sequence[Row]) -> StagedRows:
    """The rows, ready to be planned."""
    return StagedRows(
        lines=[row.line for row in rows],
        rows=[row.line - 1 for row in rows],
        columns={
            "employee_number": [row.number for row in rows],
            "number_key": [row.number for row in rows],
            "email": [row.email for row in rows],
            "email_key": [row.email for row in rows],
            "username": [row.username for row in rows],
            "username_key": [row.username or row.email for row in rows],
        },
        fields=("employee_number", "email", "username"),
    )


def match(rows: Sequence[Row], people: Sequence[Person]) -> Match:
    """Whose row each is, and what it would change."""
    known = {person.number: person for person in people}
    found = [known.get(row.number) for row in rows]
    return Match(
        list(range(len(rows))),
        [person.id if person else 0 for person in found],
        [
            row.bits | (_changes(row, person) if person else 0)
            for row, person in zip(rows, found, strict=True)
        ],
    )


def holders(rows: Sequence[Row], people: Sequence[Person]) -> Holders:
    """Who holds the names that the rows want."""
    known = {person.number: person for person in people}
    emails = {person.email: person.id for person in people}
    usernames = {person.login: person.id for person in people}
    own = [known.get(row.number) for row in rows]
    return Holders(
        list(range(len(rows))),
        [emails.get(row.email or "", 0) for row in rows],
        [usernames.get(row.username or row.email or "", 0) for row in rows],
        [person.email if person else "" for person in own],
        [person.login if person else "" for person in own],
        [
            person is not None
            and person.username is None
            and row.username is None
            and row.email is not None
            for row, person in zip(rows, own, strict=True)
        ],
    )


def contest(rows: Sequence[Row], people: Sequence[Person], deeds: bytes) -> Contest:
    """Who stands in the way of each row that writes; the others want nothing."""
    in_file = sorted(range(len(rows)), key=lambda position: rows[position].line)
    row_of = {row.number: position for position, row in enumerate(rows) if deeds[position]}
    waits: dict[Field, list[int]] = {}
    first: dict[Field, list[int]] = {}
    for kind in (Field.EMAIL, Field.USERNAME):
        held = {person.email if kind is Field.EMAIL else person.login: person for person in people}
        wanted = [_wanted(row, people, kind) if deeds[at] else None for at, row in enumerate(rows)]
        waits[kind], first[kind] = [], []
        for position, row in enumerate(rows):
            name = wanted[position]
            holder = held.get(name) if name else None
            of_holder = row_of.get(holder.number) if holder else None
            waits[kind].append(
                NOBODY
                if not holder or holder.number == row.number
                else STAYS
                if of_holder is None or wanted[of_holder] in (None, name)
                else of_holder
            )
            wanting = (at for at in in_file if name and wanted[at] == name)
            first[kind].append(next(wanting, position))
    return Contest(
        waits[Field.EMAIL],
        first[Field.EMAIL],
        waits[Field.USERNAME],
        first[Field.USERNAME],
        in_file,
    )


def _wanted(row: Row, people: Sequence[Person], kind: Field) -> str | None:
    """The name of that kind that the row's user has once it is applied, where the row decides."""
    if kind is Field.EMAIL or row.username:
        return row.email if kind is Field.EMAIL else row.username
    known = {person.number: person for person in people}.get(row.number)
    return row.email if known is None or known.username is None else None


def outcomes(plan: Plan, rows: Sequence[Row]) -> dict[int, str]:
    """The outcome of each line: a verb, or the codes of the issues that refuse it."""
    ends: dict[int, str] = {}
    for position, row in enumerate(rows):
        if position in plan.parked:
            ends[row.line] = "parked"
        elif codes := [issue.code.value for issue in plan.issues.get(position, ()) if issue.fails]:
            ends[row.line] = " ".join(codes)
        else:
            ends[row.line] = plan.outcomes[position].name.lower()
    return ends


def names_after(plan: Plan, rows: Sequence[Row], people: Sequence[Person]) -> Mapping[str, str]:
    """Each number's e-mail once the plan is written: updates first, then inserts."""
    emails = {person.number: person.email for person in people}
    written = [rows[position] for position in (*plan.updates, *plan.creates)]
    return emails | {row.number: row.email for row in written if row.email is not None}


def _changes(row: Row, person: Person) -> int:
    bits = 0
    if row.email not in (None, person.email):
        bits |= CHANGED | EMAIL_CHANGES
        if row.username is None and person.username is None:
            bits |= USERNAME_CHANGES
    if row.username not in (None, person.login):
        bits |= CHANGED | USERNAME_CHANGES
    return bits
