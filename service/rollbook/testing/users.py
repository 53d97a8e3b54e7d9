"""A few words → a user as the service would show it."""

from types import MappingProxyType
from typing import Any

from rollbook.hooks import User


def user(line: int = 2, **fields: Any) -> User:
    """A good user, different for each line; `fields` of `User` are as you say, None: no column.

    `attributes` may be any mapping; the user gets a copy that cannot be written to.

    Raises:
        ValueError: a user has no such field.
    """
    good = User(
        line=line,
        employee_number=str(1_000 + line),
        email=f"user{line}@example.com",
        first_name="Ada",
        last_name=f"Byron {line}",
    )
    if "attributes" in fields:
        fields["attributes"] = MappingProxyType(dict(fields["attributes"]))
    return good._replace(**fields)


def users(count: int, first_line: int = 2, **fields: Any) -> tuple[User, ...]:
    """So many good users, on lines that follow one another; `fields` are the same for all."""
    return tuple(user(line, **fields) for line in range(first_line, first_line + count))
