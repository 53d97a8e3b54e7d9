"""Fixtures: a server without gRPC, its hasher at a low cost, and a directory."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from rollbook.credentials.hashing import Hasher
from rollbook.credentials.keys import open_keys
from rollbook.credentials.means import Means
from rollbook.server.app import open_app
from rollbook.settings import Settings
from tests.credentials import places
from tests.credentials.places import KEYS, Place


@pytest_asyncio.fixture(scope="module")
async def place(
    database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Place]:
    """A directory of the module's own."""
    file = tmp_path_factory.mktemp("keys") / "keys"
    file.write_bytes(b"\n".join(KEYS))
    file.chmod(0o600)
    settings = Settings(database_url=database_url, credential_keys_file=file)
    hasher = Hasher(memory_kib=64, passes=1, lanes=1)
    async with open_app(settings) as app:
        means = Means(app=app, hasher=hasher, key_file=open_keys(settings))
        yield await places.made(means, database_url)
    hasher.close()
