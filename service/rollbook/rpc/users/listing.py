"""The methods that find users, and what a request's conditions ask of the database."""

import unicodedata
from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp

from rollbook.checking import echo, number_key, username_key
from rollbook.checking.cells import printable
from rollbook.checking.request_text import REQUEST
from rollbook.errors import Reason, Refusal
from rollbook.imports.options import parse_id
from rollbook.rpc.imports.results import opaque
from rollbook.rpc.notices import message as notice_message
from rollbook.rpc.users import lookup
from rollbook.rpc.wire import paging
from rollbook.rpc.wire.servicer import Part, directory_of
from rollbook.rpc.wire.status import Context
from rollbook.store import Connection, name_lookup, notices, users
from rollbook.store.users import Beginnings, Wanted
from rollbook.v1 import users_pb2 as v1

_ANSWER_WITHIN_S = 30


class UsersListed(Part):
    """See the contract."""

    async def GetUser(self, request: v1.GetUserRequest, _context: Context) -> v1.GetUserResponse:
        """See the contract."""
        directory = await directory_of(self._app, request.directory)
        async with self._app.database.within(directory.id).connection() as connection:
            row = await lookup.found(connection, directory.id, request.user)
            last = await notices.last(connection, directory.id, row.id)
        user = lookup.message(row)
        if last:
            user.last_notice.CopyFrom(notice_message(last))
        return v1.GetUserResponse(user=user)

    async def ListUsers(
        self, request: v1.ListUsersRequest, _context: Context
    ) -> v1.ListUsersResponse:
        """See the contract."""
        directory = await directory_of(self._app, request.directory)
        page = paging.page(
            f"users of {directory.id} {_conditions(request)}",
            request.page_size,
            request.page_token,
        )
        after = lookup.id_of(page.after) if page.after else 0
        if after is None:
            raise REQUEST.wrong("page_token", "page_token is not one that this list gave.")
        here = self._app.database.within(directory.id)
        async with here.batch(idle_timeout_s=_ANSWER_WITHIN_S) as connection:
            wanted = await _wanted(connection, directory.id, request)
            rows = await users.page(connection, directory.id, wanted, after, page.most + 1)
        found, token = page.cut(
            [(opaque(row.id), lookup.message(row)) for row in rows],
            self._app.settings.max_sent_bytes,
        )
        return v1.ListUsersResponse(users=found, next_page_token=token)


def _conditions(request: v1.ListUsersRequest) -> str:
    """All that is asked for but the page: a token is good for the same question alone."""
    asked = v1.ListUsersRequest()
    asked.CopyFrom(request)
    for field in ("directory", "page_size", "page_token"):
        asked.ClearField(field)
    return asked.SerializeToString(deterministic=True).hex()


async def _wanted(
    connection: Connection, directory_id: int, request: v1.ListUsersRequest
) -> Wanted:
    return Wanted(
        import_id=parse_id(request.import_id) if request.import_id else None,
        created_from=_time(request, "created_from"),
        created_until=_time(request, "created_until"),
        updated_from=_time(request, "updated_from"),
        updated_until=_time(request, "updated_until"),
        role_id=await _role(connection, directory_id, request.role),
        location_id=await _location(connection, directory_id, request.location),
        unit_id=await _unit(connection, directory_id, request.organizational_unit),
        status=_status(request.status),
        text=_beginnings(REQUEST.text("text", request.text)),
    )


def _time(request: v1.ListUsersRequest, field: str) -> datetime | None:
    if not request.HasField(field):
        return None
    said: Timestamp = getattr(request, field)
    try:
        return said.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise REQUEST.wrong(field, f"{field} is no time from the years 1 to 9999.") from None


def _status(number: v1.UserStatus) -> str | None:
    if number == v1.USER_STATUS_UNSPECIFIED:
        return None
    if number not in lookup.STATUS_NAMES:
        raise REQUEST.wrong("status", f"There is no status {number}.")
    return lookup.STATUS_NAMES[number]


async def _role(connection: Connection, directory_id: int, text: str) -> int | None:
    if not (said := REQUEST.name_or_none("role", text)):
        return None
    known = await name_lookup.roles(connection, directory_id, [said.key])
    return _only("role", text, [known[said.key]] if said.key in known else [])


async def _location(connection: Connection, directory_id: int, text: str) -> int | None:
    if not (said := REQUEST.name_or_none("location", text)):
        return None
    known = await name_lookup.locations(connection, directory_id, [said.key])
    return _only("location", text, known.get(said.key, []))


async def _unit(connection: Connection, directory_id: int, text: str) -> int | None:
    if not (said := REQUEST.name_or_none("organizational_unit", text)):
        return None
    known = await name_lookup.units(connection, directory_id, [said.key])
    return _only("organizational_unit", text, [known[said.key]] if said.key in known else [])


def _only(column: str, text: str, ids: list[int]) -> int:
    if not ids:
        raise Refusal(
            Reason.RESOURCE_NOT_FOUND,
            f"There is no {column.replace('_', ' ')} {echo(text)} in this directory.",
            {"option": column, "value": printable(text)},
        )
    if len(ids) > 1:
        raise REQUEST.wrong(column, f"{echo(text)} means more than one {column}.", value=text)
    return ids[0]


def _beginnings(text: str) -> Beginnings | None:
    """How the text is looked for: as a beginning of whatever a user is called by."""
    if not text:
        return None
    name = " ".join(unicodedata.normalize("NFC", text).lower().split())
    first, _, last = name.rpartition(" ")
    return Beginnings(
        number_key=number_key(text),
        name_key=username_key(text),
        name=name,
        # Of one word nothing is left for the first name: then no such pair is looked for.
        first_name=first or None,
        last_name=last if first else None,
    )
