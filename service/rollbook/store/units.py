"""Organizational units: lists, looks up, creates, changes and removes them."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from rollbook.model.keyed_text import Keyed
from rollbook.store import name_lookup
from rollbook.store.database import Connection
from rollbook.store.name_lookup import Held
from rollbook.store.statements import sql


class UnitRow(NamedTuple):
    """An organizational unit."""

    name: Keyed


async def page(connection: Connection, directory_id: int, after: str, most: int) -> list[UnitRow]:
    """At most `most` units by key, beginning after the key `after`."""
    found = await connection.fetch(sql("directories/units_page"), directory_id, after, most)
    return [UnitRow(Keyed(*row)) for row in found]


async def holding(
    connection: Connection, directory_id: int, keys: Collection[str]
) -> list[UnitRow]:
    """The units that the keys mean."""
    found = await connection.fetch(sql("directories/units_holding"), directory_id, list(keys))
    return [UnitRow(Keyed(*row)) for row in found]


async def make(connection: Connection, directory_id: int, rows: Sequence[UnitRow]) -> None:
    """Make units, under the directory's lock.

    Raises:
        asyncpg.UniqueViolationError: a name is another's already (`Conflict` outside).
    """
    await name_lookup.make_units(
        connection, directory_id, {row.name.key: row.name.text for row in rows}
    )


async def change(connection: Connection, directory_id: int, key: str, row: UnitRow) -> None:
    """Rename the unit of that key, under the directory's lock. It keeps its id.

    Raises:
        asyncpg.UniqueViolationError: the name is another's (`Conflict` outside).
    """
    await connection.execute(sql("directories/unit_set"), directory_id, key, *row.name)


async def held(connection: Connection, directory_id: int, key: str) -> Held:
    """How many are in the unit of that key. Exact under the directory's lock."""
    found = await connection.fetchrow(sql("directories/unit_users"), directory_id, key)
    return Held(*found) if found else Held(is_default=False, users=0)


async def remove(connection: Connection, directory_id: int, key: str) -> None:
    """Remove the unit of that key, under the directory's lock; it must have no users."""
    await connection.execute(sql("directories/unit_remove"), directory_id, key)
