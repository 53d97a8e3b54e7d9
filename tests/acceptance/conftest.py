"""Fixtures: gRPC peers of real servers, and their database."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from tests.acceptance.wire import Peer
from tests.environment import Server, serving


@pytest_asyncio.fixture(scope="session")
async def peer(server: Server) -> AsyncIterator[Peer]:
    """The administrator at the server that tests share."""
    async with Peer.of(server) as peer:
        yield peer


@pytest.fixture(scope="session")
def narrow_server(
    shared_database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server that writes every row as a batch of its own."""
    folder = tmp_path_factory.mktemp("narrow")
    with serving(
        shared_database_url, folder, batch_rows=1, new_imports_per_hour=1_000_000
    ) as running:
        yield running


@pytest_asyncio.fixture(scope="session")
async def narrow(narrow_server: Server) -> AsyncIterator[Peer]:
    """The administrator at `narrow_server`."""
    async with Peer.of(narrow_server) as peer:
        yield peer


@pytest_asyncio.fixture(scope="module")
async def mapping(
    shared_database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Peer]:
    """The administrator at a server whose plugin gives the department `it` the role admin."""
    with serving(
        shared_database_url,
        tmp_path_factory.mktemp("mapping"),
        plugins="tests.acceptance.by_department:by_department",
        new_imports_per_hour=1_000_000,
    ) as running:
        async with Peer.of(running) as peer:
            yield peer


BY_USERNAME = """\
title = "By username"
description = "The number is the username."
required = ["username", "email", "first_name", "last_name"]
sample = ["username,email,first_name,last_name", "ada,ada@example.org,Ada,Byron"]
[identity]
employee_number = "username"
username = "username"
[options]
unknown_columns = "REJECT"
"""


@pytest.fixture(scope="session")
def configured_server(
    shared_database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server whose operator has added a profile and a domain without a dot."""
    folder = tmp_path_factory.mktemp("configured")
    profiles = folder / "profiles"
    profiles.mkdir()
    (profiles / "by-username.toml").write_text(BY_USERNAME)
    with serving(
        shared_database_url,
        folder,
        profiles=profiles,
        email_domains="localhost",
        new_imports_per_hour=1_000_000,
    ) as running:
        yield running


@pytest_asyncio.fixture(scope="session")
async def configured(configured_server: Server) -> AsyncIterator[Peer]:
    """The administrator at `configured_server`."""
    async with Peer.of(configured_server) as peer:
        yield peer
