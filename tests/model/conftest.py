"""Fixtures: servers of several batch sizes on one database, to try examples on."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass

import asyncpg
import pytest
import pytest_asyncio

from rollbook.client import Client
from tests.environment import Cluster, Server, serving

BATCHES = (1, 2, 4, 7, 100, 5_000)
RECORD_LIMIT = 3_000


@dataclass(frozen=True)
class Bench:
    """Clients by the batch size of their server, and a connection to the database of all."""

    clients: Mapping[int, Client]
    connection: asyncpg.Connection


@pytest.fixture(scope="session")
def servers(
    model_database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[int, Server]]:
    """A server for each batch size; records are limited to 3,000 bytes, so that some are larger.

    Every second one reads each file in its worker process.
    """
    with ExitStack() as stack:
        yield {
            rows: stack.enter_context(
                serving(
                    model_database_url,
                    tmp_path_factory.mktemp(f"batches-of-{rows}"),
                    batch_rows=rows,
                    max_record_bytes=RECORD_LIMIT,
                    new_imports_per_hour=1_000_000,
                    pool_size=3,
                    worker_process_from=at % 2,
                )
            )
            for at, rows in enumerate(BATCHES)
        }


@pytest_asyncio.fixture(scope="session")
async def model_database_url(cluster: Cluster) -> str:
    """The database of these servers."""
    return await cluster.new_database()


@pytest_asyncio.fixture(scope="session")
async def bench(servers: Mapping[int, Server]) -> AsyncIterator[Bench]:
    """What every example needs."""
    first = next(iter(servers.values()))
    connection = await asyncpg.connect(first.database_url)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(connection.close)
        clients = {
            rows: await stack.enter_async_context(Client(server.address, server.token))
            for rows, server in servers.items()
        }
        yield Bench(clients, connection)


@pytest_asyncio.fixture(scope="session")
async def exact(
    model_database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Client]:
    """A client of a server that reads record by record, and stages also rows stored as they are."""
    folder = tmp_path_factory.mktemp("exact")
    settings = {"read_in_columns": False, "look_from_rows": 0, "batch_rows": 7}
    limits = {"max_record_bytes": RECORD_LIMIT, "pool_size": 3}
    with serving(model_database_url, folder, **settings, **limits) as server:
        async with Client(server.address, server.token) as client:
            yield client
