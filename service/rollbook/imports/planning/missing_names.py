"""Counts the names that rows had and the directory did not have. Pure.

Kept are the first names of a field in the order of their keys, and not the first that come: so what
is kept does not depend on batches, on threads, or on what a resume reads again.
"""

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any, NamedTuple

from rollbook.checking import name_key
from rollbook.model import Code, Field, Issue

MOST_NAMES = 200
"""Names that are kept of a field."""

_CUT = 60
"""A value of so many code points may be the beginning of a longer one, which cannot be made."""

_FIELDS = {
    Code.INVALID_ROLE: Field.ROLE,
    Code.INVALID_LOCATION: Field.LOCATION,
    Code.LOCATION_UNKNOWN_IGNORED: Field.LOCATION,
    Code.UNKNOWN_ORGANIZATIONAL_UNIT: Field.ORGANIZATIONAL_UNIT,
    Code.UNIT_UNKNOWN_IGNORED: Field.ORGANIZATIONAL_UNIT,
}


class MissingName(NamedTuple):
    """A name as the file has it, in how many rows, and what a plugin suggests for it, or ''."""

    name: str
    rows: int
    suggestion: str


Names = Mapping[str, Mapping[str, MissingName]]
"""By field, then by the key of the name."""


def with_issues(names: Names, issues: Iterable[Iterable[Issue]]) -> Names:
    """These names, and those that the issues of further rows tell of; as new ones, if there are."""
    more: dict[str, dict[str, MissingName]] = {}
    for issue in chain.from_iterable(issues):
        if issue.code in _FIELDS and (name := _name(issue)):
            of_field = more.setdefault(_FIELDS[issue.code], {})
            key = name_key(name)
            found = MissingName(name, 1, issue.params.get("suggestion", ""))
            of_field[key] = _both(found, of_field.get(key))
    if not more:
        return names
    return {
        field: _first(names.get(field, {}), more.get(field, {}))
        for field in sorted(names.keys() | more.keys())
    }


def as_json(names: Names) -> dict[str, list[MissingName]]:
    """The names as they are stored."""
    return {field: list(of_field.values()) for field, of_field in names.items()}


def from_json(stored: Mapping[str, Iterable[Iterable[Any]]]) -> Names:
    """The names that were stored."""
    return {
        field: {name_key(found[0]): MissingName(*found) for found in map(tuple, of_field)}
        for field, of_field in stored.items()
    }


def _name(issue: Issue) -> str:
    """The name that is missing; '' if the issue is of another kind, or may not have all of it."""
    value = issue.params.get("value", "")
    is_missing = issue.params.get("reason", "unknown") == "unknown"
    return value if is_missing and len(value) < _CUT else ""


def _both(one: MissingName, other: MissingName | None) -> MissingName:
    """The same name twice: of two spellings and suggestions, those that sort first."""
    if other is None:
        return one
    suggested = sorted(filter(None, (one.suggestion, other.suggestion)))
    return MissingName(
        min(one.name, other.name), one.rows + other.rows, suggested[0] if suggested else ""
    )


def _first(
    some: Mapping[str, MissingName], more: Mapping[str, MissingName]
) -> Mapping[str, MissingName]:
    every = {**some, **{key: _both(found, some.get(key)) for key, found in more.items()}}
    return {key: every[key] for key in sorted(every)[:MOST_NAMES]}
