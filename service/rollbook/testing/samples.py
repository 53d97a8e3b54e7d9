"""Sample users, notices and directories, for tests and for the kit."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from types import MappingProxyType
from typing import Any, NamedTuple

from rollbook.hooks import (
    Credential,
    Current,
    Directory,
    Event,
    Mail,
    Notice,
    Place,
    UnknownName,
    UnknownRole,
    User,
)

FULL = 5_000
"""Users of the largest batch."""

TEXTS = tuple(field for field in User._fields if field not in {"line", "attributes", "current"})

SAMPLE_DIRECTORY = Directory(
    "main",
    roles=("admin", "Standard"),
    locations=(Place("Lisbon", "LIS", ("Lisboa",)), Place("Oslo"), Place("Århus", "AAR")),
    unknown_role=UnknownRole.REJECT,
    unknown_location=UnknownName.REJECT,
)
EMPTY_DIRECTORY = Directory(
    "empty", unknown_role=UnknownRole.DEFAULT, unknown_location=UnknownName.CREATE
)

_ODD = (
    "Zoë Ångström-Ñandú",
    "Zoe\u0308 with a combining mark",
    "管理者 (東京)",
    "مدير قسم",
    "👩🏽‍💻 Engineering",
    "ǅ ﬃ ß İ ı",
    "=HYPERLINK(1)",
    "(((*+?[",
    "%s {0} {name} $x \\1",
    "../../etc/passwd",
    "'; --",
    '"quoted", "twice"',
    "null",
    "None",
    "0",
    "-1",
    "1e5",
    "NaN",
    "x" * 200,
    "as long as a cell may be " * 8,
    "a b  c",
)
_DEPARTMENTS = ("IT", "Sales", "it", "HR", "", "Engineering South", "Finance")
_PLACES = ("Lisbon", "LIS", "oslo", "Rome", "", "Århus")
_TITLES = ("Manager", "Intern", "Clerk", "", "Head of IT")


def user(line: int = 2, **fields: Any) -> User:
    """A valid user, different for each line; `fields` of `User` override, None: no column.

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
    """So many valid users on consecutive lines; `fields` are the same for all."""
    return tuple(user(line, **fields) for line in range(first_line, first_line + count))


def notice(number: int = 1, **fields: Any) -> Notice:
    """A valid notice, different for each number; `fields` of `Notice` override.

    It is of a user created by an import, at an address of example.invalid, which no mail reaches;
    no mail was asked for.

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


def credential(of: Notice) -> Credential:
    """What the mail of a notice would open the account with; it opens none."""
    if of.mail is Mail.LOGIN_DETAILS:
        return Credential(password="sample-only-opens-no-account")  # noqa: S106 -- none
    link = f"https://people.example.invalid/set-password#{of.directory}.sample"
    return Credential(link=link, expires_at=of.at + timedelta(hours=1))


class Trial(NamedTuple):
    """The users of one call and their directory; `name` is what is unusual in them."""

    name: str
    users: tuple[User, ...]
    directory: Directory = SAMPLE_DIRECTORY


def trials() -> Iterator[Trial]:
    """All trials, the plainest first; the batch of full size comes last."""
    yield Trial("an ordinary user", users(1, department="IT", role="admin", location="Lisbon"))
    yield Trial("users of every kind", varied(40))
    yield Trial("a user with nothing but a line", (User(line=2),))
    yield Trial("a user whose cells are all blank", (_all_texts(2, ""),))
    yield Trial("users who exist already", _existing())
    yield Trial("texts of many scripts, and unusual ones", _unusual())
    yield Trial("further columns", _with_attributes())
    yield Trial("the same user on several lines", _repeated())
    yield Trial("lines far apart", tuple(user(line) for line in (2, 90, 10_000_001)))
    yield Trial("a directory with nothing in it", varied(20), EMPTY_DIRECTORY)
    yield Trial("a full batch", varied(FULL))


def varied(count: int, first_line: int = 2) -> tuple[User, ...]:
    """Users of several departments, locations, titles and roles, some of them existing."""
    kinds = zip(
        cycle(_DEPARTMENTS),
        cycle(_PLACES),
        cycle(_TITLES),
        cycle(("admin", "user", "", None)),
        cycle((None, None, Current(role="Standard", location="Oslo"))),
        strict=False,
    )
    return tuple(
        user(
            line,
            department=department,
            location=location,
            job_title=title,
            role=role,
            current=current,
        )
        for line, (department, location, title, role, current) in enumerate(
            islice(kinds, count), start=first_line
        )
    )


def _existing() -> tuple[User, ...]:
    whole = Current("admin", "Oslo", "Plant 7", "IT")
    return (user(2, current=Current()), user(3, current=whole), User(4, current=whole))


def _unusual() -> tuple[User, ...]:
    return tuple(_all_texts(line, text) for line, text in enumerate(_ODD, start=2))


def _all_texts(line: int, text: str) -> User:
    cells: dict[str, Any] = dict.fromkeys(TEXTS, text)
    return User(line)._replace(**cells)


def _with_attributes() -> tuple[User, ...]:
    return (
        user(2, attributes={"cost_centre": "K1", "Ünïcode": ""}),
        user(3, attributes={}),
        user(4, attributes={f"column {n}": "x" for n in range(64)}),
    )


def _repeated() -> tuple[User, ...]:
    first = user(2, department="IT")
    return tuple(first._replace(line=line) for line in range(2, 12))
