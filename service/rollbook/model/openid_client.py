"""The client of an OpenID Connect issuer by which people sign in: its settings, judged together.

`serve`, `doctor` and `rollbook web`, which has no other setting, all read it here.
"""

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

CALLBACK = "/sign-in/callback"
"""The path of the console to which the issuer sends people back."""
_OPENID = "openid"
_ID_TOKEN = "id_token"  # noqa: S105 -- the name of a kind


class OpenIDSettings(Protocol):
    """What was set, by the names of the settings; '' and None: nothing."""

    @property
    def jwt_issuer(self) -> str: ...  # noqa: D102 -- settings say what they are
    @property
    def jwt_audience(self) -> str: ...  # noqa: D102
    @property
    def oidc_client_id(self) -> str: ...  # noqa: D102
    @property
    def oidc_client_secret_file(self) -> Path | None: ...  # noqa: D102
    @property
    def oidc_redirect_url(self) -> str: ...  # noqa: D102
    @property
    def oidc_name(self) -> str: ...  # noqa: D102
    @property
    def oidc_scopes(self) -> str: ...  # noqa: D102
    @property
    def oidc_token(self) -> str: ...  # noqa: D102


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIDClient:
    """A client that the issuer knows.

    `issuer` is its `iss`, whose metadata is found behind it. `token` names the member of the
    issuer's answer that is shown to our own server: `access_token` or `id_token`.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    redirect_url: str
    name: str
    scopes: str
    token: str


def read_client(settings: OpenIDSettings) -> OpenIDClient | None:
    """The client that the settings name, with its secret; None where they name none.

    Raises:
        ValueError: only some of them are there, one is wrong, or the secret cannot be read; names
            the setting.
    """
    needed = {
        "ROLLBOOK_OIDC_CLIENT_ID": settings.oidc_client_id,
        "ROLLBOOK_OIDC_CLIENT_SECRET_FILE": settings.oidc_client_secret_file,
        "ROLLBOOK_OIDC_REDIRECT_URL": settings.oidc_redirect_url,
    }
    if not any((*needed.values(), settings.oidc_name)):
        return None
    for name, value in {**needed, "ROLLBOOK_JWT_ISSUER": settings.jwt_issuer}.items():
        if not value:
            raise ValueError(f"{name}: it is needed, since people sign in by OpenID Connect")
    _check_text("ROLLBOOK_OIDC_CLIENT_ID", settings.oidc_client_id)
    _check_url("ROLLBOOK_JWT_ISSUER", settings.jwt_issuer)
    _check_url("ROLLBOOK_OIDC_REDIRECT_URL", settings.oidc_redirect_url)
    if urlsplit(settings.oidc_redirect_url).path != CALLBACK:
        raise ValueError(f"ROLLBOOK_OIDC_REDIRECT_URL: its path must be {CALLBACK}")
    if _OPENID not in settings.oidc_scopes.split():
        raise ValueError(f"ROLLBOOK_OIDC_SCOPES: {_OPENID} must be among them")
    if settings.oidc_token == _ID_TOKEN and settings.jwt_audience not in {
        "",
        settings.oidc_client_id,
    }:
        raise ValueError(
            "ROLLBOOK_OIDC_TOKEN: an ID token is for the client alone, so ROLLBOOK_JWT_AUDIENCE "
            "must be ROLLBOOK_OIDC_CLIENT_ID"
        )
    assert settings.oidc_client_secret_file  # noqa: S101 -- it was needed
    return OpenIDClient(
        issuer=settings.jwt_issuer,
        client_id=settings.oidc_client_id,
        client_secret=_secret(settings.oidc_client_secret_file),
        redirect_url=settings.oidc_redirect_url,
        name=settings.oidc_name or urlsplit(settings.jwt_issuer).netloc,
        scopes=" ".join(settings.oidc_scopes.split()),
        token=settings.oidc_token,
    )


def is_safe_url(url: str) -> bool:
    """Whether what is sent there stays between us and its host: https, or this very machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return False
    if not host or parts.username is not None or not url.isascii() or " " in url:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _check_url(setting: str, url: str) -> None:
    if not is_safe_url(url) or "?" in url or "#" in url:
        raise ValueError(
            f"{setting}: {url!r} must be https://…, or http://… on this machine, without ? and #"
        )


def _secret(path: Path) -> str:
    """The secret in the file, without white space around it."""
    setting = "ROLLBOOK_OIDC_CLIENT_SECRET_FILE"
    try:
        secret = path.read_text("utf-8").strip()
    except OSError as wrong:
        raise ValueError(f"{setting}: {path} cannot be read: {wrong.strerror}") from None
    except UnicodeDecodeError:
        raise ValueError(f"{setting}: {path} is no text") from None
    _check_text(setting, secret)
    return secret


def _check_text(setting: str, text: str) -> None:
    """What OAuth 2.0 admits as an identifier or a secret (RFC 6749, appendix A)."""
    if not text or not (text.isascii() and text.isprintable()):
        raise ValueError(f"{setting}: it must be one line of ASCII, and not empty")
