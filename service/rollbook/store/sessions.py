"""Sessions: makes, looks up by hash and ends them. Stores no clear text."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from rollbook.store.database import Connection
from rollbook.store.statements import sql


class SessionRow(NamedTuple):
    """A session: the hash of the token whose rights it has, and who signed in with a password.

    `user_id` 0: nobody; else the versions are those of the account when they signed in.
    """

    token_hash: bytes
    directory_id: int
    user_id: int
    password_version: int
    account_version: int
    ended: bool
    expired: bool
    expires_at: datetime


class Grant(NamedTuple):
    """What a user signs in by: a token of which nobody has the clear text."""

    token_hash: bytes
    principal: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSession:
    """A session to be made. `until` None: its `hours` alone end it."""

    hash: bytes
    token_hash: bytes
    principal: str
    hours: int
    until: datetime | None = None
    directory_id: int = 0
    user_id: int = 0
    password_version: int = 0
    account_version: int = 0


async def by_hash(connection: Connection, session_hash: bytes) -> SessionRow | None:
    """The session of that hash, or None."""
    found = await connection.fetchrow(sql("access/session_by_hash"), session_hash)
    return SessionRow(*found) if found else None


async def make(connection: Connection, session: NewSession) -> datetime:
    """Make a session; answers when it ends at the latest."""
    ends: datetime = await connection.fetchval(
        sql("access/session_make"),
        session.hash,
        session.token_hash,
        session.principal,
        session.directory_id,
        session.user_id,
        session.password_version,
        session.account_version,
        session.hours,
        session.until,
    )
    return ends


async def end(connection: Connection, session_hash: bytes) -> None:
    """End a session, if it has not ended already."""
    await connection.execute(sql("access/session_end"), session_hash)


async def grant_of(connection: Connection, user_id: int, directory_id: int) -> Grant | None:
    """The newest grant in force that lets the user sign in to the directory; None: none does."""
    found = await connection.fetchrow(sql("access/grant_of_user"), user_id, directory_id)
    return Grant(*found) if found else None
