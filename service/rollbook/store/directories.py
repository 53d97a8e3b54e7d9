"""Directories: made and listed. One alone is looked up in `names`."""

from rollbook.store.database import Connection
from rollbook.store.names import DirectoryRow
from rollbook.store.statements import sql

_ROLES = (("Standard", "standard", False), ("admin", "admin", True))
_ROLE_NAMES = (
    ("standard", "standard", "Standard"),
    ("standard", "user", "user"),
    ("standard", "default user", "Default User"),
    ("admin", "admin", "admin"),
)


async def make_directory(connection: Connection, name: str, display_name: str) -> int | None:
    """Make a directory with its roles Standard (default) and admin; None if the name is taken."""
    found = await connection.fetchval(
        sql("directory_make"),
        name,
        display_name,
        *map(list, zip(*_ROLES, strict=True)),
        *map(list, zip(*_ROLE_NAMES, strict=True)),
    )
    return None if found is None else int(found)


async def page(connection: Connection, after: str, most: int) -> list[DirectoryRow]:
    """At most `most` directories by name, beginning after the name `after`."""
    found = await connection.fetch(sql("directories_page"), after, most)
    return [DirectoryRow(*row) for row in found]
