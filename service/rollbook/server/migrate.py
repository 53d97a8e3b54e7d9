"""`migrate`: brings the database to this version's schema."""

import asyncio
from pathlib import Path

from rollbook.server import state_folder
from rollbook.settings import Settings
from rollbook.store import Database
from rollbook.store import migrate as migrations


def migrate(settings: Settings, *, embedded: Path | None) -> list[str]:
    """Apply what is pending and answer its names. Blocks.

    Raises:
        EmbeddedPostgresError, Unavailable, StoreError: with the reason.
    """
    with state_folder.database(settings, embedded) as (housed, _):
        return asyncio.run(_migrate(housed))


async def _migrate(settings: Settings) -> list[str]:
    database = await Database.open(settings)
    try:
        return await migrations.migrate(database)
    finally:
        await database.close()
