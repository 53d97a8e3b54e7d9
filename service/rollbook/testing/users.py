"""A few words → a user, or a notice, as the service would show it."""

from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from rollbook.hooks import Event, Mail, Notice, User


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


def notice(number: int = 1, **fields: Any) -> Notice:
    """A good notice, different for each number; `fields` of `Notice` are as you say.

    It is of a user who was created by an import, at an address of example.invalid, which no mail
    reaches; nobody asked for one.

    Raises:
        ValueError: a notice has no such field.
    """
    good = Notice(
        id=f"n-{number}",
        directory="main",
        directory_name="Main",
        event=Event.CREATED,
        mail=Mail.NONE,
        employee_number=str(1_000 + number),
        email=f"user{number}@example.invalid",
        username=f"user{number}",
        first_name="Ada",
        last_name=f"Byron {number}",
        name=f"Ada Byron {number}",
        import_id="00000000-0000-4000-8000-000000000000",
        at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        attempt=1,
    )
    return good._replace(**fields)
