"""Where a server may use clear text, and which certificates it starts with."""

from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from rollbook.server.certificates import open_certificates
from rollbook.server.listener import check_plaintext
from rollbook.settings import Settings

HERE = [
    "127.0.0.1:0",
    "127.9.9.9:1",
    "[::1]:50051",
    "localhost:50051",
    "unix:/run/a.sock",
    "unix:a",
]
ELSEWHERE = [
    "0.0.0.0:50051",
    "[::]:50051",
    "10.0.0.1:50051",
    "[2001:db8::1]:50051",
    "[::ffff:10.0.0.1]:50051",
    "0:50051",
    "192.0.2.1:50051",
]
NOWHERE = [
    "unheard-of.invalid:50051",
    "127.0.0.1.invalid:50051",
    "ipv4:127.0.0.1:50051",
    "::1:1:x:1",
]


@pytest.mark.parametrize("listen", HERE)
def test_clear_text_stays_on_this_machine(listen: str) -> None:
    check_plaintext(Settings(listen=listen))


@pytest.mark.parametrize("listen", ELSEWHERE)
def test_clear_text_elsewhere_has_to_be_allowed(listen: str) -> None:
    """The refusal names the setting, and those that would change it."""
    with pytest.raises(ValueError, match=r"^ROLLBOOK_LISTEN: .*ROLLBOOK_ALLOW_PLAINTEXT=true"):
        check_plaintext(Settings(listen=listen))
    check_plaintext(Settings(listen=listen, allow_plaintext=True))


@pytest.mark.parametrize("listen", NOWHERE)
def test_a_host_that_cannot_be_found_is_not_taken_for_loopback(listen: str) -> None:
    with pytest.raises(ValueError, match=r"^ROLLBOOK_LISTEN: .* the host cannot be found"):
        check_plaintext(Settings(listen=listen))


def test_a_name_is_loopback_only_if_all_its_addresses_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's resolver is replaced: no name of ours has two such addresses everywhere."""
    addresses = ["127.0.0.1", "10.0.0.1"]
    monkeypatch.setattr(
        "socket.getaddrinfo", lambda *_, **__: [(2, 1, 6, "", (one, 0)) for one in addresses]
    )
    with pytest.raises(ValueError, match="is not on loopback"):
        check_plaintext(Settings(listen="rollbook.internal:50051"))
    addresses.pop()
    check_plaintext(Settings(listen="rollbook.internal:50051"))


# --- certificates -------------------------------------------------------------------------------


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A certificate, its key and a client's authority, all as they should be."""
    ca = trustme.CA()
    leaf = ca.issue_cert("localhost", "127.0.0.1", "xn--bcher-kva.example")
    (tmp_path / "certificate").write_bytes(leaf.cert_chain_pems[0].bytes())
    (tmp_path / "key").write_bytes(leaf.private_key_pem.bytes())
    (tmp_path / "ca").write_bytes(ca.cert_pem.bytes())
    return Settings(
        tls_certificate=tmp_path / "certificate",
        tls_key=tmp_path / "key",
        tls_client_ca=tmp_path / "ca",
    )


def changed(settings: Settings, **to: object) -> Settings:
    return settings.model_copy(update=to)


def test_a_certificate_says_its_names_and_its_end(settings: Settings) -> None:
    opened = open_certificates(settings)
    assert opened is not None
    found = opened.current()
    assert found.names == ("localhost", "xn--bcher-kva.example", "127.0.0.1")
    assert found.expires.utcoffset() is not None
    assert open_certificates(Settings()) is None


@pytest.mark.parametrize(
    ("lost", "says"),
    [
        ("tls_certificate", "^ROLLBOOK_TLS_CERTIFICATE: it is needed, since ROLLBOOK_TLS_KEY is"),
        ("tls_key", "^ROLLBOOK_TLS_KEY: it is needed, since ROLLBOOK_TLS_CERTIFICATE is set"),
    ],
)
def test_certificate_and_key_go_together(settings: Settings, lost: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        open_certificates(changed(settings, **{lost: None}))


def test_a_clients_authority_needs_a_certificate_to_show(settings: Settings) -> None:
    """Else the operator would believe that clients were asked."""
    with pytest.raises(ValueError, match=r"^ROLLBOOK_TLS_CLIENT_CA: it needs"):
        open_certificates(changed(settings, tls_certificate=None, tls_key=None))


@pytest.mark.parametrize("setting", ["tls_certificate", "tls_key", "tls_client_ca"])
@pytest.mark.parametrize(
    "content",
    [None, b"", b"hello", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"],
    ids=["missing", "empty", "words", "broken"],
)
def test_a_file_that_cannot_be_used_is_named_with_its_setting(
    settings: Settings, setting: str, content: bytes | None
) -> None:
    path: Path = getattr(settings, setting)
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    with pytest.raises(ValueError, match=rf"^ROLLBOOK_{setting.upper()}: {path} (cannot|holds no)"):
        open_certificates(settings)


def test_another_certificates_key_is_refused(settings: Settings) -> None:
    assert settings.tls_key is not None
    settings.tls_key.write_bytes(trustme.CA().issue_cert("localhost").private_key_pem.bytes())
    with pytest.raises(
        ValueError, match=r"^ROLLBOOK_TLS_KEY: .* is not the key of the certificate"
    ):
        open_certificates(settings)


def test_a_key_that_the_server_could_not_use_is_refused(settings: Settings) -> None:
    """One with a passphrase, and one of a kind that gRPC does not take."""
    path = settings.tls_key
    assert path is not None
    secret = load_pem_private_key(path.read_bytes(), None)
    sealed = BestAvailableEncryption(b"secret")
    path.write_bytes(secret.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, sealed))
    with pytest.raises(ValueError, match=r"^ROLLBOOK_TLS_KEY: .* asks for a passphrase"):
        open_certificates(settings)
    other = Ed25519PrivateKey.generate()
    path.write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(ValueError, match=r"^ROLLBOOK_TLS_KEY: .* neither an RSA nor an EC key"):
        open_certificates(settings)
