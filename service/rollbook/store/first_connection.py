"""Explains in one sentence why PostgreSQL cannot be connected to."""

import socket
import ssl
from collections.abc import Mapping
from urllib.parse import urlsplit

import asyncpg

from rollbook.store.errors import NoLogin, Unavailable

_URL = "ROLLBOOK_DATABASE_URL"
_MALFORMED = (
    f"{_URL} is no address of a database, such as postgresql://USER:PASSWORD@HOST/NAME: check its"
    " parameters, and write / # and @ in a password as %2F %23 and %40"
)

# The first that fits counts: a class stands before those it is derived from.
_REASONS: Mapping[type[BaseException], tuple[type[Unavailable], str]] = {
    asyncpg.InvalidAuthorizationSpecificationError: (
        NoLogin,
        f"PostgreSQL at {{place}} refuses the login of {{user}}: check user and password in {_URL},"
        " and pg_hba.conf there",
    ),
    asyncpg.InvalidCatalogNameError: (
        NoLogin,
        f"PostgreSQL at {{place}} has no database {{name}}: create it, or correct {_URL}",
    ),
    asyncpg.InsufficientPrivilegeError: (
        NoLogin,
        "PostgreSQL at {place} does not let {user} connect to {name}: grant CONNECT",
    ),
    asyncpg.CannotConnectNowError: (
        Unavailable,
        "PostgreSQL at {place} is starting up or shutting down: try again",
    ),
    asyncpg.TooManyConnectionsError: (
        Unavailable,
        "PostgreSQL at {place} has no connection free: try again",
    ),
    asyncpg.UndefinedObjectError: (
        NoLogin,
        f"PostgreSQL at {{place}} does not know a parameter of {_URL}",
    ),
    asyncpg.PostgresError: (Unavailable, "PostgreSQL at {place} refuses the connection"),
    ssl.SSLError: (
        NoLogin,
        "the TLS connection to PostgreSQL at {place} fails: check its certificate and sslmode",
    ),
    socket.gaierror: (NoLogin, f"the host of {{place}} is not known: correct {_URL}"),
    TimeoutError: (
        Unavailable,
        f"PostgreSQL at {{place}} does not answer: check the host in {_URL}, and any firewall",
    ),
    OSError: (Unavailable, "nothing answers at {place}: check that PostgreSQL runs there"),
}


def no_connection(url: str, error: BaseException) -> Unavailable:
    """The error of a connection to `url` that failed. Its message never has the password.

    NoLogin where the address, the login or the database must be corrected; else Unavailable.
    """
    kind, sentence = next(
        (reason for fits, reason in _REASONS.items() if isinstance(error, fits)),
        (NoLogin, _MALFORMED),
    )
    if isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN:
        kind = Unavailable
    if type(error) is ConnectionError:  # asyncpg's, where the server declines to speak TLS
        kind, sentence = _REASONS[ssl.SSLError]
    try:
        parts = urlsplit(url)
        user = parts.username
    except ValueError:
        return NoLogin(_MALFORMED)
    if "@" in url and "@" not in parts.netloc:  # a password was taken apart
        return NoLogin(_MALFORMED)
    return kind(
        sentence.format(
            place=parts.netloc.rpartition("@")[2] or "its socket",
            user=user or "this account",
            name=parts.path.strip("/") or "of the user's name",
        )
    )
