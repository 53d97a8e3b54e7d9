"""Fixtures for the tests of rollbook-mail: an authority, a relay, and the plugin."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio
import trustme
from mail_relay import Relay, Start, certificate

from rollbook_mail import MailPlugin
from rollbook_mail.settings import MailSettings, variable


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """Who vouches for the relay."""
    return trustme.CA()


@pytest.fixture(scope="session")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its certificate, in a file."""
    path = tmp_path_factory.mktemp("authority") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets the plugin's variables, by the fields of its settings; no others are there."""
    for field in MailSettings.model_fields:
        monkeypatch.delenv(variable(field), raising=False)

    def put(**given: object) -> None:
        for field, value in given.items():
            assert field in MailSettings.model_fields
            monkeypatch.setenv(variable(field), str(value))

    return put


@pytest_asyncio.fixture
async def relay(authority: trustme.CA) -> AsyncIterator[Relay]:
    """A relay that offers STARTTLS, and works well until it is ordered otherwise."""
    async with Relay(certificate(authority)) as running:
        yield running


@pytest_asyncio.fixture
async def start(
    relay: Relay, ca_file: Path, environment: Callable[..., None]
) -> AsyncIterator[Start]:
    """Starts the plugin for that relay, with further settings; it is shut down in the end."""
    started = []

    async def begin(**given: object) -> MailPlugin:
        usual = {
            "host": "127.0.0.1",
            "port": relay.port,
            "ca_file": ca_file,
            "sender": "accounts@example.net",
        }
        environment(**usual | given)
        plugin = MailPlugin()
        await plugin.startup()
        started.append(plugin)
        return plugin

    yield begin
    for plugin in started:
        await plugin.shutdown()
