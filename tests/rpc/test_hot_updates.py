"""What an update of users costs their table."""

import asyncio
import random
from pathlib import Path

import asyncpg

from rollbook.client import Client
from tests.environment import Cluster, serving
from tests.rpc.imported import imported, person

_USERS, _CHANGED = 3_000, 300
_LOOK = "select n_tup_upd, n_tup_hot_upd from pg_stat_user_tables where relname = 'users'"


async def test_most_updates_of_an_import_write_no_index(cluster: Cluster, tmp_path: Path) -> None:
    """P57: a tenth of a file has another phone; PostgreSQL counts which updates were HOT."""
    url = await cluster.new_database()
    people = {n: person(n, phone=f"+44 {n}", department="Engines") for n in range(_USERS)}
    with serving(url, tmp_path) as server:
        async with Client(server.address, server.token) as client:
            await client.directories.create("main")
            await imported(client, "main", people.values())
            for n in random.Random(1).sample(range(_USERS), _CHANGED):
                people[n]["phone"] += "0"
            changed = await imported(client, "main", people.values())
    assert (changed.updated, changed.unchanged) == (_CHANGED, _USERS - _CHANGED)
    updated, hot = await _counted(url)
    assert updated == _CHANGED
    assert hot > 0.8 * updated


async def _counted(url: str) -> tuple[int, int]:
    """Updates of users, and the HOT ones of them; a process tells its own when it ends."""
    connection = await asyncpg.connect(url)
    try:
        async with asyncio.timeout(30):
            while True:
                updated, hot = await connection.fetchrow(_LOOK)  # type: ignore[misc]
                if updated >= _CHANGED:
                    return updated, hot
                await asyncio.sleep(0.1)
    finally:
        await connection.close()
