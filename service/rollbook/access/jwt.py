"""Verifies a JWT of the configured issuer and makes its caller, or refuses it."""

import math
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple, Self

from joserfc import jws, jwt

from rollbook.access.caller import Caller
from rollbook.access.jwks import Key, algorithm, read_keys
from rollbook.access.reloading import ReloadedFile
from rollbook.access.scopes import Scope
from rollbook.errors import Reason, Refusal
from rollbook.settings import Settings

_MOST_CHARACTERS = 8 * 1024  # as much as a call's metadata may have by default
_MOST_OF_A_NAME = 200
_LEEWAY = 30.0
"""Seconds by which the issuer's clock may be ahead of ours."""
_TYPES = frozenset({"jwt", "at+jwt", "application/at+jwt"})
_NOT_UNDERSTOOD = ("crit", "b64")
"""Header members that change what the rest means; a token that has one is refused."""
_ALL = "*"
_SCOPES = {scope.value: scope for scope in Scope}


def looks_like_jwt(token: str) -> bool:
    """Whether an access token has the shape of a JWT: three parts, with dots between them."""
    return token.count(".") == 2 and all(token.split("."))


class LinkedUser(NamedTuple):
    """The user that a JWT's principal is linked to: directory name and employee number."""

    directory: str
    number: str


class Verified(NamedTuple):
    """A JWT's caller; `user` is to be looked up, None: the token names none."""

    caller: Caller
    user: LinkedUser | None


class Issuer:
    """The issuer whose JWTs this server accepts, with its public keys.

    Only RS256 and ES256, each only with a key of its type, whatever the token claims.
    """

    def __init__(self, settings: Settings, keys: ReloadedFile[tuple[Key, ...]]):
        self._issuer = settings.jwt_issuer
        self._audience = settings.jwt_audience
        self._scopes_claim = settings.jwt_scopes_claim
        self._directories_claim = settings.jwt_directories_claim
        self._user_claim = settings.jwt_user_claim
        self._keys = keys

    @classmethod
    def open(cls, settings: Settings) -> Self | None:
        """The issuer that the settings name, None where they name none.

        Raises:
            ValueError: only some of its settings are there, or its keys cannot be used; names the
                setting.
        """
        path = settings.jwt_keys
        needed = {
            "ROLLBOOK_JWT_ISSUER": settings.jwt_issuer,
            "ROLLBOOK_JWT_AUDIENCE": settings.jwt_audience,
            "ROLLBOOK_JWT_KEYS": path,
        }
        if not any(needed.values()):
            return None
        for name, value in needed.items():
            if not value:
                raise ValueError(f"{name}: it is needed, since another setting of JWTs is there")
        assert path is not None  # noqa: S101 -- it was needed
        return cls(settings, ReloadedFile([path], lambda: read_keys(path)))

    @property
    def name(self) -> str:
        """Its `iss`."""
        return self._issuer

    def verify(self, token: str) -> Verified:
        """The caller of this token, with the rights that its claims name, except unknown scopes.

        Raises:
            Refusal: TOKEN_INVALID; TOKEN_EXPIRED where nothing else is wrong with it.
        """
        try:
            claims = self._verified(token)
            self._check_whose(claims)
            expires = _seconds(claims["exp"])
            caller = self._caller(claims, datetime.fromtimestamp(expires, UTC))
            found = Verified(caller, _user(claims.get(self._user_claim)))
            _check_begun(claims)
        except Exception:  # whatever a library makes of what an attacker wrote: the same answer
            raise _invalid() from None
        if expires <= time.time():
            raise Refusal(Reason.TOKEN_EXPIRED, "The access token has expired.")
        return found

    def _verified(self, token: str) -> Mapping[str, Any]:
        """The claims, once a key of ours has verified them."""
        if len(token) > _MOST_CHARACTERS or not (token.isascii() and looks_like_jwt(token)):
            raise _Wrong
        header = jws.extract_compact(token.encode()).headers()
        if any(member in header for member in _NOT_UNDERSTOOD):
            raise _Wrong
        if str(header.get("typ", "jwt")).lower() not in _TYPES:
            raise _Wrong
        for key in self._keys.current():
            if header.get("alg") == algorithm(key) and _fits(header.get("kid"), key.kid):
                claims = _claims(token, key)
                if claims is not None:
                    return claims
        raise _Wrong

    def _check_whose(self, claims: Mapping[str, Any]) -> None:
        if claims["iss"] != self._issuer:
            raise _Wrong
        audience = claims["aud"]
        if self._audience not in ([audience] if isinstance(audience, str) else _texts(audience)):
            raise _Wrong

    def _caller(self, claims: Mapping[str, Any], expires_at: datetime) -> Caller:
        principal = claims["sub"]
        if not (isinstance(principal, str) and principal.isprintable() and principal.strip()):
            raise _Wrong
        if len(principal) > _MOST_OF_A_NAME:
            raise _Wrong
        claim = claims.get(self._scopes_claim, "")
        words = claim.split() if isinstance(claim, str) else _texts(claim)
        return Caller(
            principal=principal,
            scopes=frozenset(_SCOPES[word] for word in words if word in _SCOPES),
            directories=_directories(claims.get(self._directories_claim, [])),
            operator=True,
            expires_at=expires_at,
        )


class _Wrong(Exception):
    """The token is not one of the issuer's."""


def _invalid() -> Refusal:
    return Refusal(Reason.TOKEN_INVALID, "The access token is not valid here.")


def _fits(wanted: object, kid: str | None) -> bool:
    """Whether a key with `kid` may be tried; a key or a token without one leaves it open."""
    return wanted is None or kid is None or wanted == kid


def _claims(token: str, key: Key) -> Mapping[str, Any] | None:
    """The claims, None where this key did not sign them."""
    try:
        return jwt.decode(token, key, algorithms=[algorithm(key)]).claims
    except Exception:  # the next key may have
        return None


def _check_begun(claims: Mapping[str, Any]) -> None:
    latest = time.time() + _LEEWAY
    for name in ("nbf", "iat"):
        if name in claims and _seconds(claims[name]) > latest:
            raise _Wrong


def _seconds(value: object) -> float:
    """A time in a claim, in seconds of the Unix epoch."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _Wrong
    return float(value)


def _user(claim: object) -> LinkedUser | None:
    """The claim with the user, `DIRECTORY:EMPLOYEE_NUMBER`; None: there is none."""
    if claim is None:
        return None
    directory, colon, number = claim.partition(":") if isinstance(claim, str) else ("", "", "")
    if not (colon and directory and number.strip() and "\0" not in claim):  # type: ignore[operator]
        raise _Wrong
    return LinkedUser(directory, number.strip())


def _directories(claim: object) -> frozenset[str] | None:
    return None if claim == _ALL else frozenset(_texts(claim))


def _texts(claim: object) -> list[str]:
    if not (isinstance(claim, list) and all(isinstance(one, str) for one in claim)):
        raise _Wrong
    return claim
