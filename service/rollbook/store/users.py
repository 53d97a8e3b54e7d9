"""The users of a directory: found, listed, locked, suspended, reactivated."""

from collections.abc import Collection, Mapping
from dataclasses import astuple, dataclass, fields
from datetime import datetime
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


async def page(
    connection: Connection, directory_id: int, wanted: Wanted, after: int, most: int
) -> list[UserRow]:
    """At most `most` of the users wanted, by id, beginning after the id `after`.

    To be asked within `Database.batch`, whose settings have each question planned by itself.
    """
    conditions = [getattr(wanted, field.name) for field in fields(wanted) if field.name != "text"]
    if wanted.text is None:
        found = await connection.fetch(
            sql("users/users_page"), directory_id, after, most, *conditions
        )
    else:
        found = await connection.fetch(
            sql("users/users_page_named"),
            directory_id,
            after,
            most,
            *conditions,
            *astuple(wanted.text),
        )
    return [*map(UserRow.of, found)]


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
