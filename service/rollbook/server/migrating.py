"""`migrate`: the database to this version's tables."""

import asyncio
from pathlib import Path

from rollbook.server import state
from rollbook.settings import Settings
from rollbook.store import Database, migrating


def migrate(settings: Settings, *, embedded: Path | None) -> list[str]:
    """Apply what is pending and answer its names. Blocks.

    Raises:
        EmbeddedPostgresError, Unavailable, StoreError: says why.
    """
    with state.database(settings, embedded) as housed:
        return asyncio.run(_migrate(housed))


async def _migrate(settings: Settings) -> list[str]:
    database = await Database.open(settings)
    try:
        return await migrating.migrate(database)
    finally:
        await database.close()
