"""Users: finds, lists, locks, suspends and reactivates them."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import UTC, datetime
from typing import NamedTuple, Self
from uuid import UUID

from rollbook.model import STORED, Field, Kind
from rollbook.store import staging
from rollbook.store.database import Connection, Record
from rollbook.store.errors import Gone
from rollbook.store.statements import sql

ACTIVE, SUSPENDED, SUSPENDED_BY_SYNC = "active", "suspended", "suspended_by_sync"
"""What a user's status may be."""

_REFERENCES = tuple(field for field in STORED if field.traits.kind is Kind.REFERENCE)


class UserRow(NamedTuple):
    """A user as stored.

    `fields` are the stored fields of the table in `model`, names in the place of ids. `attributes`
    is JSON; `source` that of the import that created the user, `sources` those that name them now.
    """

    fields: Mapping[Field, str | bool]
    id: int
    attributes: str
    status: str
    role_locked: bool
    location_locked: bool
    protected: bool
    source: str
    sources: Sequence[str]
    created_import: UUID | None
    updated_import: UUID | None
    created_at: datetime
    updated_at: datetime
    version: int
    role_id: int

    @classmethod
    def of(cls, found: Record) -> Self:
        """The user that a statement with `users/row` answered."""
        fields = {field: found[field] for field in STORED}
        return cls(fields, *(found[name] for name in cls._fields[1:]))


