"""Chooses how a connection is secured: by TLS, or in clear text where that is allowed."""

import ipaddress
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import grpc

_UNIX = "unix:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """TLS to a server; all PEM.

    `ca` holds the authorities whose word is taken for the server, None: the system's.
    `certificate` and `key` are the client's own, for a server that asks for one (mutual TLS).
    """

    ca: bytes | None = None
    certificate: bytes | None = None
    key: bytes | None = field(default=None, repr=False)

    @classmethod
    def read(
        cls, *, ca: Path | None = None, certificate: Path | None = None, key: Path | None = None
    ) -> Self:
        """The same from files; the certificate's file holds its chain.

        Raises:
            ValueError: a file cannot be read or used, or the key is not the certificate's; the
                message names the file.
        """
        if (certificate is None) != (key is None):
            raise ValueError("a client's certificate and its key go together")
        if ca is not None:
            _check(ca)
        if certificate is not None and key is not None:
            _check_pair(certificate, key)
        return cls(ca=_bytes(ca), certificate=_bytes(certificate), key=_bytes(key))

    def credentials(self) -> grpc.ChannelCredentials:
        """The same for gRPC."""
        ca = self.ca if self.ca is not None else _system()
        return grpc.ssl_channel_credentials(ca, self.key, self.certificate)


def is_local(address: str) -> bool:
    """Whether what is sent to `HOST:PORT` or `unix:PATH` cannot leave this machine.

    Of names only `localhost` is taken at its word.
    """
    if address.startswith(_UNIX):
        return True
    host = address.rpartition(":")[0].strip("[]").lower()
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _check(certificate: Path) -> None:
    """Raise ValueError where the file holds no certificate that could be trusted."""
    try:
        ssl.create_default_context(cafile=certificate)
    except ssl.SSLError:
        raise ValueError(f"{certificate} holds no certificate in PEM, or a broken one") from None
    except OSError as wrong:
        raise _unreadable(certificate, wrong) from None


def _check_pair(certificate: Path, key: Path) -> None:
    """Raise ValueError where the key is not the certificate's, or asks for a passphrase."""
    _check(certificate)
    _bytes(key)
    try:
        # The passphrase is given, so that the terminal never asks for one.
        ssl.create_default_context().load_cert_chain(certificate, key, password="")
    except ssl.SSLError as wrong:
        if wrong.reason == "KEY_VALUES_MISMATCH":
            text = f"{key} is not the key of the certificate in {certificate}"
        else:
            text = f"{key} holds no private key in PEM, a broken one, or one with a passphrase"
        raise ValueError(text) from None


def _bytes(path: Path | None) -> bytes | None:
    try:
        return None if path is None else path.read_bytes()
    except OSError as wrong:
        raise _unreadable(path, wrong) from None


def _unreadable(path: Path | None, wrong: OSError) -> ValueError:
    return ValueError(f"{path} cannot be read: {wrong.strerror}")


def _system() -> bytes | None:
    """The authorities that this system trusts; None where it keeps none: then gRPC has its own."""
    path = ssl.get_default_verify_paths().cafile
    return Path(path).read_bytes() if path else None
