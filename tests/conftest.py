"""Fixtures that more than one floor of the tests uses; see `tests/environment.py`."""

import os
import signal
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio
from hypothesis import settings

# gRPC reads it when it is imported: its handlers of a fork crash the child of every second
# `subprocess.run(user=…)`, and no test forks without running another program.
os.environ["GRPC_ENABLE_FORK_SUPPORT"] = "0"

from rollbook.postgres import Embedded
from tests.environment import Cluster, Server, serving

# Under nohup, or behind a script's `&`, these two are ignored, and every process that a test starts
# would inherit that: then Ctrl-C ends none of them. A handler is not inherited; this one ignores
# them here, as before.
for number in (signal.SIGINT, signal.SIGHUP):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, lambda *_: None)

# These machines are noisy: a slow example is not a wrong one. The seed of a failure is printed.
settings.register_profile("rollbook", deadline=None, print_blob=True)
settings.register_profile("thorough", settings.get_profile("rollbook"), max_examples=2_000)
settings.load_profile("rollbook")  # `--hypothesis-profile` comes later


@pytest_asyncio.fixture(scope="session")
async def cluster(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cluster]:
    """A PostgreSQL of this test session's own."""
    with Embedded(tmp_path_factory.mktemp("cluster"), durable=False) as embedded:
        running = Cluster(embedded)
        await running.prepare()
        yield running


@pytest_asyncio.fixture(scope="module")
async def database_url(cluster: Cluster) -> str:
    """The address of a migrated, empty database of this module's own."""
    return await cluster.new_database()


@pytest_asyncio.fixture(scope="session")
async def shared_database_url(cluster: Cluster) -> str:
    """The address of the database that `server` works on."""
    return await cluster.new_database()


@pytest.fixture(scope="session")
def server(shared_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server process that all tests may use; each in a `directory` of its own."""
    with serving(
        shared_database_url, tmp_path_factory.mktemp("server"), new_imports_per_hour=1_000_000
    ) as running:
        yield running


@pytest_asyncio.fixture
async def directory(server: Server) -> str:
    """The name of a new, empty directory on `server`."""
    from rollbook.store.directories import make_directory

    name = f"d-{uuid.uuid4().hex[:12]}"
    connection = await asyncpg.connect(server.database_url)
    try:
        await make_directory(connection, name, name)
    finally:
        await connection.close()
    return name


@pytest.fixture(scope="session")
def repository() -> Path:
    """The top of the tree."""
    return Path(__file__).parents[1]
