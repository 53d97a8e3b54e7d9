"""The users that every plugin is asked about, chosen for what authors forget."""

from collections.abc import Iterator
from itertools import cycle, islice
from typing import Any, NamedTuple

from rollbook.hooks import Current, Directory, Place, UnknownName, UnknownRole, User
from rollbook.testing.users import user, users

FULL = 5_000
"""Users of the largest batch."""

TEXTS = tuple(field for field in User._fields if field not in {"line", "attributes", "current"})

SOMEWHERE = Directory(
    "main",
    roles=("admin", "Standard"),
    locations=(Place("Lisbon", "LIS", ("Lisboa",)), Place("Oslo"), Place("Århus", "AAR")),
    unknown_role=UnknownRole.REJECT,
    unknown_location=UnknownName.REJECT,
)
NOTHING_THERE = Directory(
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


class Trial(NamedTuple):
    """Users to ask about at once, in which directory; `name` says what is odd in them."""

    name: str
    users: tuple[User, ...]
    directory: Directory = SOMEWHERE


def trials() -> Iterator[Trial]:
    """All of them, the plainest first; those of a batch's full size come last."""
    yield Trial("an ordinary user", users(1, department="IT", role="admin", location="Lisbon"))
    yield Trial("users of every kind", varied(40))
    yield Trial("a user of whom only the line is known", (User(line=2),))
    yield Trial("a user whose cells are all blank", (_all_texts(2, ""),))
    yield Trial("users who are stored already", _stored())
    yield Trial("texts of many scripts, and odd ones", _odd())
    yield Trial("further columns", _with_attributes())
    yield Trial("the same user on several lines", _repeated())
    yield Trial("lines far apart", tuple(user(line) for line in (2, 90, 10_000_001)))
    yield Trial("a directory with nothing in it", varied(20), NOTHING_THERE)
    yield Trial("a full batch", varied(FULL))


def varied(count: int, first_line: int = 2) -> tuple[User, ...]:
    """Users of several departments, places, titles and roles, some of them stored."""
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


def _stored() -> tuple[User, ...]:
    whole = Current("admin", "Oslo", "Plant 7", "IT")
    return (user(2, current=Current()), user(3, current=whole), User(4, current=whole))


def _odd() -> tuple[User, ...]:
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
