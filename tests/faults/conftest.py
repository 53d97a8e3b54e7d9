"""Fixture: a server with small batches on its own database, for several tests."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.acceptance.wire import Peer
from tests.environment import Cluster, Server
from tests.faults.witness import started


@pytest_asyncio.fixture(scope="module")
async def hurried(
    through: str, cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Server]:
    """A server with batches of 100 rows that waits for a client a second and a half at most."""
    url = await cluster.new_database()
    folder = tmp_path_factory.mktemp("hurried")
    async with started(
        url, folder, batch_rows=100, message_gap=1.5, imports_per_process=1_000
    ) as running:
        yield running


@pytest_asyncio.fixture(scope="module")
async def peer(hurried: Server) -> AsyncIterator[Peer]:
    """The administrator, at that server."""
    async with Peer.of(hurried) as opened:
        yield opened
