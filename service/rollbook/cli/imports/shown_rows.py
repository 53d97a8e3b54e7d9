"""Selects the rows of an import that its page shows.

All rows of a small file are shown. Of a large file only rows with an issue or a change are shown,
and no more than a person would read. Five similar failures are shown; the others are counted.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass

from rollbook.client import not_clean, outcome_counts
from rollbook.v1.imports_pb2 import RowResults
from rollbook.v1.results_pb2 import Issue, Outcome, RowResult

SMALL = 40
"""Rows of a file that is shown whole."""
BLANK = "missing_required_field"

MOST_ALIKE = 5
_MOST_FAILED, _MOST_OTHERS = 1_000, 100
_MOST_CREATED = 20
_MOST_NAMES = 100
"""Names that the directory does not know, kept for the next steps."""

Likeness = tuple[tuple[str, str], ...]
"""The field and code of each issue of a row."""


@dataclass(slots=True)
class Alike:
    """Failed rows with the same codes and fields: how many, and which lines are not shown."""

    rows: int = 0
    first: int = 0
    last: int = 0


class ShownRows:
    """Chooses the rows to show, and keeps what is shown for all rows together."""

    def __init__(self) -> None:
        self.rows = 0
        self.created: list[str] = []
        """The first employee numbers that were created."""
        self.blank: dict[str, Issue] | None = None
        """Required fields that are blank in every row so far; None before the first row."""
        self.alike: dict[Likeness, Alike] = defaultdict(Alike)
        self.unknown: dict[str, Counter[str]] = defaultdict(Counter)
        """Names that the directory does not know, by the code of the issue."""
        self.left_out = 0
        self._left = {"FAILED": _MOST_FAILED, "other": _MOST_OTHERS}

    def count(self, event: RowResults) -> None:
        """Take rows into account, whether they are shown or not.

        Of clean ones, of which a large file has very many, only the first that are created count.
        """
        new = outcome_counts(event)[Outcome.OUTCOME_CREATED]
        counted = event.results if new and len(self.created) < _MOST_CREATED else not_clean(event)
        for row in counted:
            self._count(row)
        self.rows += len(event.results)
        if len(counted) < len(event.results):
            self.blank = {}

    def _count(self, row: RowResult) -> None:
        if row.outcome == Outcome.OUTCOME_CREATED and len(self.created) < _MOST_CREATED:
            self.created.append(row.employee_number)
        for issue in row.issues:
            names = self.unknown[issue.code] if issue.params.get("value") else None
            if names is not None and (len(names) < _MOST_NAMES or issue.params["value"] in names):
                names[issue.params["value"]] += 1
        if self.blank is None or self.blank:
            blank = {issue.field: issue for issue in row.issues if issue.code == BLANK}
            known = blank if self.blank is None else self.blank
            self.blank = {name: known[name] for name in known if name in blank}

    def is_shown(self, row: RowResult, *, all_rows: bool = False) -> bool:
        """Whether the page shows the row; to be asked once for each."""
        failed = row.outcome == Outcome.OUTCOME_FAILED
        if failed:
            alike = self.alike[_key(row)]
            alike.rows += 1
            if alike.rows > MOST_ALIKE:
                alike.first = min(alike.first or row.line, row.line)
                alike.last = max(alike.last, row.line)
                return False
        if all_rows:
            return True
        if not (failed or row.issues or row.changes):
            return False
        kind = "FAILED" if failed else "other"
        if self._left[kind]:
            self._left[kind] -= 1
            return True
        self.left_out += 1
        return False


def _key(row: RowResult) -> tuple[tuple[str, str], ...]:
    """The fields and codes of a row's issues: rows with the same ones are grouped."""
    return tuple((issue.field, issue.code) for issue in row.issues)
