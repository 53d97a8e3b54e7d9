"""The decorators that plugin authors put on hooks.

`looks_at` declares on which fields of a user the answers depend; `per_row` lifts a function of one
user to a hook of a batch.
"""

import functools
import inspect
from collections.abc import Callable, Collection, Sequence
from typing import Any, TypeVar

from rollbook.hooks.types import User
from rollbook.model import ATTRIBUTE_PREFIX

F = TypeVar("F", bound=Callable[..., object])
T = TypeVar("T")

EVERYTHING = frozenset(User._fields)
"""The fields of a hook that declares none: it may read all of them."""

_MARK = "rollbook_looks_at"
_ATTRIBUTES = "rollbook_attributes"
_PER_ROW = "rollbook_per_row"


def looks_at(*fields: str) -> Callable[[F], F]:
    """Declare that a hook's answers depend on these fields of `User` alone.

    Such a hook is asked once about users with equal values in these fields: about the first of
    them. Its answer, or silence, then holds for all of them in that import. So the answer must not
    depend on the line, the time or any other field. A hook that looks at `line`, `attributes` or
    `current` is asked about every user. `attributes.NAME` is `attributes`, and names the one that
    is read: an import whose file has such a column and ignores it warns of that.

    If every hook that is asked about users is marked, fields that none of them names are not
    shown: the text is None, as if the file had no such column, and without `current` every user
    looks new. The stored users are not read then. If one hook is not marked, all hooks get all.

    Place it directly under `@hookimpl`, or above or below `@per_row`. `line` is always shown.

    Raises:
        TypeError: a user has no such field.
    """
    names = frozenset(
        field.removeprefix(ATTRIBUTE_PREFIX)
        for field in fields
        if field.startswith(ATTRIBUTE_PREFIX)
    )
    plain = {field for field in fields if not field.startswith(ATTRIBUTE_PREFIX)}
    if strange := sorted(plain - EVERYTHING):
        raise TypeError(f"looks_at: a user has no {', '.join(strange)}")
    marks = frozenset(plain | ({"attributes"} if names else set()))

    def marked(function: F) -> F:
        # A staticmethod does not pass its attributes on to the function inside it.
        inner = getattr(function, "__func__", function)
        setattr(inner, _MARK, marks)
        setattr(inner, _ATTRIBUTES, names)
        return function

    return marked


def looks_only_at(hook: Callable[..., object], fields: Collection[str]) -> None:
    """Narrow the fields of a marked method of one instance; call it in `startup`.

    More users are equal in fewer fields, so the hook is asked about fewer of them. The other
    fields are shown as before.

    Raises:
        TypeError: the hook is not a marked method of an instance, or not marked with a field.
    """
    instance = getattr(hook, "__self__", None)
    if (
        instance is None
        or declared_fields(hook) == EVERYTHING
        or not declared_fields(hook).issuperset(fields)
    ):
        raise TypeError("looks_only_at: give a method under @looks_at, and some of its fields")
    narrowed = vars(instance).setdefault(_MARK, {})
    narrowed[getattr(hook, "__name__", "")] = frozenset(fields)


def declared_fields(function: Callable[..., object]) -> frozenset[str]:
    """The fields that a hook is marked with; all fields if it is not marked."""
    found: frozenset[str] = getattr(function, _MARK, EVERYTHING)
    return found


def declared_attributes(function: Callable[..., object]) -> frozenset[str]:
    """The names of the attributes that a hook is marked with."""
    found: frozenset[str] = getattr(function, _ATTRIBUTES, frozenset())
    return found


def effective_fields(function: Callable[..., object]) -> frozenset[str]:
    """The fields that a hook's answers depend on after `startup`: declared, perhaps narrowed."""
    narrowed = getattr(getattr(function, "__self__", None), _MARK, {})
    found: frozenset[str] = narrowed.get(
        getattr(function, "__name__", ""), declared_fields(function)
    )
    return found


class RowErrors(Exception):
    """A `@per_row` function raised on some users; its cause is the first exception.

    `answers`: those of the other users. `lines`: of the users that it raised on.
    """

    def __init__(self, answers: dict[int, Any], lines: Sequence[int]):
        super().__init__(f"{len(lines)} of the users raised, the first on line {lines[0]}")
        self.answers = answers
        self.lines = lines


def per_row(function: Callable[[User], T | None]) -> Callable[[Sequence[User]], dict[int, T]]:
    """Lift a plain function of one user to a hook of a batch: `{line: answer}`, without None.

    If the function raises on a user, that user's row alone fails: the others keep their answers.
    Place it under `@hookimpl`, and in a class under `@staticmethod` too.

    Raises:
        TypeError: the function is async, or takes anything but one user.
    """
    name = getattr(function, "__name__", repr(function))
    if inspect.iscoroutinefunction(function):
        raise TypeError(f"per_row: {name} is async; write an async hook of the whole batch instead")
    if len(inspect.signature(function).parameters) != 1:
        raise TypeError(f"per_row: {name} must take one user and nothing else")

    @functools.wraps(function)
    def batch(users: Sequence[User]) -> dict[int, T]:
        try:
            answers = ((user.line, function(user)) for user in users)
            return {line: answer for line, answer in answers if answer is not None}
        except Exception:
            return _one_by_one(function, users)

    del batch.__wrapped__  # else pluggy reads the arguments of the inner function
    setattr(batch, _PER_ROW, True)
    return batch


def is_per_row(function: Callable[..., object]) -> bool:
    """Whether a hook is made by `per_row`, so that each user is asked about alone."""
    return getattr(function, _PER_ROW, False)


def _one_by_one(function: Callable[[User], T | None], users: Sequence[User]) -> dict[int, T]:
    """The same after an exception: every user is asked again, each under a `try` of its own."""
    answers: dict[int, T] = {}
    failed: list[int] = []
    first: Exception | None = None
    for user in users:
        try:
            if (answer := function(user)) is not None:
                answers[user.line] = answer
        except Exception as error:
            failed.append(user.line)
            first = first or error
    if failed:
        raise RowErrors(answers, failed) from first
    return answers
