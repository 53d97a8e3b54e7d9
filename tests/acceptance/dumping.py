"""All that a database holds, as text, to search it for what must not be there."""

from typing import Any

import asyncpg

from rollbook.store.packing import unpack


async def dump_of(url: str) -> str:
    """All rows of all tables as text; those that are packed, unpacked."""
    connection = await asyncpg.connect(url)
    try:
        tables = await connection.fetch(
            "select quote_ident(relname) from pg_class where relkind = 'r'"
            " and relnamespace = 'public'::regnamespace"
        )
        found: list[str] = []
        for (table,) in tables:
            for row in await connection.fetch(f"select * from {table}"):
                found += [str(dict(row)), *map(_unpacked, row.values())]
    finally:
        await connection.close()
    return "\n".join(found)


def _unpacked(value: Any) -> str:
    if not isinstance(value, bytes):
        return ""
    try:
        return str(unpack(value))
    except Exception:
        return value.decode("utf-8", "replace")
