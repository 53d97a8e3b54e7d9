"""The client of an OpenID Connect issuer: an incomplete or wrong one is refused by its name."""

from dataclasses import replace
from pathlib import Path

import pytest

from rollbook.cli.server.openid_options import OpenIDOptions
from rollbook.model.openid_client import is_safe_url, read_client

_NONE = OpenIDOptions(
    jwt_issuer="",
    oidc_client_id="",
    oidc_client_secret_file=None,
    oidc_redirect_url="",
    oidc_name="",
    oidc_scopes="openid",
    oidc_token="access_token",
)


@pytest.fixture
def told(tmp_path: Path) -> OpenIDOptions:
    """All that is needed."""
    secret = tmp_path / "secret"
    secret.write_text(" a secret\n")
    return replace(
        _NONE,
        jwt_issuer="https://id.example/realms/one",
        oidc_client_id="console",
        oidc_client_secret_file=secret,
        oidc_redirect_url="https://people.example/sign-in/callback",
    )


def test_it_is_read_with_its_secret_which_it_does_not_show(told: OpenIDOptions) -> None:
    client = read_client(told)
    assert client
    assert (client.client_secret, client.name) == ("a secret", "id.example")
    assert "a secret" not in repr(client)


def test_without_any_of_its_settings_there_is_none() -> None:
    """An issuer of JWTs alone signs nobody in."""
    assert read_client(_NONE) is None
    assert read_client(replace(_NONE, jwt_issuer="urn:any")) is None


@pytest.mark.parametrize(
    "missing", ["jwt_issuer", "oidc_client_id", "oidc_client_secret_file", "oidc_redirect_url"]
)
def test_what_is_missing_is_named(told: OpenIDOptions, missing: str) -> None:
    empty = None if missing.endswith("file") else ""
    with pytest.raises(ValueError, match=f"^ROLLBOOK_{missing.upper()}: it is needed"):
        read_client(replace(told, **{missing: empty}))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("jwt_issuer", "http://id.example"),
        ("jwt_issuer", "https://id.example?tenant=1"),
        ("jwt_issuer", "id.example"),
        ("oidc_client_id", "con\nsole"),
        ("oidc_client_id", "Konsöle"),
        ("oidc_redirect_url", "http://people.example/sign-in/callback"),
        ("oidc_redirect_url", "https://people.example/"),
        ("oidc_redirect_url", "https://people.example/sign-in/callback#a"),
        ("oidc_scopes", "profile"),
    ],
)
def test_what_is_wrong_is_named(told: OpenIDOptions, name: str, value: str) -> None:
    with pytest.raises(ValueError, match=f"^ROLLBOOK_{name.upper()}: "):
        read_client(replace(told, **{name: value}))  # type: ignore[arg-type]


@pytest.mark.parametrize("content", [b"", b" \n", b"two\nlines", b"\xff", "ä".encode()])
def test_a_secret_that_cannot_be_one_is_named_and_not_shown(
    told: OpenIDOptions, content: bytes
) -> None:
    assert told.oidc_client_secret_file
    told.oidc_client_secret_file.write_bytes(content)
    with pytest.raises(ValueError, match=r"^ROLLBOOK_OIDC_CLIENT_SECRET_FILE: ") as refused:
        read_client(told)
    assert "lines" not in str(refused.value)
    told.oidc_client_secret_file.unlink()
    with pytest.raises(ValueError, match="cannot be read: No such file"):
        read_client(told)


def test_an_id_token_is_shown_where_the_service_takes_its_audience(told: OpenIDOptions) -> None:
    """It is for the client alone; of `rollbook web` the audience is not known."""
    shown = replace(told, oidc_token="id_token")
    assert read_client(shown)
    assert read_client(replace(shown, jwt_audience="console"))
    with pytest.raises(ValueError, match=r"^ROLLBOOK_OIDC_TOKEN: "):
        read_client(replace(shown, jwt_audience="another"))


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://id.example/a?b=c", True),
        ("http://localhost:8080/a", True),
        ("http://127.0.0.1", True),
        ("http://[::1]:1/a", True),
        ("http://id.example", False),
        ("http://127.0.0.1.evil.example", False),
        ("http://localhost@evil.example", False),
        ("https://a:b@id.example", False),
        ("https://", False),
        ("https://id.example:port", False),
        ("https://[::1", False),
        ("https://id.example/a b", False),
        ("javascript:alert(1)", False),
        ("file:///etc/passwd", False),
        ("", False),
    ],
)
def test_only_what_is_kept_from_others_is_sent_anything(url: str, safe: bool) -> None:
    """https, or this machine."""
    assert is_safe_url(url) is safe