class StoredChange(NamedTuple):
    """A change of a user as the history keeps it; `version` is the one that it made.

    `changes` is JSON: {column: [old, new]}, `attributes.NAME` for each attribute. `names` has the
    names of today for the old and the new id of a field, None: there is no such id, or no more.
    `import_id` None: it was made by hand. `source` is the import's, '' if it is no longer kept.
    """

    names: Mapping[Field, tuple[str | None, str | None]]
    version: int
    changed_at: datetime
    import_id: UUID | None
    source: str
    principal: str
    changes: str

    @classmethod
    def of(cls, found: Record) -> Self:
        """The change that `users/user_changes` answered."""
        names = {field: (found[f"old_{field}"], found[f"new_{field}"]) for field in _REFERENCES}
        return cls(names, *(found[name] for name in cls._fields[1:]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Which user: one of these."""

    id: int | None = None
    number_key: str | None = None
    email_key: str | None = None
    username_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginnings:
    """How texts begin that are looked for; in the order of the statement. None: none is."""

    number_key: str
    name_key: str
    name: str
    first_name: str | None
    last_name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which users are asked for; None: any. Times: from, included, until, not.

    The fields are in the order of the statements' parameters.
    """

    import_id: UUID | None = None
    created_from: datetime | None = None
    created_until: datetime | None = None
    updated_from: datetime | None = None
    updated_until: datetime | None = None
    role_id: int | None = None
    location_id: int | None = None
    unit_id: int | None = None
    status: str | None = None
    text: Beginnings | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ByHand:
    """What is decided of a user by hand; None: as it is."""

    status: str | None = None
    role_locked: bool | None = None
    location_locked: bool | None = None
    protected: bool | None = None
    sources: Sequence[str] | None = None

    def changes(self, row: UserRow) -> bool:
        """Whether it is not so already."""
        pairs = (
            (self.status, row.status),
            (self.role_locked, row.role_locked),
            (self.location_locked, row.location_locked),
            (self.protected, row.protected),
        )
        moved = self.sources is not None and set(self.sources) != set(row.sources)
        return moved or any(wanted not in (None, stored) for wanted, stored in pairs)


async def get(connection: Connection, directory_id: int, who: Who) -> UserRow | None:
    """The user, or None."""
    found = await connection.fetchrow(
        sql("users/user_get"), directory_id, who.id, who.number_key, who.email_key, who.username_key
    )
    return UserRow.of(found) if found else None


async def changes(
    connection: Connection,
    directory_id: int,
    user_id: int,
    *,
    before: int,
    most: int,
    since: int = 0,
    column: str | None = None,
) -> tuple[list[StoredChange], bool]:
    """At most `most` changes of the user that made versions before `before`, newest first.

    And whether these are all of them from the version `since` on, of that `column`; None: of any.
    There may be fewer, where they are large; one at least, if there is one.
    """
    found = await connection.fetch(
        sql("users/user_changes"), directory_id, user_id, before, most, since, column
    )
    whole = not found or len(found) == found[0]["fitting"] < most
    return [StoredChange.of(row) for row in found], whole


async def created(
    connection: Connection, directory_id: int, user_id: int
) -> tuple[UserRow, frozenset[Field]]:
    """What a user was when created, and which fields named what is no longer there.

    Reads at most the changes up to version 64, however many there were.

    Raises:
        Gone: the directory, or such a user in it, is not there.
    """
    row = await connection.fetchrow(sql("users/user_created"), directory_id, user_id)
    if row is None:
        raise Gone("the user")
    removed = (field for field in _REFERENCES if row[f"id_of_{field}"] and not row[field])
    return UserRow.of(row), frozenset(removed)


class After(NamedTuple):
    """Where a page begins: behind this user. `at` is the time or the name that orders the list.

    `kind`: by which of its names a text means the user, as `users/name_arm` numbers them.
    """

    id: int = 0
    at: datetime | str | None = None
    kind: int = 0


class Page(NamedTuple):
    """Users, each with its place: a page may begin after it. It may be short, or empty.

    `behind`: the list goes on behind this place, though the page is not full; None: it does not.
    """

    rows: list[tuple[After, UserRow]]
    behind: After | None


async def page(
    connection: Connection, directory_id: int, wanted: Wanted, after: After, most: int
) -> Page:
    """At most `most` of the users wanted, of those that one look finds: 2,000 are looked at.

    By id; if a text is asked for, by the name that it means and id; if a time is, and neither an
    import nor a text, by that time and id.
    """
    statement, parameters = _scan(directory_id, wanted, after, most)
    found = await connection.fetch(statement, *parameters)
    looked = [(After(row["id"], row["at"], row["kind"]), row["fits"]) for row in found]
    places = [place for place, fits in looked if fits]
    behind = next((place for place, fits in looked if not fits), None)
    ids = [place.id for place in places]
    rows = map(UserRow.of, await connection.fetch(sql("users/users_read"), directory_id, ids))
    # Where their attributes are large, fewer are read than were found.
    return Page(list(zip(places, rows, strict=False)), behind)


_BEFORE_ALL = datetime(1, 1, 1, tzinfo=UTC)
_NARROWEST = ("import_id", "unit_id", "location_id", "status", "role_id")
"""The conditions that may narrow a list most, the first of those that are asked for does."""


def _scan(directory_id: int, wanted: Wanted, after: After, most: int) -> tuple[str, list[object]]:
    """The statement that finds a page, and its parameters.

    A list by id is scanned from its place; any other may look at all that its condition leaves.
    """
    asked = {field.name: getattr(wanted, field.name) for field in fields(wanted)}
    text = asked.pop("text")
    narrows = (one for one in _NARROWEST if asked[one] not in (None, ACTIVE))
    parameters = [directory_id, after.id, most, *asked.values(), next(narrows, "")]
    if text is not None:
        names = [0, after.at, *astuple(text), after.kind]
        return sql("users/users_scan_named"), [*parameters, *names]
    if wanted.import_id is not None:
        return sql("users/users_scan_import"), [*parameters, after.id]
    if wanted.created_from or wanted.created_until:
        begins = after.at or wanted.created_from or _BEFORE_ALL
        return sql("users/users_scan_created"), [*parameters, 0, begins]
    if wanted.updated_from or wanted.updated_until:
        begins = after.at or wanted.updated_from or _BEFORE_ALL
        return sql("users/users_scan_changed"), [*parameters, 0, begins]
    return sql("users/users_scan"), [*parameters, after.id]


async def change(
    connection: Connection, directory_id: int, row: UserRow, by_hand: ByHand, principal: str
) -> None:
    """Change a user by hand, in the directory's turn; keeps what changed, counts the active."""
    await connection.execute(
        sql("users/user_set"),
        directory_id,
        row.id,
        principal,
        by_hand.status,
        by_hand.role_locked,
        by_hand.location_locked,
        by_hand.protected,
        by_hand.sources,
    )
    active = (by_hand.status or row.status) == ACTIVE
    await staging.count_active(connection, directory_id, active - (row.status == ACTIVE))
