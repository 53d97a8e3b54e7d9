"""Talks with an OpenID Connect issuer: where people sign in, and what they come back with.

Authorization code flow with PKCE (S256), state and nonce. The issuer is believed over TLS alone, or
on this very machine; it is asked in bounded time for few bytes, by few at once, and anew each time,
so that a renewed key or address is never missed.
"""

import asyncio
import logging
import secrets
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from rollbook.model.openid_client import OpenIDClient, is_safe_url

_log = logging.getLogger("rollbook.web")
_WITHIN = 10.0
"""Seconds for all that one step of a sign-in asks of the issuer, and for the wait before it."""
_AT_ONCE = 8
_MOST_BYTES = 256 * 1024
_MOST_CHARACTERS = 4 * 1024
_LEEWAY = 30
"""Seconds by which the issuer's clock may differ from ours, as for its JWTs at the service."""
_METADATA = "/.well-known/openid-configuration"
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_AWAY = "{} does not answer now. Try again in a minute, or sign in another way."
_NONSENSE = "{} has not answered as it should. The log of this server says what was wrong."


class NotSignedIn(Exception):
    """Why somebody does not get in by the issuer, as a sentence; and the status of the page.

    `why` is what the log says of it, '' where it says nothing.
    """

    def __init__(self, message: str, status: int, why: str = ""):
        super().__init__(message)
        self.message = message
        self.status = status
        self.why = why


class Attempt(NamedTuple):
    """What a browser keeps while it is away: nobody else may finish what it has begun."""

    state: str
    nonce: str
    verifier: str


class Provider:
    """The issuer, as one client of it. Made within a running event loop."""

    def __init__(self, client: OpenIDClient):
        self._client = client
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._tls = ssl.create_default_context()

    @property
    def name(self) -> str:
        """Its name, for people."""
        return self._client.name

    async def look(self) -> None:
        """Whether the issuer's metadata are as a sign-in needs them; raises as `begin`."""
        async with self._asking() as asking:
            await self._discover(asking)

    async def begin(self) -> tuple[str, Attempt]:
        """The address at which somebody signs in, and what their browser keeps meanwhile.

        Raises:
            NotSignedIn: the issuer is away, or answers nonsense.
        """
        attempt = Attempt(*(secrets.token_urlsafe(32) for _ in Attempt._fields))
        async with self._asking() as asking:
            endpoints = await self._discover(asking)
            url, _ = asking.create_authorization_url(
                endpoints["authorization_endpoint"],
                state=attempt.state,
                nonce=attempt.nonce,
                code_verifier=attempt.verifier,
            )
        return str(url), attempt

    async def finish(self, attempt: Attempt, code: str, issuer: str) -> str:
        """The token that our own server is shown, for the code that somebody came back with.

        `issuer` is who says to have sent them, '' where nobody does (RFC 9207).

        Raises:
            NotSignedIn: the code is refused, the ID token is not for this attempt, or as `begin`.
        """
        if issuer not in {"", self._client.issuer}:  # the code of one is not taken to another
            raise self.refused("another issuer has sent you")
        if not 0 < len(code) <= _MOST_CHARACTERS:
            raise self.refused("it sent no code")
        async with self._asking() as asking:
            endpoints = await self._discover(asking)
            answer = await asking.fetch_token(
                endpoints["token_endpoint"],
                grant_type="authorization_code",
                code=code,
                code_verifier=attempt.verifier,
            )
            keys = await _json(asking, endpoints["jwks_uri"])
            self._check(answer, keys, attempt.nonce)
            token = answer.get(self._client.token)
        if not isinstance(token, str):
            raise self._nonsense(f"its {self._client.token} is no text")
        return token

    def refused(self, why: str) -> NotSignedIn:
        """The message for somebody whom the issuer has not signed in."""
        return NotSignedIn(f"{self.name} did not sign you in: {why}.", 401)

    @asynccontextmanager
    async def _asking(self) -> AsyncIterator[AsyncOAuth2Client]:
        """What asks the issuer, for as long as that may take; its failures are ours.

        Raises:
            NotSignedIn: as `finish`.
        """
        try:
            async with asyncio.timeout(_WITHIN), self._turns, self._open() as asking:
                yield asking
        except (TimeoutError, httpx2.TransportError) as wrong:
            _log.warning("%s does not answer: %s", self._client.issuer, type(wrong).__name__)
            why = f"it does not answer ({type(wrong).__name__})"
            raise NotSignedIn(_AWAY.format(self.name), 503, why) from None
        except OAuthError as wrong:
            raise self.refused(error_word(wrong.error)) from None
        except _WrongToken as wrong:
            _log.warning("an ID token of %s is refused: %s", self._client.issuer, wrong)
            raise self.refused("its ID token is not for this sign-in") from None
        except _Nonsense as wrong:
            raise self._nonsense(str(wrong)) from None
        except Exception as wrong:  # whatever a library makes of what it was answered
            raise self._nonsense(type(wrong).__name__) from None

    def _nonsense(self, why: str) -> NotSignedIn:
        _log.warning("%s has not answered as it should: %s", self._client.issuer, why)
        return NotSignedIn(_NONSENSE.format(self.name), 502, why)

    def _open(self) -> AsyncOAuth2Client:
        client = self._client
        return AsyncOAuth2Client(
            client_id=client.client_id,
            client_secret=client.client_secret,
            redirect_uri=client.redirect_url,
            scope=client.scopes,
            code_challenge_method="S256",
            verify=self._tls,
            timeout=_WITHIN,
            follow_redirects=False,
            headers={"accept-encoding": "identity"},
            event_hooks={"response": [_bound]},
        )

    async def _discover(self, asking: AsyncOAuth2Client) -> Mapping[str, str]:
        """The issuer's endpoints, by their names in its metadata."""
        found = await _json(asking, self._client.issuer.rstrip("/") + _METADATA)
        if found.get("issuer") != self._client.issuer:
            raise _Nonsense("its metadata is of another issuer")
        for name in _ENDPOINTS:
            if not (isinstance(url := found.get(name), str) and is_safe_url(url)):
                raise _Nonsense(f"its {name} is no https://…")
        known = found.get("token_endpoint_auth_methods_supported")
        if isinstance(known, list) and "client_secret_basic" not in known:
            asking.token_endpoint_auth_method = "client_secret_post"  # noqa: S105
        return {name: found[name] for name in _ENDPOINTS}

    def _check(self, answer: Mapping[str, Any], keys: Mapping[str, Any], nonce: str) -> None:
        """Whether the ID token is the issuer's, for this client and this attempt.

        Raises:
            _WrongToken: it is not.
        """
        signed = _verified(answer.get("id_token"), keys)
        claims = CodeIDToken(
            signed.claims,
            signed.header,
            {
                "iss": {"essential": True, "value": self._client.issuer},
                "aud": {"essential": True, "value": self._client.client_id},
            },
            {
                "nonce": nonce,
                "client_id": self._client.client_id,
                "access_token": answer.get("access_token"),
            },
        )
        try:
            claims.validate(leeway=_LEEWAY)
        except JoseError as wrong:  # it names the claim
            raise _WrongToken(str(wrong)) from None


