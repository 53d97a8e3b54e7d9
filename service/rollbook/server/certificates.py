"""Reads the TLS files of a listener, and reads them again when they change."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from rollbook.access.reloading import ReloadedFile, content
from rollbook.settings import Settings

_CERTIFICATE, _KEY = "ROLLBOOK_TLS_CERTIFICATE", "ROLLBOOK_TLS_KEY"
_CLIENT_CA = "ROLLBOOK_TLS_CLIENT_CA"


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificates:
    """A certificate chain with its key, and the authority of client certificates; None: any client.

    All are PEM. `names` are the DNS names and addresses that clients may know the server by,
    `expires` is in UTC.
    """

    chain: bytes
    key: bytes
    client_ca: bytes | None
    names: tuple[str, ...]
    expires: datetime


def open_certificates(settings: Settings) -> ReloadedFile[Certificates] | None:
    """The server's certificates, read again as the files change; None where none are set.

    Raises:
        ValueError: one file is set without the other, cannot be read or used, or the two do not
            fit; names the setting and the file.
    """
    certificate, key, client_ca = settings.tls_certificate, settings.tls_key, settings.tls_client_ca
    if certificate is None and key is None:
        if client_ca is not None:
            raise ValueError(f"{_CLIENT_CA}: it needs {_CERTIFICATE} and {_KEY}")
        return None
    if certificate is None:
        raise ValueError(f"{_CERTIFICATE}: it is needed, since {_KEY} is set")
    if key is None:
        raise ValueError(f"{_KEY}: it is needed, since {_CERTIFICATE} is set")
    paths = [path for path in (certificate, key, client_ca) if path is not None]
    return ReloadedFile(paths, _reader(certificate, key, client_ca))


def _reader(certificate: Path, key: Path, client_ca: Path | None) -> Callable[[], Certificates]:
    def read() -> Certificates:
        chain, secret = content(_CERTIFICATE, certificate), content(_KEY, key)
        first = _certificates(_CERTIFICATE, certificate, chain)[0]
        if _private_key(key, secret).public_key() != first.public_key():
            raise ValueError(f"{_KEY}: {key} is not the key of the certificate in {certificate}")
        authorities = None if client_ca is None else content(_CLIENT_CA, client_ca)
        if client_ca is not None and authorities is not None:
            _certificates(_CLIENT_CA, client_ca, authorities)
        return Certificates(
            chain=chain,
            key=secret,
            client_ca=authorities,
            names=_names(first),
            expires=first.not_valid_after_utc,
        )

    return read


def _certificates(setting: str, path: Path, pem: bytes) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError:
        raise ValueError(
            f"{setting}: {path} holds no certificate in PEM, or a broken one"
        ) from None


def _private_key(path: Path, pem: bytes) -> RSAPrivateKey | EllipticCurvePrivateKey:
    try:
        found = load_pem_private_key(pem, password=None)
    except TypeError:
        raise ValueError(f"{_KEY}: {path} asks for a passphrase; store it without one") from None
    except Exception:  # the library's own, by what is wrong; each means the same here
        raise ValueError(f"{_KEY}: {path} holds no private key in PEM, or a broken one") from None
    if not isinstance(found, RSAPrivateKey | EllipticCurvePrivateKey):
        raise ValueError(f"{_KEY}: {path} is neither an RSA nor an EC key; gRPC takes no other")
    return found


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:  # then no client of today can know it by any name
        return ()
    addresses = found.get_values_for_type(x509.IPAddress)
    return (*found.get_values_for_type(x509.DNSName), *map(str, addresses))
