"""Issues of cells, field by field → the issues of rows, by position."""

from collections.abc import Iterable, Mapping

from rollbook import model


class Findings:
    """What has been found so far; a row that came with a fault is not spoken of again."""

    def __init__(self, faults: Mapping[int, model.Issue]) -> None:
        self._faults = faults
        self._issues: dict[int, list[model.Issue]] = {at: [why] for at, why in faults.items()}

    def add(self, at: int, issues: Iterable[model.Issue]) -> None:
        """Further issues of the row at that position, in the order in which they are to stand."""
        if at not in self._faults:
            self._issues.setdefault(at, []).extend(issues)

    def issues(self, most: int) -> dict[int, list[model.Issue]]:
        """All issues, by position in the order of the rows, `most` of each row."""
        return {
            at: issues if len(issues) <= most else _first(issues, most)
            for at, issues in sorted(self._issues.items())
        }


def _first(issues: list[model.Issue], most: int) -> list[model.Issue]:
    """The first ones; errors before warnings where there is no room for both, in their order.

    A row that failed would else be answered with nothing that says why.
    """
    errors = [at for at, issue in enumerate(issues) if issue.fails]
    warnings = [at for at, issue in enumerate(issues) if not issue.fails]
    return [issues[at] for at in sorted((errors + warnings)[:most])]
