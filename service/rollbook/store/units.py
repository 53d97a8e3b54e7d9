"""The organizational units of a directory: listed, looked up by name, made."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from rollbook.store import names
from rollbook.store.database import Connection
from rollbook.store.keyed import Keyed
from rollbook.store.statements import sql


class UnitRow(NamedTuple):
    """An organizational unit."""

    name: Keyed


async def page(connection: Connection, directory_id: int, after: str, most: int) -> list[UnitRow]:
    """At most `most` units by key, beginning after the key `after`."""
    found = await connection.fetch(sql("units_page"), directory_id, after, most)
    return [UnitRow(Keyed(*row)) for row in found]


async def holding(
    connection: Connection, directory_id: int, keys: Collection[str]
) -> list[UnitRow]:
    """The units that the keys mean."""
    found = await connection.fetch(sql("units_holding"), directory_id, list(keys))
    return [UnitRow(Keyed(*row)) for row in found]


async def make(connection: Connection, directory_id: int, rows: Sequence[UnitRow]) -> None:
    """Make units, under the directory's lock.

    Raises:
        asyncpg.UniqueViolationError: a name is another's already (`Conflict` outside).
    """
    await names.make_units(connection, directory_id, {row.name.key: row.name.text for row in rows})
