"""Authenticates an access token: finds its caller, by the hash of the token."""

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from rollbook.access import Caller, Issuer, Scope, administrator, looks_like_jwt
from rollbook.access.jwt import Verified
from rollbook.checking import number_key
from rollbook.errors import Reason, Refusal
from rollbook.store import Database, credentials, name_lookup, sessions, tokens, users
from rollbook.store.sessions import SessionRow
from rollbook.store.users import Who

_SCHEME = "bearer "
TOKEN_PREFIX, SESSION_PREFIX = "rollbook_", "rollbook_session_"
"""How clear texts begin, so that scanners for leaked secrets recognise one."""


class Authenticator:
    """The tokens that open this server: the operator's own, those stored, and an issuer's JWTs."""

    def __init__(
        self,
        principals: Mapping[str, str],
        database: Database,
        issuer: Issuer | None,
        login: str = "",
    ):
        """`principals` names, by clear token, whose it is; these may do everything.

        `login` is the token of a login page of this server's own, which verifies and recovers
        passwords and does nothing else; '': there is none.
        """
        self._configured = {
            (key := hash_of(token)): replace(administrator(name), token_hash=key)
            for token, name in principals.items()
        }
        if login:
            self._configured[hash_of(login)] = _LOGIN
        self._database = database
        self._issuer = issuer

    @staticmethod
    def read_files(token_files: str) -> dict[str, str]:
        """Principals by clear token, from PRINCIPAL=FILE, separated by commas.

        Raises:
            ValueError: an entry is not of that form, or its file is missing or empty.
        """
        principals = {}
        for principal, path in Authenticator._entries(token_files):
            try:
                token = path.read_text("utf-8").strip()
            except OSError as error:
                # What is no path may be a token.
                why = f"the file of {principal!r}: {error.strerror}"
                raise ValueError(f"ROLLBOOK_TOKEN_FILES: {why}") from None
            if not token:
                raise ValueError(f"ROLLBOOK_TOKEN_FILES: the file of {principal!r} is empty")
            principals[token] = principal
        return principals

    @staticmethod
    def files(token_files: str) -> list[Path]:
        """The files of PRINCIPAL=FILE, separated by commas; none if an entry is of no such form."""
        try:
            return [path for _, path in Authenticator._entries(token_files)]
        except ValueError:
            return []

    @staticmethod
    def _entries(token_files: str) -> list[tuple[str, Path]]:
        entries = []
        given = filter(None, map(str.strip, token_files.split(",")))
        for place, entry in enumerate(given, start=1):
            principal, equals, path = entry.partition("=")
            if not equals or not principal:
                raise ValueError(f"ROLLBOOK_TOKEN_FILES: entry {place} is not PRINCIPAL=FILE")
            entries.append((principal, Path(path)))
        return entries

    async def caller(self, metadata: Iterable[tuple[str, str | bytes]] | None) -> Caller:
        """Whose call it is, and what they may do. Stored tokens are looked up for each call.

        Raises:
            Refusal: TOKEN_MISSING, TOKEN_INVALID or TOKEN_EXPIRED.
            Unavailable: the database is away.
        """
        headers = [value for key, value in metadata or () if key == "authorization"]
        if not headers:
            raise Refusal(
                Reason.TOKEN_MISSING, "No access token: send `authorization: Bearer TOKEN`."
            )
        header = headers[0]
        # Of two headers a proxy might check one, and we the other.
        if len(headers) > 1 or not isinstance(header, str):
            raise _invalid()
        if header[: len(_SCHEME)].lower() != _SCHEME:
            raise _invalid()
        token = header[len(_SCHEME) :].strip()
        if configured := self._configured.get(hash_of(token)):
            return configured
        if self._issuer and looks_like_jwt(token):
            return await self._linked(self._issuer.verify(token))
        if token.startswith(SESSION_PREFIX):
            return await self._in_session(hash_of(token))
        return await self._of_token(hash_of(token))

    async def _linked(self, verified: Verified) -> Caller:
        """Return the caller of a JWT, linked to the user that the JWT names.

        Raises:
            Refusal: TOKEN_INVALID, there is no such user: then no rule could protect them.
        """
        caller, user = verified
        if user is None:
            return caller
        async with self._database.connection() as connection:
            directory = await name_lookup.directory(connection, user.directory)
        if directory is None:
            raise _invalid()
        async with self._database.within(directory.id).connection() as connection:
            row = await users.get(connection, directory.id, Who(number_key=number_key(user.number)))
        if row is None:
            raise _invalid()
        return replace(caller, user_id=row.id)

    async def _in_session(self, session_hash: bytes) -> Caller:
        """Return the caller of a session: that of its token, while nothing has ended it.

        Raises:
            Refusal: TOKEN_INVALID or TOKEN_EXPIRED.
        """
        async with self._database.connection() as connection:
            session = await sessions.by_hash(connection, session_hash)
        if session is None or session.ended:
            raise _invalid()
        if session.expired:
            raise Refusal(Reason.TOKEN_EXPIRED, "The session has expired: sign in again.")
        if session.user_id and not await self._is_as_it_was(session):
            raise _invalid()
        caller = await self._of_token(session.token_hash)
        ends = min(filter(None, (session.expires_at, caller.expires_at)))
        return replace(caller, session_hash=session_hash, expires_at=ends)

    async def _is_as_it_was(self, session: SessionRow) -> bool:
        """Whether password, mailbox and status are those that the user signed in with."""
        here = session.directory_id
        async with self._database.within(here).connection() as connection:
            account = await credentials.get(connection, here, Who(id=session.user_id))
        return account is not None and (account.version, account.account_version) == (
            session.password_version,
            session.account_version,
        )

    async def _of_token(self, token_hash: bytes) -> Caller:
        """Return the caller of a token by its hash: the operator's own, or a stored one."""
        if configured := self._configured.get(token_hash):
            return configured
        async with self._database.connection() as connection:
            row = await tokens.by_hash(connection, token_hash)
        if row is None or row.revoked:
            raise _invalid()
        if row.expired:
            raise Refusal(Reason.TOKEN_EXPIRED, "The access token has expired: ask for a new one.")
        return Caller(
            principal=row.principal,
            scopes=frozenset(map(Scope, row.scopes)),
            directories=None if row.directories is None else frozenset(row.directories),
            user_id=row.user_id,
            token_hash=token_hash,
            expires_at=row.expires_at,
        )


_LOGIN = Caller(
    principal="rollbook web",
    scopes=frozenset({Scope.CREDENTIALS_VERIFY}),
    directories=None,
)


def new_token() -> str:
    """The clear text of a new token."""
    return TOKEN_PREFIX + secrets.token_urlsafe(32)


def hash_of(token: str) -> bytes:
    """What is kept of a token: it is long and random, so that a plain hash will do."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()


def _invalid() -> Refusal:
    return Refusal(Reason.TOKEN_INVALID, "The access token is not valid here.")
