"""A database that cannot be connected to is refused with the reason, in one sentence."""

import socket
import ssl
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from rollbook.settings import Settings
from rollbook.store import Database, StoreError, Unavailable
from rollbook.store.errors import NoLogin
from rollbook.store.first_connection import no_connection
from tests.environment import Cluster

_SECRET = "the-password-of-the-database"


def _changed(url: str, *, user: str = "", name: str = "") -> str:
    """The address with another user or database, and with a password."""
    parts = urlsplit(url)
    login, _, place = parts.netloc.rpartition("@")
    user = user or login.partition(":")[0]
    path = f"/{name}" if name else parts.path
    return urlunsplit(parts._replace(netloc=f"{user}:{_SECRET}@{place}", path=path))


async def _error(url: str) -> StoreError:
    with pytest.raises(StoreError) as raised:
        await Database.open(Settings(database_url=url))
    assert _SECRET not in str(raised.value)
    assert "12345" not in str(raised.value)
    assert "\n" not in str(raised.value)
    return raised.value


async def test_a_login_that_is_not_known(cluster: Cluster) -> None:
    error = await _error(_changed(await cluster.new_database(), user="nobody_here"))
    assert isinstance(error, NoLogin)
    assert "refuses the login of nobody_here" in str(error)


async def test_a_database_that_is_missing(cluster: Cluster) -> None:
    error = await _error(_changed(await cluster.new_database(), name="no_such_database"))
    assert isinstance(error, NoLogin)
    assert "has no database no_such_database" in str(error)


@pytest.mark.parametrize(
    "url",
    [
        "somewhere",
        "https://example.org/x",
        "postgresql://[::/x",
        f"postgresql://u:{_SECRET}@127.0.0.1:99999/x",
        f"postgresql://u:{_SECRET}@127.0.0.1:port/x",
        f"postgresql://u:12345/{_SECRET}@127.0.0.1:1/x",
        f"postgresql://u:12345#{_SECRET}@127.0.0.1:1/x",
        f"postgresql://u:{_SECRET}@127.0.0.1:1/x?sslmode=bogus",
    ],
)
async def test_what_is_no_address_of_a_database(url: str) -> None:
    error = await _error(url)
    assert isinstance(error, NoLogin)
    assert "is no address of a database" in str(error)


async def test_a_host_that_is_not_known() -> None:
    error = await _error(f"postgresql://u:{_SECRET}@no-such-host.invalid/x")
    assert "no-such-host.invalid" in str(error)


async def test_a_port_where_nothing_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        port = taken.getsockname()[1]
        error = await _error(f"postgresql://u:{_SECRET}@127.0.0.1:{port}/x")
    assert type(error) is Unavailable
    assert f"nothing answers at 127.0.0.1:{port}" in str(error)


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (asyncpg.InvalidPasswordError("x"), NoLogin, "refuses the login of me"),
        (asyncpg.InsufficientPrivilegeError("x"), NoLogin, "does not let me connect to staff"),
        (asyncpg.CannotConnectNowError("x"), Unavailable, "is starting up"),
        (asyncpg.TooManyConnectionsError("x"), Unavailable, "has no connection free"),
        (asyncpg.ProtocolViolationError("x"), Unavailable, "refuses the connection"),
        (asyncpg.UndefinedObjectError("x"), NoLogin, "does not know a parameter"),
        (ConnectionError("rejected SSL upgrade"), NoLogin, "the TLS connection"),
        (ssl.SSLCertVerificationError("x"), NoLogin, "the TLS connection"),
        (socket.gaierror(socket.EAI_AGAIN, "x"), Unavailable, "is not known"),
        (TimeoutError("x"), Unavailable, "does not answer"),
        (ConnectionResetError("x"), Unavailable, "nothing answers at db.example.org:5433"),
    ],
)
def test_each_error_of_a_connection_has_a_sentence(
    error: Exception, kind: type[Unavailable], said: str
) -> None:
    """Those that need a PostgreSQL that is set up otherwise: the driver's errors stand for it."""
    found = no_connection(f"postgresql://me:{_SECRET}@db.example.org:5433/staff", error)
    assert type(found) is kind
    assert said in str(found)
    assert _SECRET not in str(found)
