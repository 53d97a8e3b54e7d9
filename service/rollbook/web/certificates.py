"""The certificates that HTTP shows: looked at before a start, and read again when they change."""

import logging
import ssl
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rollbook.web.listening import Listen

_log = logging.getLogger("rollbook.web")


def renewing(
    first: ssl.SSLContext, listen: "Listen"
) -> Callable[[ssl.SSLObject, str | None, ssl.SSLContext], None]:
    """What gives each new connection the certificate that the files have then.

    Files that cannot be used, such as one of a pair that is being replaced, change nothing yet.
    """
    files = [path for path in (listen.certificate, listen.key, listen.client_ca) if path]
    current, seen = first, _state_of(files)

    def choose(connection: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
        nonlocal current, seen
        now = _state_of(files)
        if now != seen:
            try:
                current, seen = _context_of(listen), now
            except ValueError as wrong:
                _log.warning("the certificates for HTTP cannot be read again: %s", wrong)
        connection.context = current

    return choose


def _state_of(files: Sequence[Path]) -> list[tuple[int, int, int] | None]:
    """What changes when a file is replaced or written; None where it is missing."""
    found: list[tuple[int, int, int] | None] = []
    for path in files:
        try:
            facts = path.stat()
        except OSError:
            found.append(None)
        else:
            found.append((facts.st_mtime_ns, facts.st_size, facts.st_ino))
    return found


def _context_of(listen: "Listen") -> ssl.SSLContext:
    """A context as uvicorn makes one of the same files.

    Raises:
        ValueError: a file cannot be used; names its setting.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    assert listen.certificate  # noqa: S101 -- there would be no TLS without one
    try:
        # With a passphrase that is none, so that nobody is asked for one.
        context.load_cert_chain(listen.certificate, listen.key, password="")
    except OSError as wrong:  # an error of TLS is one, too
        raise ValueError(
            f"ROLLBOOK_TLS_CERTIFICATE and ROLLBOOK_TLS_KEY: {listen.certificate} and {listen.key} "
            f"cannot be used for HTTP: {wrong}"
        ) from None
    if listen.client_ca:
        context.verify_mode = ssl.CERT_REQUIRED
        try:
            context.load_verify_locations(listen.client_ca)
        except OSError as wrong:
            raise ValueError(
                f"ROLLBOOK_TLS_CLIENT_CA: {listen.client_ca} cannot be used for HTTP: {wrong}"
            ) from None
    return context


def check_tls(listen: "Listen") -> None:
    """Raise ValueError if the files of TLS do not go together, or cannot be used."""
    if (listen.certificate is None) != (listen.key is None):
        raise ValueError("ROLLBOOK_TLS_CERTIFICATE and ROLLBOOK_TLS_KEY go together")
    if listen.certificate is not None:
        _context_of(listen)
    elif listen.client_ca is not None:
        raise ValueError(
            "ROLLBOOK_TLS_CLIENT_CA: it needs ROLLBOOK_TLS_CERTIFICATE and ROLLBOOK_TLS_KEY"
        )
