"""The roles of a directory: listed, looked up by what means them, made."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

import asyncpg

from rollbook.store.database import Connection
from rollbook.store.keyed import Keyed, pairs
from rollbook.store.statements import sql


class RoleRow(NamedTuple):
    """A role. `aliases` are in the order of their keys, and the name is none of them."""

    name: Keyed
    aliases: tuple[Keyed, ...] = ()
    privileged: bool = False


async def page(connection: Connection, directory_id: int, after: str, most: int) -> list[RoleRow]:
    """At most `most` roles by key, beginning after the key `after`."""
    return list(map(_row, await connection.fetch(sql("roles_page"), directory_id, after, most)))


async def holding(
    connection: Connection, directory_id: int, keys: Collection[str]
) -> list[RoleRow]:
    """The roles that any of the keys means, by name or alias."""
    return list(map(_row, await connection.fetch(sql("roles_holding"), directory_id, list(keys))))


async def make(connection: Connection, directory_id: int, rows: Sequence[RoleRow]) -> None:
    """Make roles, under the directory's lock.

    Raises:
        asyncpg.UniqueViolationError: a text means a role already (`Conflict` outside).
    """
    texts = [(row.name.key, *text) for row in rows for text in (row.name, *row.aliases)]
    await connection.execute(
        sql("roles_write"),
        directory_id,
        [row.name.key for row in rows],
        [row.name.text for row in rows],
        [row.privileged for row in rows],
        *map(list, zip(*texts, strict=True)),
    )


def _row(found: asyncpg.Record) -> RoleRow:
    return RoleRow(
        name=Keyed(found["name_key"], found["name"]),
        aliases=pairs(found["alias_keys"], found["aliases"]),
        privileged=found["privileged"],
    )
