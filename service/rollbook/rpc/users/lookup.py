"""A key of a user → the user as stored, and as a message."""

import json

from google.protobuf.timestamp_pb2 import Timestamp

from rollbook.checking import echo, email_key, number_key, username_key
from rollbook.checking.cells import printable
from rollbook.checking.request_text import REQUEST
from rollbook.errors import Reason, Refusal
from rollbook.rpc.imports.results import opaque, plain
from rollbook.store import Connection, users
from rollbook.store.users import UserRow, Who
from rollbook.v1 import users_pb2 as v1

_MOST_KEY = 254
"""No number, e-mail or username is longer."""

_STATUS = {
    users.ACTIVE: v1.USER_STATUS_ACTIVE,
    users.SUSPENDED: v1.USER_STATUS_SUSPENDED,
    users.SUSPENDED_BY_SYNC: v1.USER_STATUS_SUSPENDED_BY_SYNC,
}
STATUS_NAMES = {number: name for name, number in _STATUS.items()}
"""The status as stored, by its number in the contract."""


def who(key: v1.UserKey) -> Who:
    """Whom a request means.

    Raises:
        Refusal: INVALID_OPTIONS, it names nobody; RESOURCE_NOT_FOUND, nobody can be called so.
    """
    kind = key.WhichOneof("key")
    text = getattr(key, kind).strip() if kind else ""
    if not kind or not text:
        raise REQUEST.wrong("user", "Say which user: user_id, employee_number, email or username.")
    if len(text) <= _MOST_KEY and "\0" not in text:
        match kind:
            case "user_id":
                if (user_id := id_of(text)) is not None:
                    return Who(id=user_id)
            case "employee_number":
                return Who(number_key=number_key(text))
            case "email":
                if (found := email_key(text)) is not None:
                    return Who(email_key=found)
            case _:
                return Who(username_key=username_key(text))
    raise _nobody(kind, text)


def id_of(text: str) -> int | None:
    """The id behind an opaque one; None: it is nobody's."""
    user_id = plain(text)
    return user_id if user_id is not None and user_id < 1 << 63 else None


async def found(connection: Connection, directory_id: int, key: v1.UserKey) -> UserRow:
    """The user that a request means.

    Raises:
        Refusal: as `who`; RESOURCE_NOT_FOUND, there is no such user in the directory.
    """
    row = await users.get(connection, directory_id, who(key))
    if row is None:
        kind = str(key.WhichOneof("key"))
        raise _nobody(kind, getattr(key, kind))
    return row


def message(row: UserRow) -> v1.User:
    """A user on the wire."""
    return v1.User(
        user_id=opaque(row.id),
        employee_number=row.employee_number,
        email=row.email,
        username=row.username,
        first_name=row.first_name,
        last_name=row.last_name,
        name=row.name,
        role=row.role,
        location=row.location,
        organizational_unit=row.unit,
        job_title=row.job_title,
        department=row.department,
        phone=row.phone,
        attributes=json.loads(row.attributes),
        change_password_next_time=row.must_change_password,
        status=_STATUS[row.status],
        locks=v1.UserLocks(
            role=row.role_locked, location=row.location_locked, protected=row.protected
        ),
        source=row.source,
        created_import=str(row.created_import or ""),
        updated_import=str(row.updated_import or ""),
        create_time=_time(row.created_at.timestamp()),
        update_time=_time(row.updated_at.timestamp()),
        version=row.version,
    )


def _time(seconds: float) -> Timestamp:
    told = Timestamp()
    told.FromMicroseconds(round(seconds * 1_000_000))
    return told


def _nobody(kind: str, text: str) -> Refusal:
    return Refusal(
        Reason.RESOURCE_NOT_FOUND,
        f"There is no user with the {kind.replace('_', ' ')} {echo(text)} in this directory.",
        {"option": kind, "value": printable(text)},
    )
