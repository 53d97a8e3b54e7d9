"""Access tokens: creates, looks up by hash, lists and revokes them. Stores no clear token."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from rollbook.store.database import Connection
from rollbook.store.statements import sql


class Known(NamedTuple):
    """What a token opens. `directories` are names, None: all; `user_id` 0: no user's."""

    principal: str
    scopes: list[str]
    directories: list[str] | None
    user_id: int
    revoked: bool
    expired: bool
    expires_at: datetime


class TokenRow(NamedTuple):
    """A token as it is listed. `directories` None: all."""

    id: int
    principal: str
    description: str
    scopes: list[str]
    directories: list[str] | None
    user_id: int
    created_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    for_login: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """A token to be made. `expires_at` None: after `days`.

    `for_login`: nobody has its clear text.
    """

    hash: bytes
    principal: str
    description: str
    scopes: Collection[str]
    directories: Collection[str] | None
    user_id: int
    created_by: str
    expires_at: datetime | None
    days: int
    for_login: bool = False


async def by_hash(connection: Connection, token_hash: bytes) -> Known | None:
    """The token of that hash, or None."""
    found = await connection.fetchrow(sql("access/token_by_hash"), token_hash)
    return Known(*found) if found else None


async def make(connection: Connection, token: NewToken) -> int:
    """Make a token; answers its id."""
    made = await connection.fetchval(
        sql("access/token_make"),
        token.hash,
        token.principal,
        token.description,
        list(token.scopes),
        None if token.directories is None else list(token.directories),
        token.user_id,
        token.created_by,
        token.expires_at,
        token.days,
        token.for_login,
    )
    return int(made)


async def page(
    connection: Connection,
    *,
    principal: str,
    after: int,
    most: int,
    directories: Collection[str] | None,
    scopes: Collection[str],
    user_id: int,
    maker: str | None,
    operators: Collection[str],
) -> list[TokenRow]:
    """At most `most` tokens by id, after the id `after`.

    Only those that open nothing beyond `directories` (None: any) and `scopes`, are linked to
    `user_id` (0: to any), and are of `maker` or of a principal that it made and that is none of
    `operators` (None: of any). `principal` '': any.
    """
    found = await connection.fetch(
        sql("access/tokens_page"),
        principal,
        after,
        most,
        None if directories is None else list(directories),
        list(scopes),
        user_id,
        maker,
        list(operators),
    )
    return [TokenRow(*row) for row in found]


async def revoke(connection: Connection, token_id: int) -> None:
    """Revoke a token, if it is not revoked already."""
    await connection.execute(sql("access/token_revoke"), token_id)


async def remember_maker(
    connection: Connection, principal: str, maker: str, *, by_operator: bool
) -> None:
    """Remember for ever that `maker` made a token for `principal`."""
    await connection.execute(sql("access/principal_made"), principal, maker, by_operator)


async def lock_principal(connection: Connection, principal: str) -> None:
    """Lock the principal, so that no other token of it is made until the transaction ends."""
    await connection.execute(sql("access/principal_lock"), principal)


async def is_own(connection: Connection, principal: str, maker: str) -> bool:
    """Whether the principal's name is unused, or `maker` made it, perhaps through others."""
    return bool(await connection.fetchval(sql("access/principal_own"), principal, maker))


async def related(connection: Connection, principal: str, other: str) -> bool:
    """Whether the two depend on each other: by who made whose tokens, all the way up."""
    return bool(await connection.fetchval(sql("access/principals_related"), principal, other))


async def page_key(connection: Connection) -> bytes:
    """The key that this database's page tokens are signed with."""
    return bytes(await connection.fetchval(sql("access/page_key")))


async def lasting(connection: Connection) -> int:
    """How many tokens stay open for longer than a year."""
    return int(await connection.fetchval(sql("access/tokens_lasting")))
