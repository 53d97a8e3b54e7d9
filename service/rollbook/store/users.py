"""Users: finds, lists, locks, suspends and reactivates them."""

from collections.abc import Collection, Mapping
from dataclasses import astuple, dataclass, fields
from datetime import UTC, datetime
from typing import NamedTuple, Self
from uuid import UUID

from rollbook.model import STORED, Field
from rollbook.store import staging
from rollbook.store.database import Connection, Record
from rollbook.store.statements import sql

ACTIVE, SUSPENDED, SUSPENDED_BY_SYNC = "active", "suspended", "suspended_by_sync"
"""What a user's status may be."""


class UserRow(NamedTuple):
    """A user as stored.

    `fields` are the stored fields of the table in `model`, names in the place of ids. `attributes`
    is JSON; `source` that of the import that created the user.
    """

    fields: Mapping[Field, str | bool]
    id: int
    attributes: str
    status: str
    role_locked: bool
    location_locked: bool
    protected: bool
    source: str
    created_import: UUID | None
    updated_import: UUID | None
    created_at: datetime
    updated_at: datetime
    version: int
    role_id: int

    @classmethod
    def of(cls, found: Record) -> Self:
        """The user that a statement with `users/row` answered."""
        fields = {field: found[field] for field in STORED}
        return cls(fields, *(found[name] for name in cls._fields[1:]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Which user: one of these."""

    id: int | None = None
    number_key: str | None = None
    email_key: str | None = None
    username_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginnings:
    """How texts begin that are looked for; in the order of the statement. None: none is."""

    number_key: str
    name_key: str
    name: str
    first_name: str | None
    last_name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which users are asked for; None: any. Times: from, included, until, not.

    The fields are in the order of the statements' parameters.
    """

    import_id: UUID | None = None
    created_from: datetime | None = None
    created_until: datetime | None = None
    updated_from: datetime | None = None
    updated_until: datetime | None = None
    role_id: int | None = None
    location_id: int | None = None
    unit_id: int | None = None
    status: str | None = None
    text: Beginnings | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ByHand:
    """What is decided of a user by hand; None: as it is."""

    status: str | None = None
    role_locked: bool | None = None
    location_locked: bool | None = None
    protected: bool | None = None

    def changes(self, row: UserRow) -> bool:
        """Whether it is not so already."""
        pairs = (
            (self.status, row.status),
            (self.role_locked, row.role_locked),
            (self.location_locked, row.location_locked),
            (self.protected, row.protected),
        )
        return any(wanted not in (None, stored) for wanted, stored in pairs)


async def get(connection: Connection, directory_id: int, who: Who) -> UserRow | None:
    """The user, or None."""
    found = await connection.fetchrow(
        sql("users/user_get"), directory_id, who.id, who.number_key, who.email_key, who.username_key
    )
    return UserRow.of(found) if found else None


async def brief(
    connection: Connection, directory_id: int, ids: Collection[int]
) -> dict[int, tuple[str, str]]:
    """The employee number and the status of users, by id."""
    rows = await connection.fetch(sql("users/users_brief"), directory_id, list(ids))
    return {row["id"]: (row["employee_number"], row["status"]) for row in rows}


class After(NamedTuple):
    """Where a page begins: behind this user. `time` is the one that the list is ordered by."""

    id: int = 0
    time: datetime | None = None


async def page(
    connection: Connection, directory_id: int, wanted: Wanted, after: After, most: int
) -> list[tuple[After, UserRow]]:
    """At most `most` of the users wanted, each with its place: a page may begin after it.

    By id; if a time is asked for, and neither an import nor a text, by that time and id. To be
    asked within `Database.batch`, whose settings have each question planned by itself.
    """
    parameters = page_parameters(directory_id, wanted, after, most)
    match _time_of(wanted):
        case "created_at":
            found = await connection.fetch(sql("users/users_page_created"), *parameters)
            return [(After(row.id, row.created_at), row) for row in map(UserRow.of, found)]
        case "updated_at":
            found = await connection.fetch(sql("users/users_page_changed"), *parameters)
            return [(After(row.id, row.updated_at), row) for row in map(UserRow.of, found)]
        case _ if wanted.text is None:
            found = await connection.fetch(sql("users/users_page"), *parameters)
        case _:
            await connection.execute(sql("users/users_page_settings"))
            found = await connection.fetch(sql("users/users_page_named"), *parameters)
    return [(After(row.id), row) for row in map(UserRow.of, found)]


_BEFORE_ALL = datetime(1, 1, 1, tzinfo=UTC)


def page_parameters(directory_id: int, wanted: Wanted, after: After, most: int) -> list[object]:
    """The parameters of the statement that answers a page."""
    begins: UUID | datetime | None = wanted.import_id
    match _time_of(wanted):
        case "created_at":
            begins = after.time or wanted.created_from or _BEFORE_ALL
        case "updated_at":
            begins = after.time or wanted.updated_from or _BEFORE_ALL
        case _:
            pass
    conditions = [
        getattr(wanted, field.name)
        for field in fields(wanted)
        if field.name not in ("import_id", "text")
    ]
    texts = astuple(wanted.text) if wanted.text else ()
    return [directory_id, after.id, most, begins, *conditions, *texts]


def _time_of(wanted: Wanted) -> str:
    """The time that orders the list; '': it is in the order of the ids."""
    if wanted.text is not None or wanted.import_id is not None:
        return ""
    if wanted.created_from or wanted.created_until:
        return "created_at"
    return "updated_at" if wanted.updated_from or wanted.updated_until else ""


async def change(
    connection: Connection, directory_id: int, row: UserRow, by_hand: ByHand, principal: str
) -> None:
    """Change a user by hand, during the directory's turn; keeps what was, and counts the active."""
    await connection.execute(sql("users/user_keep"), directory_id, row.id, principal)
    await connection.execute(
        sql("users/user_set"),
        directory_id,
        row.id,
        by_hand.status,
        by_hand.role_locked,
        by_hand.location_locked,
        by_hand.protected,
    )
    active = (by_hand.status or row.status) == ACTIVE
    await staging.count_active(connection, directory_id, active - (row.status == ACTIVE))
