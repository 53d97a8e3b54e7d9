"""The history of one user: what each change made of each field, and who made it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from itertools import pairwise
from json import loads
from operator import attrgetter
from typing import NamedTuple
from uuid import UUID

from rollbook.model import ATTRIBUTE_PREFIX, STORED, Change, Kind
from rollbook.store import Connection, TenantDatabase, imports, users
from rollbook.store.users import ACTIVE, UserRow, Version
from rollbook.users.find import UserKey, find_user

REMOVED = "(removed)"
"""The name of a role, location or unit that is no longer there."""

_NEWEST = (1 << 63) - 1
_FIRST = 1
"""The version that a new user has."""

_LOCKS: Mapping[str, Callable[[UserRow], bool]] = {
    "locks.role": attrgetter("role_locked"),
    "locks.location": attrgetter("location_locked"),
    "locks.protected": attrgetter("protected"),
}
_ORDER = [*STORED, "status", "sources", *_LOCKS]
_OF_A_NEW_USER = {
    **{field.value: "0" for field in STORED if field.traits.kind is Kind.BOOLEAN},
    **dict.fromkeys(_LOCKS, "0"),
    "status": ACTIVE,
}
"""What is said of no creation, beside what is empty."""


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
    database: TenantDatabase, directory_id: int, key: UserKey, *, before: int, most: int
) -> Changes:
    """At most `most` changes of a user, those that made versions before `before`, 0: the newest.

    They are computed from what is stored: the row before each change, and the one in force. A page
    may be short where these are large.

    Raises:
        Refusal: as `find_user`.
    """
    async with database.connection() as alone, alone.together() as connection:
        user = await find_user(connection, directory_id, key)
        newest = before - 1 if before else _NEWEST
        # A change is between two versions.
        found = await users.versions(
            connection, directory_id, user.id, newest=newest, most=most + 1
        )
        changes = [_change(old, new) for new, old in pairwise(found)]
        if found and found[-1].user.version == _FIRST:
            return Changes([*changes, await _creation(connection, directory_id, found[-1])], 0)
    return Changes(changes, changes[-1].version if changes else 0)


def _change(old: Version, new: Version) -> UserChange:
    assert old.ended_at is not None  # noqa: S101 -- only the version in force has not ended
    return UserChange(
        version=new.user.version,
        at=old.ended_at,
        kind=_kind(old.user, new.user),
        import_id=old.import_id,
        source=old.source,
        principal=old.principal or "",
        fields=tuple(_differing(old, new)),
    )


def _kind(old: UserRow, new: UserRow) -> ChangeKind:
    if old.status == new.status:
        return ChangeKind.UPDATED
    return ChangeKind.REACTIVATED if new.status == ACTIVE else ChangeKind.SUSPENDED


async def _creation(connection: Connection, directory_id: int, first: Version) -> UserChange:
    user = first.user
    made = None
    if user.created_import:
        made = await imports.get_import(connection, directory_id, user.created_import)
    return UserChange(
        version=user.version,
        at=user.created_at,
        kind=ChangeKind.CREATED,
        import_id=user.created_import,
        source=user.source,
        principal=made.principal if made else "",
        fields=tuple(
            Change(field, "", value)
            for field, value in _values(first).items()
            if value not in ("", _OF_A_NEW_USER.get(field))
        ),
    )


def _differing(old: Version, new: Version) -> Iterator[Change]:
    """The fields that differ: in the order of the table of fields, then attributes by name."""
    was, became = _values(old), _values(new)
    for field in sorted({**was, **became}, key=_place):
        before, after = was.get(field, ""), became.get(field, "")
        # Those that were removed all have one name.
        if before != after or old.removed.get(field) != new.removed.get(field):
            yield Change(field, before, after)


def _place(field: str) -> tuple[int, str]:
    return (_ORDER.index(field), "") if field in _ORDER else (len(_ORDER), field)


def _values(version: Version) -> Mapping[str, str]:
    """What a user was, as text by field; '' or absent: nothing."""
    user = version.user
    return {
        **{
            field.value: REMOVED if field in version.removed else _text(user.fields[field])
            for field in STORED
        },
        "status": user.status,
        "sources": ", ".join(user.sources),
        **{name: _text(locked(user)) for name, locked in _LOCKS.items()},
        **{f"{ATTRIBUTE_PREFIX}{name}": text for name, text in loads(user.attributes).items()},
    }


def _text(value: object) -> str:
    """The value as results have it. None: the field is newer than the version."""
    if isinstance(value, bool):
        return "1" if value else "0"
    return "" if value is None else str(value)
