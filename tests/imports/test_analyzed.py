"""The planner's statistics follow a large import, and nobody waits for them."""

import asyncio

import asyncpg

from rollbook.imports.run import run
from rollbook.model import Commit
from rollbook.server.app import open_app
from rollbook.settings import Settings
from tests.imports.jobs import opened, parts
from tests.imports.looking import content_of, plain_row

_ANALYZED = "select pg_stat_get_last_analyze_time('users'::regclass)"


async def test_users_are_analyzed_after_an_import_that_has_made_many(database_url: str) -> None:
    """More than a fifth of those there were, and more than a thousand."""
    connection = await asyncpg.connect(database_url)
    before = await connection.fetchval(_ANALYZED)
    async with open_app(Settings(database_url=database_url)) as app:
        job = await opened(app, Commit.PER_BATCH)
        content = content_of([plain_row(number) for number in range(1, 1_002)])
        async for _ in run(job, parts(content)):
            pass
        async with asyncio.timeout(20):
            while await connection.fetchval(_ANALYZED) == before:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
    await connection.close()
