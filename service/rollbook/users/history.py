"""The history of one user: what each change made of each field, and who made it."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from json import loads
from typing import NamedTuple
from uuid import UUID

from rollbook.checking.request_text import REQUEST
from rollbook.model import ATTRIBUTE_PREFIX, REMOVED, STORED, Change, Field, Kind
from rollbook.store import Connection, TenantDatabase, imports, users
from rollbook.store.users import ACTIVE, StoredChange, UserRow
from rollbook.users.find import UserKey, find_user

_LOOKED = 1_000
"""Versions that are looked at for the changes of one field, so that a page costs a page."""
_FIRST = 1
"""The version that a new user has."""

_LOCKS = {
    "role_locked": "locks.role",
    "location_locked": "locks.location",
    "protected": "locks.protected",
}
_FIELD_OF = {field.column: field.value for field in STORED} | {
    "status": "status",
    "sources": "sources",
    **_LOCKS,
}
"""What a column is called in a change; attributes have their own names."""

_ORDER = [*_FIELD_OF.values()]
_OF_A_NEW_USER = {
    **{field.value: "0" for field in STORED if field.traits.kind is Kind.BOOLEAN},
    **dict.fromkeys(_LOCKS.values(), "0"),
    "status": ACTIVE,
}
"""What no creation shows, beside what is empty."""


class ChangeKind(Enum):
    """What a change is above all."""

    CREATED = auto()
    UPDATED = auto()
    SUSPENDED = auto()
    REACTIVATED = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class UserChange:
    """A change of a user; `version` is the one that it made.

    `import_id` None: it was made by hand. `source` is that of the import, '' if it is no longer
    kept; `principal` '': as the creating import is no longer kept, nobody knows whose it was.
    """

    version: int
    at: datetime
    kind: ChangeKind
    import_id: UUID | None
    source: str
    principal: str
    fields: tuple[Change, ...]


class Changes(NamedTuple):
    """A page of changes, newest first. `behind`: it goes on before this version; 0: it does not."""

    changes: list[UserChange]
    behind: int


async def list_changes(
    database: TenantDatabase,
    directory_id: int,
    key: UserKey,
    *,
    before: int,
    most: int,
    field: str = "",
) -> Changes:
    """At most `most` changes of a user, those that made versions before `before`, 0: the newest.

    `field`: only changes of it, as they name it; '': of any.

    Each is stored, with what it changed; the creation behind them is the user of today, or of an
    early version that is kept whole, with all changes before undone. A page may be short where
    these are large.

    Raises:
        Refusal: as `find_user`; INVALID_OPTIONS, there is no such field.
    """
    column = _column_of(field) if field else None
    async with database.connection() as alone, alone.together() as connection:
        user = await find_user(connection, directory_id, key)
        until = min(before or user.version + 1, user.version + 1)
        since = max(_FIRST + 1, until - _LOOKED if column else 0)
        found, whole = await users.changes(
            connection,
            directory_id,
            user.id,
            before=until,
            most=most,
            since=since,
            column=column,
        )
        changes = [_change(one) for one in found]
        if not whole:
            return Changes(changes, changes[-1].version)
        if since > _FIRST + 1:
            return Changes(changes, since)
        if until > _FIRST:
            made = await _creation(connection, directory_id, user.id)
            if not field or any(one.field == field for one in made.fields):
                changes.append(made)
    return Changes(changes, 0)


def _column_of(field: str) -> str:
    """How the history names a field: by its column, or an attribute by its own name."""
    columns = [column for column, name in _FIELD_OF.items() if name == field]
    is_attribute = field.startswith(ATTRIBUTE_PREFIX) and field.isprintable()
    if not (columns or is_attribute):
        raise REQUEST.wrong(
            "field",
            "field must be one of a user, such as role, status or attributes.badge.",
            value=field,
        )
    return columns[0] if columns else field


def _change(stored: StoredChange) -> UserChange:
    pairs: Mapping[str, tuple[object, object]] = loads(stored.changes)
    return UserChange(
        version=stored.version,
        at=stored.changed_at,
        kind=_kind(*pairs.get("status", (None, None))),
        import_id=stored.import_id,
        source=stored.source,
        principal=stored.principal,
        fields=tuple(_named(stored, pairs)),
    )


def _kind(old: object, new: object) -> ChangeKind:
    if old == new:
        return ChangeKind.UPDATED
    return ChangeKind.REACTIVATED if new == ACTIVE else ChangeKind.SUSPENDED


def _named(stored: StoredChange, pairs: Mapping[str, tuple[object, object]]) -> Iterator[Change]:
    """The fields that differ: in the order of the table of fields, then attributes by name.

    A column that is no field any more is left out, and so is what the user was as a whole.
    """
    shown = {
        _FIELD_OF.get(column, column): pair
        for column, pair in pairs.items()
        if column in _FIELD_OF or column.startswith(ATTRIBUTE_PREFIX)
    }
    for field in sorted(shown, key=_place):
        old, new = shown[field]
        if field in stored.names:
            old_name, new_name = stored.names[Field(field)]
            yield Change(field, _name(old, old_name), _name(new, new_name))
        else:
            yield Change(field, _text(old), _text(new))


def _name(id_: object, name: str | None) -> str:
    """The name of today for an id, 0: none is stored. Those that were removed all have one name."""
    return (name or REMOVED) if id_ else ""


async def _creation(connection: Connection, directory_id: int, user_id: int) -> UserChange:
    user, removed = await users.created(connection, directory_id, user_id)
    made = None
    if user.created_import:
        made = await imports.get_import(connection, directory_id, user.created_import)
    return UserChange(
        version=_FIRST,
        at=user.created_at,
        kind=ChangeKind.CREATED,
        import_id=user.created_import,
        source=user.source,
        principal=made.principal if made else "",
        fields=tuple(
            Change(field, "", value)
            for field, value in _values(user, removed).items()
            if value not in ("", _OF_A_NEW_USER.get(field))
        ),
    )


def _place(field: str) -> tuple[int, str]:
    return (_ORDER.index(field), "") if field in _ORDER else (len(_ORDER), field)


def _values(user: UserRow, removed: Collection[Field]) -> Mapping[str, str]:
    """What a user was, as text by field; '' or absent: nothing. `removed`: as `users.created`."""
    return {
        **{
            field.value: REMOVED if field in removed else _text(user.fields[field])
            for field in STORED
        },
        "status": user.status,
        "sources": _text(user.sources),
        **{name: _text(getattr(user, column)) for column, name in _LOCKS.items()},
        **{f"{ATTRIBUTE_PREFIX}{name}": text for name, text in loads(user.attributes).items()},
    }


def _text(value: object) -> str:
    """The value as results have it. None: there was none."""
    match value:
        case None:
            return ""
        case bool():
            return "1" if value else "0"
        case list():
            return ", ".join(value)
    return str(value)
