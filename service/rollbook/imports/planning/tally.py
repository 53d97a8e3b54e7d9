"""Counts the outcomes of rows, for the summary of an import."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from rollbook.imports.planning import missing_names
from rollbook.imports.planning.limits import Spent
from rollbook.imports.planning.missing_names import Names
from rollbook.model import STATUS, Answers, Change, Outcome
from rollbook.store.users import ACTIVE


@dataclass(slots=True)
class Tally:
    """Counts of an import so far; nothing in it depends on time, batches or retries.

    Of a full sync: `reactivated` are users whose suspension ends, of the updated ones; `released`
    are users whom the file names no longer, and another source does; `protected` are those who stay
    active for that reason alone. `names` are those that rows had and the directory did not have.
    """

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    spent: Spent = field(default_factory=Spent)
    reactivated: int = 0
    released: int = 0
    protected: int = 0
    names: Names = field(default_factory=dict)

    def add(self, answers: Answers) -> None:
        """Count these answers."""
        self.outcomes.update(answers.outcomes)
        for issues in answers.issues.values():
            self.codes.update(issue.code.value for issue in issues)
        self.names = missing_names.with_issues(self.names, answers.issues.values())
        self.reactivated += sum(map(_reactivates, answers.changes.values()))

    def with_added(self, answers: Answers) -> "Tally":
        """These counts and those of the answers, as new ones: a batch may yet be rolled back."""
        both = replace(self, outcomes=self.outcomes.copy(), codes=self.codes.copy())
        both.add(answers)
        return both

    def given_up(self) -> "Tally":
        """These counts of a plan where nothing of it is applied."""
        failed = Counter({Outcome.FAILED: self.outcomes[Outcome.FAILED]})
        return Tally(+failed, self.codes, self.spent, names=self.names).left(self.rows)

    def left(self, rows: int) -> "Tally":
        """These counts where of `rows` rows nothing more is applied."""
        outcomes = self.outcomes.copy()
        outcomes[Outcome.NOT_APPLIED] += max(rows, self.rows) - self.rows
        return replace(self, outcomes=+outcomes)

    @property
    def rows(self) -> int:
        """Rows answered; a user suspended by a full sync is no row."""
        return self.outcomes.total() - self.outcomes[Outcome.SUSPENDED]

    @property
    def created(self) -> int:
        """Users created."""
        return self.outcomes[Outcome.CREATED]

    def as_json(self) -> dict[str, object]:
        """The counts as they are stored."""
        return {
            "outcomes": {outcome.name: count for outcome, count in sorted(self.outcomes.items())},
            "codes": dict(sorted(self.codes.items())),
            "spent": asdict(self.spent),
            "reactivated": self.reactivated,
            "released": self.released,
            "protected": self.protected,
            **({"names": missing_names.as_json(self.names)} if self.names else {}),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Tally":
        """The counts that were stored."""
        return cls(
            Counter({Outcome[name]: n for name, n in stored.get("outcomes", {}).items()}),
            Counter(stored.get("codes", {})),
            Spent(**stored.get("spent", {})),
            stored.get("reactivated", 0),
            stored.get("released", 0),
            stored.get("protected", 0),
            missing_names.from_json(stored.get("names", {})),
        )


def _reactivates(changes: Iterable[Change]) -> bool:
    """Whether the user's status becomes active again; a new user has no change of status."""
    return any(change.field == STATUS and change.new == ACTIVE for change in changes)
