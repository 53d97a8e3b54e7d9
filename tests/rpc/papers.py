"""Makes certificates for servers and clients, of authorities that a test makes up."""

import socket
import ssl
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import trustme

from rollbook.client import Tls

NAMES = ("localhost", "127.0.0.1")


@dataclass(frozen=True)
class Papers:
    """An authority, and files in `folder`: its `ca`, and a server's `certificate` and `key`."""

    authority: trustme.CA
    folder: Path

    @property
    def certificate(self) -> Path:
        return self.folder / "certificate.pem"

    @property
    def key(self) -> Path:
        return self.folder / "key.pem"

    @property
    def ca(self) -> Path:
        return self.folder / "ca.pem"

    @property
    def settings(self) -> dict[str, Any]:
        """The settings of a server that shows the certificate."""
        return {"tls_certificate": self.certificate, "tls_key": self.key}

    def issue(self, *names: str, until: datetime | None = None) -> trustme.LeafCert:
        """A new certificate, written nowhere."""
        return self.authority.issue_cert(*(names or NAMES), not_after=until)

    def write(self, leaf: trustme.LeafCert) -> trustme.LeafCert:
        """Put it into the files, each at once, as careful operators do."""
        _replace(self.certificate, chain(leaf))
        _replace(self.key, leaf.private_key_pem.bytes())
        return leaf

    def tls(self, client: trustme.LeafCert | None = None) -> Tls:
        """What a client needs that trusts the authority, and may have a certificate itself."""
        ca = self.authority.cert_pem.bytes()
        if client is None:
            return Tls(ca=ca)
        return Tls(ca=ca, certificate=chain(client), key=client.private_key_pem.bytes())


def new_papers(folder: Path) -> Papers:
    """An authority of its own, its `ca.pem`, and a first certificate for this machine."""
    papers = Papers(trustme.CA(), folder)
    papers.ca.write_bytes(papers.authority.cert_pem.bytes())
    papers.write(papers.issue())
    return papers


def chain(leaf: trustme.LeafCert) -> bytes:
    """The certificate and those between it and its authority, in PEM."""
    return b"".join(one.bytes() for one in leaf.cert_chain_pems)


def shown(address: str, papers: Papers, *, protocols: tuple[str, ...] = ("h2",)) -> bytes:
    """The certificate that a new connection is shown, verified, in PEM."""
    context = ssl.create_default_context(cadata=papers.authority.cert_pem.bytes().decode())
    context.set_alpn_protocols(list(protocols))
    with (
        socket.create_connection(_pair(address), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secured,
    ):
        assert secured.selected_alpn_protocol() == "h2"
        return ssl.DER_cert_to_PEM_cert(secured.getpeercert(binary_form=True) or b"").encode()


def told_in_clear(address: str, words: bytes) -> bytes:
    """All that a peer answers to these bytes, and that no more come, until it hangs up."""
    answer = bytearray()
    with socket.create_connection(_pair(address), timeout=10) as plain:
        plain.sendall(words)
        plain.shutdown(socket.SHUT_WR)
        try:
            while piece := plain.recv(4096):
                answer += piece
        except ConnectionResetError:
            pass
    return bytes(answer)


def _pair(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host, int(port)


def _replace(path: Path, content: bytes) -> None:
    beside = path.with_suffix(".new")
    beside.write_bytes(content)
    beside.replace(path)
