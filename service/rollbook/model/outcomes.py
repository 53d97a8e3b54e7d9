"""The outcomes of a row, and the states of an import."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from rollbook.model.issues import Issue


class Outcome(IntEnum):
    """The outcome of one row. The numbers are the contract's and the ledger's: never renumber."""

    CREATED = 1
    UPDATED = 2
    UNCHANGED = 3
    FAILED = 4
    NOT_APPLIED = 5
    SUSPENDED = 6


class State(StrEnum):
    """The state of an import."""

    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    INTERRUPTED = "INTERRUPTED"
    STOPPED = "STOPPED"
    PREVIEWED = "PREVIEWED"
    AWAITING_APPROVAL = "AWAITING_APPROVAL"
    CANCELLED = "CANCELLED"


STATUS = "status"
"""What a change of a user's status is called: it is no field of a file."""
REMOVED = "(removed)"
"""In a change the name of a role, location or unit that is no longer there."""


@dataclass(frozen=True, slots=True)
class Change:
    """One field's old and new value, as text; '' stands for none."""

    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """The results of a batch's rows as parallel columns: what is sent, and what the ledger keeps.

    Position i of each column is one row; `issues` and `changes` hold only the positions that
    have any. `user_ids` are 0 where no user came of it. A row of a full sync has line and row 0.
    `late`: the rows had waited for their plugin, and count as later than all before them.
    """

    lines: Sequence[int]
    rows: Sequence[int]
    outcomes: Sequence[Outcome]
    employee_numbers: Sequence[str]
    user_ids: Sequence[int]
    issues: Mapping[int, Sequence[Issue]] = field(default_factory=dict)
    changes: Mapping[int, Sequence[Change]] = field(default_factory=dict)
    replayed: bool = False
    late: bool = False
