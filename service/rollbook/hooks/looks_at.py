"""A hook and the fields that it looks at → the same hook, marked: nothing else is read for it."""

from collections.abc import Callable, Collection
from typing import TypeVar

from rollbook.hooks.user import User

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


def looks_only_at(hook: Callable[..., object], fields: Collection[str]) -> None:
    """Say in `startup` that a marked method, as it is set up, looks at these of its fields alone.

    It holds for this one instance. More users are alike then, so that fewer are asked about; the
    other fields are shown as before.

    Raises:
        TypeError: no marked method of an instance, or one that is not marked with such a field.
    """
    instance = getattr(hook, "__self__", None)
    if instance is None or looked_at(hook) == EVERYTHING or not looked_at(hook).issuperset(fields):
        raise TypeError("looks_only_at: give a method under @looks_at, and some of its fields")
    narrowed = vars(instance).setdefault(_MARK, {})
    narrowed[getattr(hook, "__name__", "")] = frozenset(fields)


def looked_at(function: Callable[..., object]) -> frozenset[str]:
    """The fields that a hook is marked with: everything, where nothing is said."""
    found: frozenset[str] = getattr(function, _MARK, EVERYTHING)
    return found


def answers_by(function: Callable[..., object]) -> frozenset[str]:
    """The fields that a hook's answers depend on, once it is started."""
    narrowed = getattr(getattr(function, "__self__", None), _MARK, {})
    found: frozenset[str] = narrowed.get(getattr(function, "__name__", ""), looked_at(function))
    return found
