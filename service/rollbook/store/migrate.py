"""Applies the migrations in `migrations/*.sql`, in order, each once.

The files are in dbmate's format and the versions in its table, so that an operator may run them
with dbmate instead.
"""

import hashlib
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import NamedTuple

from rollbook.store.database import Connection, Database
from rollbook.store.errors import StoreError
from rollbook.store.statements import sql


class Migration(NamedTuple):
    """One file: its version (the digits it begins with), its name, and what it does."""

    version: str
    name: str
    up: str
    checksum: str


@cache
def migrations() -> Sequence[Migration]:
    """The migrations this release brings, oldest first."""
    folder = resources.files("rollbook.store") / "migrations"
    files = sorted(
        (file for file in folder.iterdir() if file.name.endswith(".sql")), key=lambda f: f.name
    )
    return [_read(file.name, file.read_text("utf-8")) for file in files]


def _read(name: str, text: str) -> Migration:
    up = text.split("-- migrate:up", 1)[1].split("-- migrate:down", 1)[0]
    checksum = hashlib.sha256(up.encode()).hexdigest()
    return Migration(name.split("_", 1)[0], name, up.strip(), checksum)


async def pending(database: Database) -> list[str]:
    """The names of the migrations that the database has not seen.

    Raises:
        StoreError: one that it has seen has since changed, or it has seen one that this release
            does not bring: a newer release was here.
    """
    async with database.as_owner().connection() as connection:
        if not await connection.fetchval(sql("schema/migrations_known")):
            return [migration.name for migration in migrations()]
        return [migration.name for migration in await _unseen(connection)]


async def missing(connection: Connection) -> list[str]:
    """The names of this release's migrations that the database has not seen."""
    seen = {row["version"] for row in await connection.fetch(sql("schema/migrations"))}
    return [migration.name for migration in migrations() if migration.version not in seen]


async def migrate(database: Database) -> list[str]:
    """Apply what is pending, each in its own transaction, and answer the names.

    Two servers may start at once: an advisory lock lets one go first.

    Raises:
        StoreError: a migration failed; or as `pending`.
    """
    applied: list[str] = []
    while True:
        async with database.as_owner().transaction() as connection:
            await connection.execute(sql("schema/migrations_lock"))
            await connection.execute(sql("schema/migrations_create"))
            await connection.execute(sql("schema/migrations_checksum"))
            unseen = await _unseen(connection)
            if not unseen:
                break
            await connection.execute(unseen[0].up)
            await connection.execute(
                sql("schema/migration_write"), unseen[0].version, unseen[0].checksum
            )
            applied.append(unseen[0].name)
    await database.look_for_role()  # which a migration may have made
    return applied


async def _unseen(connection: Connection) -> list[Migration]:
    seen = {
        row["version"]: row["checksum"] for row in await connection.fetch(sql("schema/migrations"))
    }
    known = migrations()
    if newer := sorted(set(seen) - {migration.version for migration in known}):
        raise StoreError(
            f"it is newer than this release: it has migration {', '.join(newer)}. "
            "Run the newer release, or restore a backup of this one's."
        )
    for migration in known:
        before = seen.get(migration.version)
        if before and before != migration.checksum:
            raise StoreError(f"Migration {migration.name} was changed after it had been applied.")
    return [migration for migration in known if migration.version not in seen]
