"""All that a database holds, as text, to search it for what must not be there."""

import base64
from typing import Any
from urllib.parse import quote, quote_plus

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


def shapes_of(secret: str) -> set[str]:
    """What a secret looks like in a text: as it is, and as careless code might have written it.

    In hex, in base64 wherever it stands in what was encoded, as a part of an address, and in
    UTF-16, as bytes of a file and as Python shows bytes.
    """
    raw = secret.encode()
    shapes = {secret, raw.hex(), quote(secret, safe=""), quote_plus(secret), repr(raw)[2:-1]}
    for before in range(3):  # its place among the groups of three bytes
        whole = base64.b64encode(bytes(before) + raw).decode()
        inner = whole[-(-before * 4 // 3) : len(raw) // 3 * 4]  # what no neighbour changes
        shapes |= {inner, inner.replace("+", "-").replace("/", "_")}
    for encoding in ("utf-16-le", "utf-16-be"):
        wide = secret.encode(encoding)
        shapes |= {wide.decode("latin-1"), repr(wide)[2:-1]}
    return shapes
