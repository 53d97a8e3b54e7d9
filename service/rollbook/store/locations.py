"""Locations: lists, looks up, creates, changes and removes them."""

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

import asyncpg

from rollbook.model.keyed_text import Keyed
from rollbook.store.database import Connection
from rollbook.store.name_lookup import Held
from rollbook.store.statements import sql


class LocationRow(NamedTuple):
    """A location. `aliases` are in the order of their keys; name and code are none of them."""

    name: Keyed
    code: Keyed | None = None
    aliases: tuple[Keyed, ...] = ()


async def page(
    connection: Connection, directory_id: int, after: str, most: int
) -> list[LocationRow]:
    """At most `most` locations by key, beginning after the key `after`."""
    found = await connection.fetch(sql("directories/locations_page"), directory_id, after, most)
    return list(map(_row, found))


async def holding(
    connection: Connection, directory_id: int, keys: Collection[str]
) -> list[LocationRow]:
    """The locations that any of the keys means by name or code; an alias may be several's."""
    found = await connection.fetch(sql("directories/locations_holding"), directory_id, list(keys))
    return list(map(_row, found))


async def make(connection: Connection, directory_id: int, rows: Sequence[LocationRow]) -> None:
    """Make locations, under the directory's lock.

    Raises:
        asyncpg.UniqueViolationError: a name or code is another's already (`Conflict` outside).
    """
    texts = [text for row in rows for text in _texts(row)]
    await connection.execute(
        sql("directories/locations_write"),
        directory_id,
        [row.name.key for row in rows],
        [row.name.text for row in rows],
        [row.code.key if row.code else None for row in rows],
        [row.code.text if row.code else "" for row in rows],
        *map(list, zip(*texts, strict=True)),
    )


async def change(connection: Connection, directory_id: int, key: str, row: LocationRow) -> None:
    """Change the location of that key to `row`, under the directory's lock. It keeps its id.

    Raises:
        asyncpg.UniqueViolationError: the name or code is another's (`Conflict` outside).
    """
    await connection.execute(sql("directories/location_unname"), directory_id, key)
    _, keys, texts, are_aliases = zip(*_texts(row), strict=True)
    await connection.execute(
        sql("directories/location_set"),
        directory_id,
        key,
        *row.name,
        *(row.code or (None, "")),
        keys,
        texts,
        are_aliases,
    )


async def held(connection: Connection, directory_id: int, key: str) -> Held:
    """How many work at the location of that key. Exact under the directory's lock."""
    found = await connection.fetchrow(sql("directories/location_users"), directory_id, key)
    return Held(*found) if found else Held(is_default=False, users=0)


async def remove(connection: Connection, directory_id: int, key: str) -> None:
    """Remove the location of that key, under the directory's lock; it must have no users."""
    await connection.execute(sql("directories/location_remove"), directory_id, key)


def _texts(row: LocationRow) -> Iterator[tuple[str, str, str, bool]]:
    """Every text that means it: the location's key, the text's key, the text, whether an alias."""
    yield row.name.key, *row.name, False
    if row.code and row.code.key != row.name.key:
        yield row.name.key, *row.code, False
    for alias in row.aliases:
        yield row.name.key, *alias, True


def _row(found: asyncpg.Record) -> LocationRow:
    return LocationRow(
        name=Keyed(found["name_key"], found["name"]),
        code=Keyed(found["code_key"], found["code"]) if found["code"] else None,
        aliases=tuple(map(Keyed, found["alias_keys"], found["aliases"])),
    )
