"""Finds a user by a key, and lists users by conditions."""

import unicodedata
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np

from rollbook.checking import echo, email_key, number_key, username_key
from rollbook.checking.cells import printable
from rollbook.checking.request_text import REQUEST
from rollbook.errors import Reason, Refusal
from rollbook.store import Connection, TenantDatabase, name_lookup, users
from rollbook.store.users import After, Beginnings, UserRow, Wanted, Who

_MOST_KEY = 254
"""No number, e-mail or username is longer."""

_ANSWER_WITHIN_S = 30

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_SCATTER = 0x9E3779B97F4A7C15
_GATHER = pow(_SCATTER, -1, 1 << 64)


@dataclass(frozen=True, slots=True)
class UserKey:
    """What a user is called: `kind` is user_id, employee_number, email or username."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """Which users a list is asked for; '' and None: any. Times: from, included, until, not.

    `text` is the beginning of a number, an e-mail, a username or a name.
    """

    text: str = ""
    import_id: UUID | None = None
    created_from: datetime | None = None
    created_until: datetime | None = None
    updated_from: datetime | None = None
    updated_until: datetime | None = None
    role: str = ""
    location: str = ""
    unit: str = ""
    status: str | None = None


def opaque_id(user_id: int) -> str:
    """A user's id as clients see it: a text to be compared and nothing else.

    Scattered, so that callers cannot count users, or see what a dry run has used up.
    """
    return f"u{user_id * _SCATTER % (1 << 64):016x}"


def opaque_numbers(user_ids: Sequence[int]) -> list[int]:
    """The numbers that opaque ids are written of, for many users at once; 0: there is no user."""
    ids = np.asarray(user_ids, dtype=np.int64)
    scattered = ids.astype(np.uint64) * np.uint64(_SCATTER)  # modulo 2^64
    numbers: list[int] = np.where(ids > 0, scattered, np.uint64(0)).tolist()
    return numbers


def stored_id(text: str) -> int | None:
    """The id behind an opaque one; None: it is not well formed."""
    if len(text) != 17 or not text.startswith("u"):
        return None
    try:
        user_id = int(text[1:], 16) * _GATHER % (1 << 64)
    except ValueError:
        return None
    return user_id if user_id < 1 << 63 else None


async def find_user(connection: Connection, directory_id: int, key: UserKey) -> UserRow:
    """The user of that key.

    Raises:
        Refusal: INVALID_OPTIONS, the key is blank; RESOURCE_NOT_FOUND, the directory has no such
            user.
    """
    text = key.text.strip()
    if not key.kind or not text:
        raise REQUEST.wrong("user", "Name the user: user_id, employee_number, email or username.")
    who = who_of(key)
    row = await users.get(connection, directory_id, who) if who else None
    if row is None:
        raise Refusal(
            Reason.RESOURCE_NOT_FOUND,
            f"There is no user with the {key.kind.replace('_', ' ')} {echo(text)} in this "
            "directory.",
            {"option": key.kind, "value": printable(text)},
        )
    return row


def who_of(key: UserKey) -> Who | None:
    """The key as it is stored; None: no user can have it."""
    text = key.text.strip()
    if not text or len(text) > _MOST_KEY or "\0" in text:
        return None
    match key.kind:
        case "user_id":
            user_id = stored_id(text)
            return None if user_id is None else Who(id=user_id)
        case "employee_number":
            return Who(number_key=number_key(text))
        case "email":
            found = email_key(text)
            return None if found is None else Who(email_key=found)
        case _:
            return Who(username_key=username_key(text))


async def list_users(
    database: TenantDatabase, directory_id: int, conditions: Conditions, after: str, most: int
) -> tuple[list[tuple[str, UserRow]], str]:
    """At most `most` users, each with the key of its place in the list; a page of it.

    The page begins after the key `after`, '' for the first one. It may be short, or empty: then the
    list goes on after the key that comes with it; '': nothing is behind it. The order is the
    ids'; if a text is asked for, the names' that it means; if a time, and no import, the time's.

    Raises:
        Refusal: INVALID_OPTIONS or RESOURCE_NOT_FOUND, naming the condition; a key that is none.
    """
    begins = _after(after)
    async with database.batch(idle_timeout_s=_ANSWER_WITHIN_S, beside=True) as connection:
        wanted = await _wanted(connection, directory_id, conditions)
        found = await users.page(connection, directory_id, wanted, begins, most)
    return [(_key(place), row) for place, row in found.rows], _key(found.behind)


def _key(place: After | None) -> str:
    """The place of a user in a list, as text: the opaque id, and the time or name if it has one."""
    match place:
        case None:
            return ""
        case After(at=None):
            return opaque_id(place.id)
        case After(at=datetime() as time):
            return f"{opaque_id(place.id)} 0 {(time - _EPOCH) // _MICROSECOND}"
    return f"{opaque_id(place.id)} {place.kind} {place.at}"


def _after(key: str) -> After:
    if not key:
        return After()
    opaque, *rest = key.split(" ", 2)
    user_id = stored_id(opaque)
    if user_id is None:
        raise REQUEST.wrong("page_token", "page_token is not one that this list gave.")
    match rest:
        case ["0", time]:
            return After(user_id, _EPOCH + int(time) * _MICROSECOND)
        case [kind, at]:
            return After(user_id, at, int(kind))
    return After(user_id)


async def _wanted(connection: Connection, directory_id: int, asked: Conditions) -> Wanted:
    async def id_of(
        column: str,
        text: str,
        look_up: Callable[[Connection, int, list[str]], Awaitable[Mapping[str, int | list[int]]]],
    ) -> int | None:
        if not (name := REQUEST.name_or_none(column, text)):
            return None
        found = (await look_up(connection, directory_id, [name.key])).get(name.key, [])
        return _only(column, text, [found] if isinstance(found, int) else found)

    return Wanted(
        import_id=asked.import_id,
        created_from=asked.created_from,
        created_until=asked.created_until,
        updated_from=asked.updated_from,
        updated_until=asked.updated_until,
        role_id=await id_of("role", asked.role, name_lookup.roles),
        location_id=await id_of("location", asked.location, name_lookup.locations),
        unit_id=await id_of("organizational_unit", asked.unit, name_lookup.units),
        status=asked.status,
        text=_beginnings(REQUEST.text("text", asked.text)),
    )


def _only(column: str, text: str, ids: Sequence[int]) -> int:
    if not ids:
        raise Refusal(
            Reason.RESOURCE_NOT_FOUND,
            f"There is no {column.replace('_', ' ')} {echo(text)} in this directory.",
            {"option": column, "value": printable(text)},
        )
    if len(ids) > 1:
        raise REQUEST.wrong(column, f"{echo(text)} means more than one {column}.", value=text)
    return ids[0]


def _beginnings(text: str) -> Beginnings | None:
    """How the text is looked for: as a beginning of anything that a user is called by."""
    if not text:
        return None
    name = " ".join(unicodedata.normalize("NFC", text).lower().split())
    first, _, last = name.rpartition(" ")
    return Beginnings(
        number_key=number_key(text),
        name_key=username_key(text),
        name=name,
        # Of one word nothing is left for the first name: then no such pair is looked for.
        first_name=first or None,
        last_name=last if first else None,
    )
