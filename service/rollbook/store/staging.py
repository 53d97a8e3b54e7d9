"""The statements that stage, plan and save a batch of users.

All within one transaction that `Database.batch` opened, in this order: `stage`, `take_turn`,
`spare`, `match`, then `update` before `insert`, because an address may be freed by the one and
taken by the other.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from rollbook.model import MOST_ATTRIBUTES, Field, State
from rollbook.store.database import Connection, Record
from rollbook.store.errors import Gone
from rollbook.store.leases import Lease
from rollbook.store.statements import schema_number, sql

CHANGED = 1
ROLE_LOCKED = 2
LOCATION_LOCKED = 4
SUSPENDED = 8
SUSPENDED_BY_SYNC = 16
PROTECTED = 32
EMAIL_CHANGES = 64
ROLE_CHANGES = 128
LOCATION_IS_LOCKED = 256
REACTIVATES = 512
USERNAME_CHANGES = 1024
GRANTS_PRIVILEGED = 2048
HOLDS_PRIVILEGED = 4096
IS_CALLER = 8192
TOO_MANY_ATTRIBUTES = 16384
JOINS = 32768
"""The bits that `staging/match.sql` answers for a row."""

FIELD_CHANGES = {
    Field.EMAIL: EMAIL_CHANGES,
    Field.USERNAME: USERNAME_CHANGES,
    Field.ROLE: ROLE_CHANGES,
}
"""The bits of the protected fields."""


class Target(NamedTuple):
    """Where an import writes: directory, import, source and principal.

    `username_follows`: a new user's username is the e-mail, and follows it. `syncs`: it is a full
    sync of its source.
    """

    directory_id: int
    import_id: UUID
    source: str
    principal: str
    username_follows: bool
    syncs: bool = False


class Match(NamedTuple):
    """What each staged row would do: positions, users (0: none) and bits, in no order."""

    positions: list[int]
    user_ids: list[int]
    bits: list[int]


class Holders(NamedTuple):
    """Who holds what each staged row wants; see `staging/holders.sql`."""

    positions: list[int]
    of_email: list[int]
    of_username: list[int]
    own_email_keys: list[str]
    own_username_keys: list[str]
    follows: list[bool]


async def stage(connection: Connection, columns: Mapping[str, Sequence[object]]) -> None:
    """Send columns of one length by binary COPY into the temporary table.

    `Database.batch` has made it.
    """
    await connection.copy_records_to_table(
        f"staged_{schema_number()}",
        records=zip(*columns.values(), strict=True),
        columns=list(columns),
    )


async def take_turn(connection: Connection, directory_id: int) -> None:
    """Wait for the directory's turn; it lasts until the transaction ends."""
    await connection.execute(sql("directories/directory_lock"), directory_id)


async def wait_briefly(connection: Connection) -> None:
    """Wait for no lock for long, the turn's included, in what is left of the transaction.

    A statement that would is `Unavailable`. For who makes users before its turn: others may have to
    wait for these.
    """
    await connection.execute(sql("transactions/wait_briefly"))


class Room(NamedTuple):
    """What a directory has room for; read during its turn, so that it is exact.

    `seats` None: no limit. The limits of the safeguards are percents, None: off.
    `notices` are the events that become notices there; `privileged_roles` are ids.
    """

    seats: int | None
    active_users: int
    default_role_id: int
    max_suspended_percent: int | None
    max_suspended: int | None
    max_email_percent: int | None
    max_role_percent: int | None
    notices: Sequence[str]
    privileged_roles: Sequence[int]


class Guarded(NamedTuple):
    """The ids of the users that a row may not change, and of the roles that it may not grant."""

    roles: Sequence[int]
    users: Sequence[int]


async def room(connection: Connection, directory_id: int) -> Room:
    """Read what the directory has room for.

    Raises:
        Gone: it was removed meanwhile.
    """
    found = await connection.fetchrow(sql("directories/directory_room"), directory_id)
    if found is None:
        raise Gone("the directory")
    return Room(**found)


class Turn(NamedTuple):
    """What a batch looks at first in its turn. `held`: the import's lease is still ours."""

    held: bool
    cancelled: bool
    room: Room


async def begin_turn(connection: Connection, lease: Lease) -> Turn | None:
    """Take the directory's turn for an import, and look; None: the directory was removed."""
    await take_turn(connection, lease.directory_id)
    found = await connection.fetchrow(
        sql("imports/turn_begin"), lease.directory_id, lease.import_id, lease.fence
    )
    if found is None:
        return None
    of_room = {name: found[name] for name in Room._fields}
    return Turn(found["held"], found["state"] == State.CANCELLED, Room(**of_room))


