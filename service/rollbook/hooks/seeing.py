"""A hook and the fields that it looks at → the same hook, marked: nothing else is read for it."""

from collections.abc import Callable
from typing import TypeVar

from rollbook.hooks.users import User

F = TypeVar("F", bound=Callable[..., object])

EVERYTHING = frozenset(User._fields)
"""What a hook looks at that says nothing of it."""

_MARK = "rollbook_looks_at"


def looks_at(*fields: str) -> Callable[[F], F]:
    """Mark a hook whose answers depend on these fields of a user alone, by their names in `User`.

    Such a hook is asked once about users who are alike in these fields: about the first of them,
    and its answer, or silence, holds for all of them in that import. So it must not answer by the
    line, by the time or by any other field. One that looks at `line`, `attributes` or `current`
    is asked about every user.

    Where every hook that is asked about users is marked, what none of them looks at is not shown:
    it is as if the file had no such column, and without `current` as if every user were new. What
    is stored is not asked of the database then. Where one hook is not marked, all is shown to all.

    Goes directly under `@hookimpl`, or above or below `@per_row`. `line` is always shown.

    Raises:
        TypeError: a user has no such field.
    """
    if strange := sorted(set(fields) - EVERYTHING):
        raise TypeError(f"looks_at: a user has no {', '.join(strange)}")

    def marked(function: F) -> F:
        # A staticmethod keeps its marks to itself, and hands out the function within.
        setattr(getattr(function, "__func__", function), _MARK, frozenset(fields))
        return function

    return marked


def looked_at(function: Callable[..., object]) -> frozenset[str]:
    """The fields that a hook looks at: everything, where nothing is said."""
    found: frozenset[str] = getattr(function, _MARK, EVERYTHING)
    return found
