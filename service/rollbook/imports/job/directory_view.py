"""Reads the `Directory` that plugins are shown."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from rollbook.hooks import Directory, Place
from rollbook.model import Options
from rollbook.store import TenantDatabase, locations, roles
from rollbook.store.database import Connection
from rollbook.store.locations import LocationRow
from rollbook.store.name_lookup import DirectoryRow
from rollbook.store.roles import RoleRow

_A_PAGE = 1_000

R = TypeVar("R", RoleRow, LocationRow)


async def directory_shown(
    database: TenantDatabase, directory: DirectoryRow, options: Options
) -> Directory:
    """All the roles and locations of a directory, and what the import does with unknown ones.

    A location takes some 300 bytes, and 10 µs to read.

    Raises:
        Unavailable: the database stayed away.
    """
    there = await database.ask(lambda connection: _all(roles.page, connection, directory.id))
    places = await database.ask(lambda connection: _all(locations.page, connection, directory.id))
    return Directory(
        name=directory.name,
        roles=tuple(role.name.text for role in there),
        locations=tuple(map(_place, places)),
        unknown_role=options.unknown_role,
        unknown_location=options.unknown_location,
    )


async def _all(
    page: Callable[[Connection, int, str, int], Awaitable[Sequence[R]]],
    connection: Connection,
    directory_id: int,
) -> list[R]:
    """Every row of a list that comes in pages by key."""
    rows: list[R] = []
    while True:
        after = rows[-1].name.key if rows else ""
        found = await page(connection, directory_id, after, _A_PAGE)
        rows += found
        if len(found) < _A_PAGE:
            return rows


def _place(row: LocationRow) -> Place:
    return Place(
        row.name.text,
        row.code.text if row.code else "",
        tuple(alias.text for alias in row.aliases),
    )