async def count_active(connection: Connection, directory_id: int, more: int) -> None:
    """Keep the number of active users true, during the directory's turn."""
    if more:
        await connection.execute(sql("directories/directory_count"), directory_id, more)


async def spare(connection: Connection, directory_id: int, damaged: Sequence[int]) -> None:
    """Give damaged texts of staged rows, at these positions, the stored value they stem from.

    Asked before `match`, during the directory's turn.
    """
    await connection.execute(sql("staging/spare"), directory_id, damaged)


def nobody(size: int) -> Match:
    """What so many rows do of which none has a user, where no role is guarded: each creates one."""
    return Match([*range(size)], [0] * size, [0] * size)


async def match(
    connection: Connection, target: Target, guarded: Guarded, default_role_id: int
) -> Match:
    """Find each staged row's user, and what the row would change."""
    found = await connection.fetchrow(
        sql("staging/match"), *rules_of(target, default_role_id), *guarded, MOST_ATTRIBUTES
    )
    return Match(*_columns(found))


async def holders(connection: Connection, target: Target, default_role_id: int) -> Holders:
    """Find who holds the e-mail and username that each staged row wants."""
    found = await connection.fetchrow(sql("staging/holders"), *rules_of(target, default_role_id))
    return Holders(*_columns(found))


async def held(connection: Connection, directory_id: int, positions: Sequence[int]) -> list[int]:
    """Those of the staged rows, each of a new user, whose e-mail or username a user holds."""
    found = await connection.fetchval(sql("staging/held"), directory_id, positions)
    return sorted(found or [])


async def give_places(
    connection: Connection, location_ids: Sequence[int], unit_ids: Sequence[int]
) -> None:
    """Set locations and units, just made, of staged rows: by position, 0 leaves what is there."""
    await connection.execute(sql("staging/places"), location_ids, unit_ids)


async def changes(
    connection: Connection, target: Target, deeds: bytes, default_role_id: int
) -> list[tuple[int, str, str, str]]:
    """Each field that the staged rows of `deeds` change: position, field, old, new.

    Asked before `update` and `insert`, after `give_places`. A new user's old values are ''.
    `deeds` as in `update`.
    """
    rows = await connection.fetch(sql("staging/changes"), *rules_of(target, default_role_id), deeds)
    return [tuple(row) for row in rows]


async def update(
    connection: Connection, target: Target, deeds: bytes, default_role_id: int
) -> None:
    """Update the users of staged rows, and keep what changes as history.

    `deeds` has a byte for each position: `Outcome.UPDATED`, `Outcome.CREATED`, or 0 for a row
    that writes nothing.

    Raises:
        asyncpg.UniqueViolationError: an e-mail or username is another's (`Conflict` outside).
    """
    await connection.execute(
        sql("staging/update"),
        *rules_of(target, default_role_id),
        deeds,
        target.import_id,
        target.principal,
    )


async def insert(
    connection: Connection, target: Target, deeds: bytes, default_role_id: int
) -> dict[str, int]:
    """Make users of staged rows; answers their ids by employee-number key.

    Who names no role gets the default one, as it is in this turn. `deeds` as in `update`.

    Raises:
        asyncpg.UniqueViolationError: an e-mail or username is another's (`Conflict` outside).
    """
    ids, keys = _columns(
        await connection.fetchrow(
            sql("staging/insert"), *insert_parameters(target, deeds, default_role_id)
        )
    )
    return dict(zip(keys, ids, strict=True))


def rules_of(target: Target, default_role_id: int) -> tuple[object, ...]:
    """What `staging/new_values.part.sql` depends on beside the rows: the parameters $1 to $4."""
    source = target.source if target.syncs else ""
    return target.directory_id, target.username_follows, default_role_id, source


def insert_parameters(target: Target, deeds: bytes, default_role_id: int) -> tuple[object, ...]:
    """The parameters of `staging/inserted.part.sql`."""
    return *rules_of(target, default_role_id), deeds, target.import_id, target.source


def _columns(found: Record | None) -> list[list[Any]]:
    """The arrays of a row that folds many; NULL where there were none."""
    return [column or [] for column in found.values()] if found else []


async def clear(connection: Connection) -> None:
    """Empty the temporary table, between two batches of one transaction."""
    await connection.execute(sql("staging/clear"))
