"""TokenService: converts messages of access tokens."""

from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp

from rollbook.access import tokens
from rollbook.access.tokens import Link, WantedToken
from rollbook.checking.request_text import REQUEST
from rollbook.rpc.users.messages import key_of
from rollbook.rpc.wire import paging
from rollbook.rpc.wire.servicer import Part, caller
from rollbook.rpc.wire.status import Context
from rollbook.store.name_lookup import DirectoryRow
from rollbook.store.tokens import TokenRow
from rollbook.users.find import find_user, opaque_id
from rollbook.v1 import tokens_pb2 as v1


class TokenService(Part):
    """See the contract."""

    async def CreateToken(
        self, request: v1.CreateTokenRequest, _context: Context
    ) -> v1.CreateTokenResponse:
        """See the contract."""
        token = request.token
        wanted = WantedToken(
            principal=token.principal,
            scopes=token.scopes,
            directories=token.directories,
            all_directories=token.all_directories,
            description=token.description,
            link=self._link(token),
            expires_at=_expiry(token),
            for_login=token.for_login,
        )
        made, secret = await tokens.create(self._app, caller(), wanted)
        return v1.CreateTokenResponse(token=_message(made), secret=secret)

    async def ListTokens(
        self, request: v1.ListTokensRequest, _context: Context
    ) -> v1.ListTokensResponse:
        """See the contract."""
        page = paging.page(self._app, f"tokens of {request.principal}", request)
        after = int(page.after or 0)
        rows = await tokens.page(self._app, caller(), request.principal, after, page.most + 1)
        found, token = page.cut([(str(row.id), _message(row)) for row in rows])
        return v1.ListTokensResponse(tokens=found, next_page_token=token)

    async def RevokeToken(
        self, request: v1.RevokeTokenRequest, _context: Context
    ) -> v1.RevokeTokenResponse:
        """See the contract."""
        revoked = await tokens.revoke(self._app, caller(), request.token_id)
        return v1.RevokeTokenResponse(token=_message(revoked))

    def _link(self, token: v1.Token) -> Link | None:
        if not token.HasField("user"):
            return None

        async def find(directory: DirectoryRow) -> int:
            async with self._app.database.within(directory.id).connection() as connection:
                return (await find_user(connection, directory.id, key_of(token.user.user))).id

        return Link(directory=token.user.directory, find=find)


def _expiry(token: v1.Token) -> datetime | None:
    if not token.HasField("expire_time"):
        return None
    try:
        return token.expire_time.ToDatetime(UTC)
    except ValueError:
        raise REQUEST.wrong("expire_time", "expire_time is not a time.") from None


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
        for_login=row.for_login,
        revoke_time=_time(row.revoked_at) if row.revoked_at else None,
    )
    if row.user_id:
        message.user.user.user_id = opaque_id(row.user_id)
    return message


def _time(when: datetime) -> Timestamp:
    timestamp = Timestamp()
    timestamp.FromDatetime(when)
    return timestamp
