"""Fixtures: a server that answers HTTP too, and its administrator."""

from collections.abc import Iterator

import pytest

from tests.environment import serving
from tests.web.browser import Site
from tests.web.person import Person, signed_in


@pytest.fixture(scope="session")
def site(shared_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """HTTP in the loop of a server that writes few rows at once."""
    folder = tmp_path_factory.mktemp("web")
    with serving(
        shared_database_url, folder, web_listen="127.0.0.1:0", batch_rows=10, batch_wait=0.001
    ) as server:
        assert server.process.stdout
        said = server.process.stdout.readline()
        assert said.startswith("HTTP on "), server.log.read_text()
        yield Site(server, said.removeprefix("HTTP on ").strip())


@pytest.fixture(scope="module")
def person(site: Site) -> Person:
    """The administrator."""
    return signed_in(site)
