"""Creates, lists and revokes access tokens; callers give only rights that they have."""

import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from rollbook.access.authentication import hash_of, new_token
from rollbook.access.authorization import enter
from rollbook.access.caller import Caller, denied
from rollbook.access.scopes import Scope
from rollbook.checking import echo
from rollbook.checking.cells import printable
from rollbook.checking.request_text import REQUEST
from rollbook.context import AppContext
from rollbook.errors import Reason, Refusal
from rollbook.store import Connection, tokens
from rollbook.store.name_lookup import DirectoryRow
from rollbook.store.tokens import NewToken, TokenRow

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()
_ID = re.compile(r"[0-9]{1,18}")
_MOST_NAMES = 1_000
"""Directories that a token may list; beyond, it opens all of them or is the wrong tool."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """The user that a token's principal is linked to; `find` returns the id, in that directory."""

    directory: str
    find: Callable[[DirectoryRow], Awaitable[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedToken:
    """A token that a caller asks for. `expires_at` None: after the setting `token_days`.

    `for_login`: the user of `link` signs in with a password; nobody has a clear text.
    """

    principal: str
    scopes: Sequence[str]
    directories: Sequence[str]
    all_directories: bool
    description: str = ""
    link: Link | None = None
    for_login: bool = False
    expires_at: datetime | None = None


async def create(app: AppContext, caller: Caller, wanted: WantedToken) -> tuple[TokenRow, str]:
    """Create a token. Returns it with its clear text, of which only the hash is stored.

    The clear text of what is `for_login` is ''.

    Raises:
        Refusal: INVALID_OPTIONS, naming the field; PERMISSION_DENIED, it would have more rights
            than the caller, or belong to another principal without `principals:write`, or to a
            principal that another caller made, or be linked to another user than the caller is.
    """
    principal = REQUEST.text("principal", wanted.principal)
    if not principal:
        raise REQUEST.wrong("principal", "A token has a principal: the name behind it.")
    if wanted.expires_at is not None and wanted.expires_at <= datetime.now(UTC):
        raise REQUEST.wrong("expire_time", "expire_time is past.")
    if wanted.for_login and wanted.link is None:
        raise REQUEST.wrong("for_login", "A grant names the user who signs in by it.")
    secret = new_token()
    token = NewToken(
        hash=hash_of(secret),
        principal=principal,
        description=REQUEST.text("description", wanted.description),
        scopes=_scopes(caller, wanted.scopes),
        directories=await _directories(app, caller, wanted),
        user_id=await _user_id(app, caller, wanted),
        created_by=caller.principal,
        expires_at=wanted.expires_at,
        days=app.settings.token_days,
        for_login=wanted.for_login,
    )
    if principal != caller.principal and not caller.may(Scope.PRINCIPALS_WRITE):
        raise denied()
    async with app.database.transaction() as connection:
        if principal != caller.principal:
            await _check_principal(app, connection, caller, principal)
            await tokens.remember_maker(
                connection, principal, caller.principal, by_operator=caller.operator
            )
        made = await tokens.make(connection, token)
        row = await _token(app, connection, caller, str(made))
    _log.info(
        "token created",
        **_facts(row, caller),
        scopes=list(row.scopes),
        directories=row.directories,  # null: all of them
        expires=row.expires_at.isoformat(),
    )
    return row, "" if wanted.for_login else secret


async def page(
    app: AppContext, caller: Caller, principal: str, after: int, most: int
) -> list[TokenRow]:
    """At most `most` tokens that the caller could have made, after the id `after`, by id.

    `principal` '': of any principal.
    """
    async with app.database.connection() as connection:
        return await _reachable(app, connection, caller, principal, after, most)


async def revoke(app: AppContext, caller: Caller, token_id: str) -> TokenRow:
    """Revoke a token that the caller could have made; one that is revoked stays as it is.

    Raises:
        Refusal: RESOURCE_NOT_FOUND, there is no such token.
    """
    async with app.database.transaction() as connection:
        row = await _token(app, connection, caller, token_id)
        await tokens.revoke(connection, row.id)
        revoked = await _token(app, connection, caller, token_id)
    _log.info("token revoked", **_facts(revoked, caller))
    return revoked


def _facts(row: TokenRow, caller: Caller) -> dict[str, object]:
    return {"token_id": row.id, "of": row.principal, "principal": caller.principal}


async def _token(
    app: AppContext, connection: Connection, caller: Caller, token_id: str
) -> TokenRow:
    number = int(token_id) if _ID.fullmatch(token_id) else 0
    rows = await _reachable(app, connection, caller, "", number - 1, 1)
    if not rows or rows[0].id != number:
        raise Refusal(
            Reason.RESOURCE_NOT_FOUND,
            f"There is no token {echo(token_id)}.",
            {"option": "token_id", "value": printable(token_id)},
        )
    return rows[0]


async def _reachable(
    app: AppContext,
    connection: Connection,
    caller: Caller,
    principal: str,
    after: int,
    most: int,
) -> list[TokenRow]:
    """The tokens that the caller could have made: by `create`'s rules."""
    if not caller.may(Scope.PRINCIPALS_WRITE):
        if principal not in ("", caller.principal):
            return []
        principal = caller.principal
    if "\0" in principal:  # PostgreSQL takes no such text, and no principal is called so
        return []
    return await tokens.page(
        connection,
        principal=principal,
        after=after,
        most=most,
        directories=caller.directories,
        scopes=caller.scopes,
        user_id=caller.user_id,
        maker=None if caller.operator else caller.principal,
        operators=app.operators,
    )


async def _check_principal(
    app: AppContext, connection: Connection, caller: Caller, principal: str
) -> None:
    """Whether the caller may make a token of the principal; of two who begin, one is first.

    Who has a token of a principal applies and cancels its imports, so that a name which is in use
    is its makers' alone; the operator's own callers may make any.

    Raises:
        Refusal: PERMISSION_DENIED, it is the operator's own, or another's.
    """
    if caller.operator:
        return
    await tokens.lock_principal(connection, principal)
    if principal in app.operators or not await tokens.is_own(
        connection, principal, caller.principal
    ):
        raise denied()


async def _user_id(app: AppContext, caller: Caller, wanted: WantedToken) -> int:
    """The user that the token is linked to, 0 for none. A linked caller passes its link on."""
    link = wanted.link
    if link is None:
        return caller.user_id
    if not (wanted.all_directories or link.directory in wanted.directories):
        raise REQUEST.wrong("user", "The user's directory is none of the token's.")
    user_id = await link.find(await enter(app, caller, link.directory))
    if caller.user_id not in (0, user_id):
        raise denied()
    return user_id


async def _directories(app: AppContext, caller: Caller, wanted: WantedToken) -> list[str] | None:
    """The names of the directories that the token opens, None: all."""
    if wanted.all_directories:
        if wanted.directories:
            message = "Give directories or all_directories, not both."
            raise REQUEST.wrong("directories", message)
        if caller.directories is not None:
            raise denied()
        return None
    names = sorted(set(wanted.directories))
    if not names:
        raise REQUEST.wrong("directories", "Name the directories that the token opens.")
    if len(names) > _MOST_NAMES:
        raise REQUEST.wrong("directories", f"A token lists at most {_MOST_NAMES:,} directories.")
    for name in names:
        await enter(app, caller, name)
    return names


def _scopes(caller: Caller, texts: Iterable[str]) -> list[str]:
    """The scopes, each once.

    Raises:
        Refusal: INVALID_OPTIONS, there is no such scope, or none; PERMISSION_DENIED, the caller
            does not have it.
    """
    named = sorted(set(texts))
    known = {scope.value for scope in Scope}
    if unknown := [text for text in named if text not in known]:
        raise REQUEST.wrong(
            "scopes",
            f"There is no scope {echo(unknown[0])}; known: {', '.join(sorted(known))}.",
            value=unknown[0],
        )
    if not named:
        raise REQUEST.wrong("scopes", "Name at least one scope, the rights of the token.")
    if not all(caller.may(Scope(text)) for text in named):
        raise denied()
    return named
