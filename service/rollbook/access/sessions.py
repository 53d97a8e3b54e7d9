"""Opens and ends sessions, which stand in the place of an access token."""

import secrets
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

import structlog

from rollbook.access.authentication import SESSION_PREFIX, hash_of
from rollbook.access.caller import Caller, denied
from rollbook.context import AppContext
from rollbook.errors import Reason, Refusal
from rollbook.store import Connection, sessions, tokens
from rollbook.store.sessions import NewSession
from rollbook.store.tokens import NewToken

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


class Opened(NamedTuple):
    """A session's clear text, which is shown this once, and when it ends at the latest."""

    secret: str
    expires_at: datetime


async def open_session(app: AppContext, caller: Caller) -> Opened:
    """Open a session with the caller's rights.

    Raises:
        Refusal: PERMISSION_DENIED, the caller is in a session: one would last for ever by another.
    """
    if caller.session_hash:
        raise denied()
    async with app.database.transaction() as connection:
        token_hash = caller.token_hash or await _kept(connection, caller)
        wanted = NewSession(
            hash=b"",
            token_hash=token_hash,
            principal=caller.principal,
            hours=app.settings.session_hours,
            until=caller.expires_at,
        )
        return await make(connection, wanted)


async def make(connection: Connection, wanted: NewSession) -> Opened:
    """Make the session, in a transaction; its hash is that of the clear text made here."""
    secret = SESSION_PREFIX + secrets.token_urlsafe(32)
    ends = await sessions.make(connection, replace(wanted, hash=hash_of(secret)))
    _log.info("session opened", principal=wanted.principal, expires=ends.isoformat())
    return Opened(secret, ends)


async def end_session(app: AppContext, caller: Caller) -> None:
    """End the caller's session.

    Raises:
        Refusal: SEQUENCE_ERROR, the caller has shown an access token and is in no session.
    """
    if not caller.session_hash:
        raise Refusal(
            Reason.SEQUENCE_ERROR, "There is no session to end: this call has an access token."
        )
    async with app.database.connection() as connection:
        await sessions.end(connection, caller.session_hash)
    _log.info("session ended", principal=caller.principal)


async def _kept(connection: Connection, caller: Caller) -> bytes:
    """The hash of a stored token with the rights of a JWT, whose clear text nobody has.

    It is listed and revoked as any, and ends with the JWT. It is none of the operator's own.
    """
    token_hash = hash_of(secrets.token_urlsafe(32))
    wanted = NewToken(
        hash=token_hash,
        principal=caller.principal,
        description="A session that a JWT opened",
        scopes=sorted(caller.scopes),
        directories=None if caller.directories is None else sorted(caller.directories),
        user_id=caller.user_id,
        created_by=caller.principal,
        expires_at=caller.expires_at,
        days=1,
    )
    await tokens.make(connection, wanted)
    return token_hash
