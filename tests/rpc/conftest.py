"""Fixtures for tests of the wire: our own client, and readers of refusals."""

from collections.abc import AsyncIterator

import pytest_asyncio

from rollbook.client import Client
from tests.environment import Server


@pytest_asyncio.fixture
async def client(server: Server) -> AsyncIterator[Client]:
    """The administrator's client of `server`."""
    async with Client(server.address, server.token) as opened:
        yield opened
