"""What a transaction-pooling proxy hands from one server's transaction to another's."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from rollbook.client import Client
from tests.acceptance.command import environment, rollbook
from tests.acceptance.wire import HEADER, Peer, users
from tests.environment import Cluster, Server, serving, ways
from tests.pgbouncer import POOL

_LEFT = """
select
    current_user,
    coalesce(current_setting('rollbook.directory_id', true), '') as directory,
    (select count(*) from pg_prepared_statements) as statements,
    (select count(*) from pg_locks where pid = pg_backend_pid() and locktype = 'advisory') as locks,
    array(
        select name from pg_settings
        where
            source = 'session' and setting is distinct from reset_val
            and name not in ('application_name', 'client_encoding')
    ) as settings,
    pg_backend_pid() as backend
"""


pytestmark = pytest.mark.parametrize("through", ["pgbouncer"], indirect=True)


async def test_nothing_stays_on_a_connection(server: Server) -> None:
    """P18: the next transaction finds no role, directory, setting, lock or statement of ours."""
    async with Peer.of(server) as peer, Client(server.address, server.token) as client:
        directories = [await peer.new_directory() for _ in range(8)]
        await asyncio.gather(
            *(peer.send_file(name, HEADER + users(*range(300))) for name in directories)
        )
        for at, name in enumerate(directories):
            listed = [one async for one in client.users.list(name)]
            assert len(listed) == 300, at
    settings = ways[-1].settings(server.database_url)
    connections = [
        await asyncpg.connect(str(settings["database_url"]), statement_cache_size=0)
        for _ in range(POOL)
    ]
    backends = set()
    try:
        for connection in connections:
            await connection.execute("begin")  # keeps its connection from the others
            left = await connection.fetchrow(_LEFT)
            assert left is not None
            backends.add(left["backend"])
            assert (left["current_user"], left["directory"]) == ("rollbook", "")
            assert (left["statements"], left["locks"]) == (0, 0)
            assert left["settings"] == []
    finally:
        for connection in connections:
            await connection.close()
    assert len(backends) == POOL


async def test_a_database_is_migrated(cluster: Cluster, tmp_path: Path) -> None:
    """P18: from nothing to this release, and the second time it has nothing to do."""
    direct = await cluster.new_database(migrated=False)
    url = str(ways[-1].settings(direct)["database_url"])
    assert url != direct
    env = environment(ROLLBOOK_DATABASE_URL=url, ROLLBOOK_STATEMENT_CACHE_SIZE="0")
    first, again = (rollbook("migrate", env=env, cwd=tmp_path) for _ in range(2))
    assert (first.code, again.code) == (0, 0), (first, again)
    with serving(direct, tmp_path) as server:
        async with Peer.of(server) as peer:
            answer = await peer.send_file(await peer.new_directory(), HEADER + users(1))
            assert answer.ending == "OK"
