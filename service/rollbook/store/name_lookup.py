"""Looks up the ids of roles, locations and units by their keys."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple
from uuid import UUID

from rollbook.store.database import Connection, Record
from rollbook.store.statements import sql


class DirectoryRow(NamedTuple):
    """A directory, and the role that its new users get."""

    id: int
    name: str
    display_name: str
    default_role_id: int
    default_role: str
    password_min_length: int


class Held(NamedTuple):
    """How many users hold a role, location or unit, 1,001: or more; if it is the default role."""

    is_default: bool
    users: int


async def directory(connection: Connection, name: str) -> DirectoryRow | None:
    """The directory of that name, or None; asked from outside of all."""
    if "\0" in name:  # PostgreSQL takes no such text, so no name has it
        return None
    found = await connection.fetchrow(sql("directories/directory_by_name"), name)
    return DirectoryRow(*found) if found else None


async def numbers(
    connection: Connection, directory_id: int, keys: Collection[str], import_id: UUID
) -> dict[str, bool]:
    """The number keys that users have, of these; True: that import made the user."""
    found = await connection.fetch(sql("users/users_numbers"), directory_id, list(keys), import_id)
    return {row["number_key"]: row["made"] for row in found}


async def roles(connection: Connection, directory_id: int, keys: Collection[str]) -> dict[str, int]:
    """The roles that the keys mean; a key that means none is missing."""
    return _ids(await connection.fetch(sql("directories/roles_by_key"), directory_id, list(keys)))


async def locations(
    connection: Connection, directory_id: int, keys: Collection[str]
) -> dict[str, list[int]]:
    """The locations that the keys mean: two or more where a key is ambiguous."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    for key, location_id in await connection.fetch(
        sql("directories/locations_by_key"), directory_id, list(keys)
    ):
        found[key].append(location_id)
    return found


async def units(connection: Connection, directory_id: int, keys: Collection[str]) -> dict[str, int]:
    """The organizational units that the keys mean; a key that means none is missing."""
    return _ids(await connection.fetch(sql("directories/units_by_key"), directory_id, list(keys)))


class Removed(NamedTuple):
    """Ids that mean nothing in a directory: no role, location or unit, any more."""

    roles: frozenset[int]
    locations: frozenset[int]
    units: frozenset[int]


async def gone(
    connection: Connection,
    directory_id: int,
    roles: Collection[int],
    locations: Collection[int],
    units: Collection[int],
) -> Removed:
    """The ids that the directory does not have; during its turn, so that none is removed later."""
    found = await connection.fetchrow(
        sql("directories/names_gone"), directory_id, list(roles), list(locations), list(units)
    )
    return Removed(*map(frozenset, found or ((), (), ())))


async def make_locations(
    connection: Connection, directory_id: int, names: Mapping[str, str]
) -> dict[str, int]:
    """Make locations, given as key → name, under the directory's lock; answers key → id."""
    return _ids(
        await connection.fetch(
            sql("directories/locations_make"), directory_id, list(names.values()), list(names)
        )
    )


async def make_units(
    connection: Connection, directory_id: int, names: Mapping[str, str]
) -> dict[str, int]:
    """Make organizational units, given as key → name, under the lock; answers key → id."""
    return _ids(
        await connection.fetch(
            sql("directories/units_make"), directory_id, list(names.values()), list(names)
        )
    )


async def current(
    connection: Connection, directory_id: int, number_keys: Collection[str]
) -> list[tuple[str, str | None, str | None, str | None, str | None]]:
    """What is stored of those users that exist: key, role, location, unit, department."""
    rows = await connection.fetch(sql("users/users_current"), directory_id, list(number_keys))
    return [tuple(row) for row in rows]


def _ids(rows: Iterable[Record]) -> dict[str, int]:
    return {row["name_key"]: row["id"] for row in rows}


async def owners_of_emails(
    connection: Connection, directory_id: int, email_keys: Collection[str]
) -> dict[str, str]:
    """The employee-number keys of those who have these e-mails; a free one is missing."""
    rows = await connection.fetch(sql("users/emails_owners"), directory_id, list(email_keys))
    return {row["email_key"]: row["number_key"] for row in rows}
