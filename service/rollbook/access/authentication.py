"""Access tokens → callers. A clear token is never kept: what is compared is its hash."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from rollbook.access import Caller, Issuer, Scope, administrator, looks_like_jwt
from rollbook.errors import Reason, Refusal
from rollbook.store import Database, tokens

_SCHEME = "bearer "


class Authenticator:
    """The tokens that open this server: the operator's own, those stored, and an issuer's JWTs."""

    def __init__(self, principals: Mapping[str, str], database: Database, issuer: Issuer | None):
        """`principals` names, by clear token, whose it is; these may do everything."""
        self._configured = {
            hash_of(token): administrator(name) for token, name in principals.items()
        }
        self._database = database
        self._issuer = issuer

    @staticmethod
    def read_files(token_files: str) -> dict[str, str]:
        """Principals by clear token, from PRINCIPAL=FILE, separated by commas.

        Raises:
            ValueError: an entry is not of that form, or its file is missing or empty.
        """
        principals = {}
        for entry in filter(None, map(str.strip, token_files.split(","))):
            principal, equals, path = entry.partition("=")
            if not equals or not principal:
                raise ValueError(f"ROLLBOOK_TOKEN_FILES: {entry!r} is not PRINCIPAL=FILE")
            try:
                token = Path(path).read_text("utf-8").strip()
            except OSError as error:
                raise ValueError(f"ROLLBOOK_TOKEN_FILES: {path}: {error.strerror}") from None
            if not token:
                raise ValueError(f"ROLLBOOK_TOKEN_FILES: {path} is empty")
            principals[token] = principal
        return principals

    async def caller(self, metadata: Iterable[tuple[str, str | bytes]] | None) -> Caller:
        """Whose call it is, and what they may. Stored tokens are looked up each time.

        Raises:
            Refusal: TOKEN_MISSING, TOKEN_INVALID or TOKEN_EXPIRED.
            Unavailable: the database is away.
        """
        said = [value for key, value in metadata or () if key == "authorization"]
        if not said:
            raise Refusal(
                Reason.TOKEN_MISSING, "No access token: send `authorization: Bearer TOKEN`."
            )
        header = said[0] if isinstance(said[0], str) else ""
        if header[: len(_SCHEME)].lower() != _SCHEME:
            raise _invalid()
        token = header[len(_SCHEME) :].strip()
        if configured := self._configured.get(hash_of(token)):
            return configured
        if self._issuer and looks_like_jwt(token):
            return self._issuer.caller(token)
        return await self._stored(token)

    async def _stored(self, token: str) -> Caller:
        async with self._database.connection() as connection:
            row = await tokens.by_hash(connection, hash_of(token))
        if row is None or row.revoked:
            raise _invalid()
        if row.expired:
            raise Refusal(Reason.TOKEN_EXPIRED, "The access token has expired: ask for a new one.")
        return Caller(
            principal=row.principal,
            scopes=frozenset(map(Scope, row.scopes)),
            directories=None if row.directories is None else frozenset(row.directories),
            user_id=row.user_id,
        )


def hash_of(token: str) -> bytes:
    """What is kept of a token: it is long and random, so that a plain hash will do."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()


def _invalid() -> Refusal:
    return Refusal(Reason.TOKEN_INVALID, "The access token is not valid here.")
