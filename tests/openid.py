"""An OpenID provider on loopback: it is as strict as a good one, and misbehaves as a test asks.

It holds clients to their secret, their redirect URL and PKCE, and each code to one use. People sign
in by the link of its page.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.jwk import ECKey

METADATA, AUTHORIZE, TOKEN, KEYS = (
    *("/.well-known/openid-configuration", "/authorize"),
    *("/token", "/keys"),
)
CLIENT, SECRET, AUDIENCE = "rollbook-console", "a-secret-of-the-client", "rollbook"
CALLBACK = "/sign-in/callback"
NAME = "Example ID"
Answer = tuple[int, Mapping[str, str], bytes]
Signer = Callable[[Mapping[str, object]], str]


@dataclass
class Wrong:
    """What a test asks of it: claims that are other ones (None: left out), and worse."""

    id_claims: Mapping[str, object] = field(default_factory=dict)
    access_claims: Mapping[str, object] = field(default_factory=dict)
    sign: Signer | None = None
    answers: Mapping[str, Answer | None] = field(default_factory=dict)
    """What a path is answered with instead; None: the connection is closed without a word."""
    hang: str = ""
    """A path that is not answered until the test is over."""


class OpenIDProvider:
    """A running provider, and what it has seen."""

    def __init__(self, host: str):
        self.key = ECKey.generate_key("P-256", {"kid": "one"}, private=True)
        self.wrong = Wrong()
        self.over = threading.Event()
        self.asked: list[str] = []
        """The paths that clients asked for, in order."""
        self.issued: list[str] = []
        """Every code and token, none of which may be kept anywhere."""
        self.codes: dict[str, Mapping[str, str]] = {}
        self.redirect_url = ""
        self.lasts = 900
        provider = self

        class Handler(_Handler):
            of = provider

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://{host}:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """End it."""
        self.over.set()
        self._server.shutdown()
        self._server.server_close()

    @contextmanager
    def misbehaving(self, wrong: Wrong) -> Iterator[None]:
        """Let it be wrong meanwhile."""
        self.wrong, before = wrong, self.wrong
        try:
            yield
        finally:
            self.over.set()
            self.wrong, self.over = before, threading.Event()

    def settings(self, folder: Path) -> dict[str, object]:
        """The settings of a server whose console it signs people in to."""
        keys, secret = folder / "issuer.pem", folder / "client.secret"
        public = self.key.public_key
        keys.write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        secret.write_text(f"{SECRET}\n")
        secret.chmod(0o600)
        return {
            "jwt_issuer": self.url,
            "jwt_audience": AUDIENCE,
            "jwt_keys": keys,
            "oidc_client_id": CLIENT,
            "oidc_client_secret_file": secret,
            "oidc_redirect_url": self.redirect_url,
            "oidc_name": NAME,
            "oidc_scopes": "openid profile",
        }

    def sign(self, claims: Mapping[str, object]) -> str:
        """A JWT of its own."""
        said = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode({"alg": "ES256", "kid": "one"}, said, self.key, algorithms=["ES256"])

    def metadata(self) -> dict[str, object]:
        """What it says of itself."""
        return {
            "issuer": self.url,
            "authorization_endpoint": self.url + AUTHORIZE,
            "token_endpoint": self.url + TOKEN,
            "jwks_uri": self.url + KEYS,
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256", "none"],
        }

    def authorize(self, query: Mapping[str, str]) -> str:
        """The address to which somebody who signs in is sent."""
        assert query["client_id"] == CLIENT
        assert query["redirect_uri"] == self.redirect_url
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        assert "openid" in query["scope"].split()
        code = secrets.token_urlsafe(16)
        self.codes[code] = query
        self.issued.append(code)
        back = {"code": code, "state": query["state"], "iss": self.url}
        return f"{self.redirect_url}?{urlencode(back)}"

    def exchange(self, form: Mapping[str, str], authorization: str) -> tuple[int, object]:
        """The tokens for a code, once; or an error."""
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if authorization != f"Basic {basic}":
            return 401, {"error": "invalid_client"}
        begun = self.codes.pop(form.get("code", ""), None)
        proof = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if (
            begun is None
            or form["grant_type"] != "authorization_code"
            or form["redirect_uri"] != begun["redirect_uri"]
            or base64.urlsafe_b64encode(proof).rstrip(b"=").decode() != begun["code_challenge"]
        ):
            return 400, {"error": "invalid_grant", "error_description": "<b>no</b>"}
        now = int(time.time())
        both = {"iss": self.url, "sub": "ada@example.org", "iat": now, "exp": now + self.lasts}
        rights = {"scope": "imports:read users:read", "rollbook_directories": ["main"]}
        access = self.sign({**both, "aud": AUDIENCE, **rights, **self.wrong.access_claims})
        claims = {
            **both,
            "aud": CLIENT,
            "nonce": begun["nonce"],
            "at_hash": half_hash(access),
            **self.wrong.id_claims,
        }
        identity = (self.wrong.sign or self.sign)(claims)
        # What is put in the place of a token may be any word, also one that a page has.
        self.issued += [token for token in (access, identity) if len(token) > 100]
        told = {"access_token": access, "token_type": "Bearer", "expires_in": self.lasts}
        return 200, {**told, "id_token": identity}


class _Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    of: OpenIDProvider

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if self._is_wrong(parts.path):
            return
        if parts.path == METADATA:
            self._json(200, self.of.metadata())
        elif parts.path == KEYS:
            self._json(200, {"keys": [self.of.key.as_dict(private=False)]})
        elif parts.path == AUTHORIZE:
            back = escape(self.of.authorize(dict(parse_qsl(parts.query))))
            page = f'<!doctype html><title>{NAME}</title><a href="{back}">I am Ada</a>'
            self._send(200, {"content-type": "text/html"}, page.encode())
        else:
            self._send(404, {}, b"")

    def do_POST(self) -> None:
        form = self.rfile.read(int(self.headers["content-length"])).decode()
        if not self._is_wrong(urlsplit(self.path).path):
            told = self.of.exchange(dict(parse_qsl(form)), self.headers.get("authorization", ""))
            self._json(*told)

    def _is_wrong(self, path: str) -> bool:
        """Whether the test wants something else, which has then been done."""
        self.of.asked.append(path)
        wrong, over = self.of.wrong, self.of.over
        if path == wrong.hang:
            over.wait(60)
            return True
        if path not in wrong.answers:
            return False
        if answer := wrong.answers[path]:
            self._send(*answer)
        return True

    def _json(self, status: int, content: Any) -> None:
        self._send(status, {"content-type": "application/json"}, json.dumps(content).encode())

    def _send(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in {**headers, "content-length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def half_hash(token: str) -> str:
    """What an ID token says about its access token, of ES256."""
    half = hashlib.sha256(token.encode()).digest()[:16]
    return base64.urlsafe_b64encode(half).rstrip(b"=").decode()


@contextmanager
def providing(host: str = "127.0.0.1") -> Iterator[OpenIDProvider]:
    """A provider for as long as this lasts, under that name of this machine."""
    provider = OpenIDProvider(host)
    try:
        yield provider
    finally:
        provider.close()
