"""Converts users, keys and conditions between protobuf and values."""

import json

from google.protobuf.timestamp_pb2 import Timestamp

from rollbook.checking.request_text import REQUEST
from rollbook.credentials.invitations import Invite
from rollbook.imports.options import parse_id
from rollbook.model import Mail
from rollbook.rpc.imports.results import field_change_message
from rollbook.rpc.wire.servicer import time_of
from rollbook.store import users
from rollbook.store.credentials import Account
from rollbook.store.users import UserRow
from rollbook.users.find import Conditions, UserKey, opaque_id
from rollbook.users.history import ChangeKind, UserChange
from rollbook.v1 import users_pb2 as v1

_STATUS = {
    users.ACTIVE: v1.USER_STATUS_ACTIVE,
    users.SUSPENDED: v1.USER_STATUS_SUSPENDED,
    users.SUSPENDED_BY_SYNC: v1.USER_STATUS_SUSPENDED_BY_SYNC,
}
_MAILS = {
    v1.INVITATION_KIND_UNSPECIFIED: None,
    v1.INVITATION_KIND_LINK: Mail.INVITATION,
    v1.INVITATION_KIND_LOGIN_DETAILS: Mail.LOGIN_DETAILS,
}
_KINDS = {
    ChangeKind.CREATED: v1.USER_CHANGE_KIND_CREATED,
    ChangeKind.UPDATED: v1.USER_CHANGE_KIND_UPDATED,
    ChangeKind.SUSPENDED: v1.USER_CHANGE_KIND_SUSPENDED,
    ChangeKind.REACTIVATED: v1.USER_CHANGE_KIND_REACTIVATED,
}
_STATUS_NAMES = {number: name for name, number in _STATUS.items()}


def key_of(key: v1.UserKey) -> UserKey:
    """The user that a request names."""
    kind = key.WhichOneof("key") or ""
    return UserKey(kind, getattr(key, kind) if kind else "")


def conditions_of(request: v1.ListUsersRequest) -> Conditions:
    """What a list is asked for.

    Raises:
        Refusal: INVALID_OPTIONS, an id, a time or a status that cannot be.
    """
    return Conditions(
        text=request.text,
        import_id=parse_id(request.import_id) if request.import_id else None,
        created_from=time_of(request, "created_from"),
        created_until=time_of(request, "created_until"),
        updated_from=time_of(request, "updated_from"),
        updated_until=time_of(request, "updated_until"),
        role=request.role,
        location=request.location,
        unit=request.organizational_unit,
        status=_status(request.status),
    )


def invite_of(request: v1.SendInvitationsRequest) -> Invite:
    """Whom an invitation is for, and what is mailed.

    Raises:
        Refusal: INVALID_OPTIONS, an id or a kind that cannot be, or neither or both of an import
            and users.
    """
    if bool(request.import_id) is bool(request.users):
        raise REQUEST.wrong("users", "Name either an import, by import_id, or users.")
    if request.kind not in _MAILS:
        raise REQUEST.wrong("kind", f"There is no kind {request.kind}.")
    return Invite(
        import_id=parse_id(request.import_id) if request.import_id else None,
        users=[key_of(key) for key in request.users],
        mail=_MAILS[request.kind],
    )


def user_message(row: UserRow) -> v1.User:
    """A user on the wire."""
    user = v1.User(
        user_id=opaque_id(row.id),
        attributes=json.loads(row.attributes),
        status=_STATUS[row.status],
        locks=v1.UserLocks(
            role=row.role_locked, location=row.location_locked, protected=row.protected
        ),
        source=row.source,
        sources=row.sources,
        created_import=str(row.created_import or ""),
        updated_import=str(row.updated_import or ""),
        create_time=_timestamp(row.created_at.timestamp()),
        update_time=_timestamp(row.updated_at.timestamp()),
        version=row.version,
    )
    for field, value in row.fields.items():
        setattr(user, field, value)
    return user


def change_message(change: UserChange) -> v1.UserChange:
    """A change of a user on the wire."""
    return v1.UserChange(
        version=change.version,
        change_time=_timestamp(change.at.timestamp()),
        kind=_KINDS[change.kind],
        import_id=str(change.import_id or ""),
        source=change.source,
        principal=change.principal,
        changes=map(field_change_message, change.fields),
    )


def set_password_facts(user: v1.User, account: Account) -> None:
    """Tell of a user's password whether there is one, and when the user first got in."""
    if account.hash is None:
        user.password_state = v1.PASSWORD_STATE_NONE
    elif account.must_change:
        user.password_state = v1.PASSWORD_STATE_MUST_CHANGE
    else:
        user.password_state = v1.PASSWORD_STATE_SET
    if account.first_login_at:
        user.first_login_time.CopyFrom(_timestamp(account.first_login_at.timestamp()))


def changed_user_message(row: UserRow, *, reader: bool) -> v1.User:
    """A user that was just changed.

    Callers who may not read users see only what they may decide: the id, the status, the locks and
    the version. All else is stored, and a change would be a way to read it.
    """
    user = user_message(row)
    if reader:
        return user
    return v1.User(user_id=user.user_id, status=user.status, locks=user.locks, version=user.version)


def _timestamp(seconds: float) -> Timestamp:
    timestamp = Timestamp()
    timestamp.FromMicroseconds(round(seconds * 1_000_000))
    return timestamp


def _status(number: v1.UserStatus) -> str | None:
    if number == v1.USER_STATUS_UNSPECIFIED:
        return None
    if number not in _STATUS_NAMES:
        raise REQUEST.wrong("status", f"There is no status {number}.")
    return _STATUS_NAMES[number]
