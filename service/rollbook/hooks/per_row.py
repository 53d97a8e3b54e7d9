"""A function of one user → a hook of a batch."""

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import TypeVar

from rollbook.hooks.user import User

T = TypeVar("T")


def per_row(function: Callable[[User], T | None]) -> Callable[[Sequence[User]], dict[int, T]]:
    """Lift a plain function of one user to a hook of a batch: `{line: answer}`, None left out.

    Goes under `@hookimpl`, and in a class under `@staticmethod` too.

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
        answers = ((user.line, function(user)) for user in users)
        return {line: answer for line, answer in answers if answer is not None}

    del batch.__wrapped__  # else pluggy reads the inner argument
    return batch
