"""TokenService: access tokens made, listed and revoked, by whoever could have them too."""

import re
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp

from rollbook.access import Scope, denied
from rollbook.access.authentication import hash_of
from rollbook.checking import echo
from rollbook.checking.cells import printable
from rollbook.checking.request_text import REQUEST
from rollbook.errors import Reason, Refusal
from rollbook.rpc.users.messages import key_of
from rollbook.rpc.wire import paging
from rollbook.rpc.wire.caller import caller
from rollbook.rpc.wire.servicer import Part, directory_of
from rollbook.rpc.wire.status import Context
from rollbook.store import tokens
from rollbook.store.tokens import NewToken, TokenRow
from rollbook.users.find import find_user, opaque_id
from rollbook.v1 import tokens_pb2 as v1

_ID = re.compile(r"[0-9]{1,18}")
_PREFIX = "rollbook_"
"""So that scanners for leaked secrets know one when they see it."""


class TokenService(Part):
    """See the contract."""

    async def CreateToken(
        self, request: v1.CreateTokenRequest, _context: Context
    ) -> v1.CreateTokenResponse:
        """See the contract."""
        asked = request.token
        principal = REQUEST.text("principal", asked.principal)
        if not principal:
            raise REQUEST.wrong("principal", "A token has a principal: the name behind it.")
        secret = _PREFIX + secrets.token_urlsafe(32)
        wanted = NewToken(
            hash=hash_of(secret),
            principal=principal,
            description=REQUEST.text("description", asked.description),
            scopes=_scopes(asked.scopes),
            directories=await self._directories(asked),
            user_id=await self._user_id(asked),
            created_by=caller().principal,
            expires_at=_expiry(asked),
            days=self._app.settings.token_days,
        )
        async with self._app.database.connection() as connection:
            made = await tokens.make(connection, wanted)
        return v1.CreateTokenResponse(token=_message(await self._row(str(made))), secret=secret)

    async def ListTokens(
        self, request: v1.ListTokensRequest, _context: Context
    ) -> v1.ListTokensResponse:
        """See the contract."""
        page = paging.page(f"tokens of {request.principal}", request.page_size, request.page_token)
        async with self._app.database.connection() as connection:
            rows = await tokens.page(
                connection,
                principal=request.principal,
                after=int(page.after or 0),
                most=page.most + 1,
                within=caller().directories,
            )
        found, after = page.cut(
            [(str(row.id), _message(row)) for row in rows], self._app.settings.max_sent_bytes
        )
        return v1.ListTokensResponse(tokens=found, next_page_token=after)

    async def RevokeToken(
        self, request: v1.RevokeTokenRequest, _context: Context
    ) -> v1.RevokeTokenResponse:
        """See the contract."""
        row = await self._row(request.token_id)
        async with self._app.database.connection() as connection:
            await tokens.revoke(connection, row.id)
        return v1.RevokeTokenResponse(token=_message(await self._row(request.token_id)))

    async def _row(self, token_id: str) -> TokenRow:
        """The token, if it is one that the caller could have made.

        Raises:
            Refusal: RESOURCE_NOT_FOUND, there is none.
        """
        number = int(token_id) if _ID.fullmatch(token_id) else 0
        async with self._app.database.connection() as connection:
            rows = await tokens.page(
                connection,
                principal="",
                after=0,
                most=1,
                within=caller().directories,
                token_id=number,
            )
        if not rows:
            raise Refusal(
                Reason.RESOURCE_NOT_FOUND,
                f"There is no token {echo(token_id)}.",
                {"option": "token_id", "value": printable(token_id)},
            )
        return rows[0]

    async def _user_id(self, token: v1.Token) -> int:
        """The user whom the token is linked to, 0 for none."""
        if not token.HasField("user"):
            return 0
        if not (token.all_directories or token.user.directory in token.directories):
            raise REQUEST.wrong("user", "The user's directory is none of the token's.")
        directory = await directory_of(self._app, token.user.directory)
        async with self._app.database.within(directory.id).connection() as connection:
            return (await find_user(connection, directory.id, key_of(token.user.user))).id

    async def _directories(self, token: v1.Token) -> list[str] | None:
        """The names of the directories that the token opens, None: all."""
        if token.all_directories:
            if token.directories:
                raise REQUEST.wrong(
                    "directories", "Name directories, or say all_directories: not both."
                )
            if caller().directories is not None:
                raise denied()
            return None
        names = sorted(set(token.directories))
        if not names:
            raise REQUEST.wrong("directories", "Say which directories the token opens.")
        for name in names:
            await directory_of(self._app, name)
        return names


def _scopes(texts: Iterable[str]) -> list[str]:
    """The scopes, each once.

    Raises:
        Refusal: INVALID_OPTIONS, there is no such scope, or none; PERMISSION_DENIED, the caller
            has not got it.
    """
    said = sorted(set(texts))
    known = {scope.value for scope in Scope}
    if unknown := [text for text in said if text not in known]:
        raise REQUEST.wrong(
            "scopes",
            f"There is no scope {echo(unknown[0])}; known: {', '.join(sorted(known))}.",
            value=unknown[0],
        )
    if not said:
        raise REQUEST.wrong("scopes", "Say at least one scope: what the token opens.")
    if not all(caller().may(Scope(text)) for text in said):
        raise denied()
    return said


def _expiry(token: v1.Token) -> datetime | None:
    if not token.HasField("expire_time"):
        return None
    try:
        when = token.expire_time.ToDatetime(UTC)
    except ValueError:
        raise REQUEST.wrong("expire_time", "expire_time is not a time.") from None
    if when <= datetime.now(UTC):
        raise REQUEST.wrong("expire_time", "expire_time is past.")
    return when


def _message(row: TokenRow) -> v1.Token:
    message = v1.Token(
        token_id=str(row.id),
        principal=row.principal,
        description=row.description,
        scopes=row.scopes,
        directories=row.directories or (),
        all_directories=row.directories is None,
        expire_time=_time(row.expires_at),
        create_time=_time(row.created_at),
        created_by=row.created_by,
        revoke_time=_time(row.revoked_at) if row.revoked_at else None,
    )
    if row.user_id:
        message.user.user.user_id = opaque_id(row.user_id)
    return message


def _time(when: datetime) -> Timestamp:
    told = Timestamp()
    told.FromDatetime(when)
    return told
