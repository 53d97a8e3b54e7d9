"""Roles: lists, looks up, creates, changes and removes them."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

import asyncpg

from rollbook.model.keyed_text import Keyed
from rollbook.store.database import Connection
from rollbook.store.name_lookup import Held
from rollbook.store.statements import sql


class RoleRow(NamedTuple):
    """A role. `aliases` are in the order of their keys, and the name is none of them."""

    name: Keyed
    aliases: tuple[Keyed, ...] = ()
    privileged: bool = False


async def page(connection: Connection, directory_id: int, after: str, most: int) -> list[RoleRow]:
    """At most `most` roles by key, beginning after the key `after`."""
    return list(
        map(_row, await connection.fetch(sql("directories/roles_page"), directory_id, after, most))
    )


async def holding(
    connection: Connection, directory_id: int, keys: Collection[str]
) -> list[RoleRow]:
    """The roles that any of the keys means, by name or alias."""
    return list(
        map(
            _row, await connection.fetch(sql("directories/roles_holding"), directory_id, list(keys))
        )
    )


async def make(connection: Connection, directory_id: int, rows: Sequence[RoleRow]) -> None:
    """Make roles, under the directory's lock.

    Raises:
        asyncpg.UniqueViolationError: a text means a role already (`Conflict` outside).
    """
    texts = [(row.name.key, *text) for row in rows for text in (row.name, *row.aliases)]
    await connection.execute(
        sql("directories/roles_write"),
        directory_id,
        [row.name.key for row in rows],
        [row.name.text for row in rows],
        [row.privileged for row in rows],
        *map(list, zip(*texts, strict=True)),
    )


async def change(connection: Connection, directory_id: int, key: str, row: RoleRow) -> None:
    """Change the role of that key to `row`, under the directory's lock. It keeps its id.

    Raises:
        asyncpg.UniqueViolationError: a text means another role (`Conflict` outside).
    """
    await connection.execute(sql("directories/role_unname"), directory_id, key)
    await connection.execute(
        sql("directories/role_set"),
        directory_id,
        key,
        *row.name,
        row.privileged,
        *map(list, zip(row.name, *row.aliases, strict=True)),
    )


async def held(connection: Connection, directory_id: int, key: str) -> Held:
    """How many hold the role of that key, and if it is the default. Exact under the lock."""
    found = await connection.fetchrow(sql("directories/role_users"), directory_id, key)
    return Held(*found) if found else Held(is_default=False, users=0)


async def remove(connection: Connection, directory_id: int, key: str) -> None:
    """Remove the role of that key, under the directory's lock; it must have no users."""
    await connection.execute(sql("directories/role_remove"), directory_id, key)


async def make_default(connection: Connection, directory_id: int, key: str) -> None:
    """Make the role of that key the default one, under the directory's lock."""
    await connection.execute(sql("directories/role_no_default"), directory_id)
    await connection.execute(sql("directories/role_default"), directory_id, key)


def _row(found: asyncpg.Record) -> RoleRow:
    return RoleRow(
        name=Keyed(found["name_key"], found["name"]),
        aliases=tuple(map(Keyed, found["alias_keys"], found["aliases"])),
        privileged=found["privileged"],
    )