class _Nonsense(Exception):
    """What is wrong with an answer of the issuer; nothing of its own text is in it."""


class _WrongToken(Exception):
    """What is wrong with an ID token; nothing of it is in it, but the name of a claim."""


class _Bounded(httpx2.AsyncByteStream):
    """A body that ends in an error when it is too long."""

    def __init__(self, inner: httpx2.AsyncByteStream):
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = _MOST_BYTES
        async for piece in self._inner:
            left -= len(piece)
            if left < 0:
                raise _Nonsense("its answer is too long")
            yield piece

    async def aclose(self) -> None:
        """Close what is bounded."""
        await self._inner.aclose()


async def _bound(response: httpx2.Response) -> None:
    """Let no answer be long, nor become so: we asked for it as it is."""
    if response.headers.get("content-encoding", "identity") != "identity":
        raise _Nonsense("its answer is compressed")
    assert isinstance(response.stream, httpx2.AsyncByteStream)  # noqa: S101 -- it was asked for so
    response.stream = _Bounded(response.stream)


async def _json(asking: AsyncOAuth2Client, url: str) -> Mapping[str, Any]:
    """The object that is found there."""
    answer = await asking.request("GET", url, withhold_token=True)
    if answer.status_code != httpx2.codes.OK:
        raise _Nonsense(f"{url} is answered with the status {answer.status_code}")
    found = answer.json()
    if not isinstance(found, dict):
        raise _Nonsense(f"{url} is no JSON object")
    return found


def _verified(token: object, keys: Mapping[str, Any]) -> jwt.Token:
    """The token, once a key of the issuer's has verified it.

    As at the service, a key decides about the algorithm: RSA is RS256 and P-256 is ES256, whatever
    the token claims.

    Raises:
        _WrongToken: none has.
    """
    if not isinstance(token, str):
        raise _WrongToken("there is none")
    try:
        header = jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError):
        raise _WrongToken("it is no JWT") from None
    known = keys.get("keys")
    for each in known if isinstance(known, list) else []:
        algorithm, key = _key(each)
        if key and (header.get("kid") in (None, each.get("kid")) or each.get("kid") is None):
            try:
                return jwt.decode(token, key, algorithms=[algorithm])
            except (JoseError, ValueError):  # the next key may have signed it
                continue
    raise _WrongToken("no key of the issuer's has signed it, by RS256 or ES256")


def _key(described: object) -> tuple[str, RSAKey | ECKey | None]:
    """A key to verify with, and its algorithm; None: it is of another kind, or for other things."""
    if not isinstance(described, dict) or described.get("use", "sig") != "sig":
        return "", None
    try:
        if described.get("kty") == "RSA":
            return "RS256", RSAKey.import_key(described)
        if described.get("kty") == "EC" and described.get("crv") == "P-256":
            return "ES256", ECKey.import_key(described)
    except (JoseError, ValueError, TypeError, KeyError):
        pass
    return "", None


def error_word(error: object) -> str:
    """An error of OAuth 2.0 by its word; what is none is not repeated."""
    is_one = isinstance(error, str) and error.isascii() and error.replace("_", "").isalpha()
    return str(error) if is_one and len(str(error)) < 50 else "it names no reason"
