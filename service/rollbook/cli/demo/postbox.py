"""The mail relay of the demo, on loopback with TLS, which keeps the mails that it gets."""

import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from queue import Empty, Queue

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

_HOST = "127.0.0.1"


class Postbox:
    """The mails that arrived, in order; and the settings that a sender to this relay needs."""

    def __init__(self, settings: Mapping[str, str], arrived: "Queue[EmailMessage]"):
        self.settings = settings
        self._arrived = arrived

    def wait_for(self, count: int, within: float) -> list[EmailMessage]:
        """So many mails, or those that arrived in time."""
        found: list[EmailMessage] = []
        try:
            while len(found) < count:
                found.append(self._arrived.get(timeout=within))
        except Empty:
            pass
        return found


class _Taking:
    """Takes whatever comes."""

    def __init__(self, arrived: "Queue[EmailMessage]"):
        self._arrived = arrived

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        content = envelope.content
        if isinstance(content, bytes):
            self._arrived.put(message_from_bytes(content, policy=policy.default))
        return "250 OK"


@contextmanager
def postbox(folder: Path) -> Iterator[Postbox]:
    """A relay with a certificate of its own authority, for as long as this lasts.

    `folder` gets the authority's certificate. The relay has a thread and a free port of its own.
    """
    authority = trustme.CA()
    trusted = folder / "authority.pem"
    authority.cert_pem.write_to_path(str(trusted))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(_HOST).configure_cert(context)
    arrived: Queue[EmailMessage] = Queue()
    relay = Controller(
        _Taking(arrived),
        hostname=_HOST,
        port=_free_port(),
        tls_context=context,
        require_starttls=True,
    )
    relay.start()
    settings = {
        "ROLLBOOK_MAIL_HOST": _HOST,
        "ROLLBOOK_MAIL_PORT": str(relay.port),
        "ROLLBOOK_MAIL_CA_FILE": str(trusted),
        "ROLLBOOK_MAIL_FROM": "accounts@example.com",
        "ROLLBOOK_MAIL_FROM_NAME": "Accounts",
    }
    try:
        yield Postbox(settings, arrived)
    finally:
        relay.stop()


def _free_port() -> int:
    """A port that is free now. The relay cannot choose one itself: it needs a number."""
    with socket.socket() as one:
        one.bind((_HOST, 0))
        port: int = one.getsockname()[1]
    return port
