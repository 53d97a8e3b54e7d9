"""A batch's columns → staged rows → users: the statements that plan and save a batch.

All within one transaction that `Database.batch` opened, in this order: `stage`, `take_turn`,
`match`, then `update` before `insert`, because an address may be freed by the one and taken by
the other.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from rollbook.store.database import Connection, Record
from rollbook.store.statements import sql

_TABLE = "staged_0003"

CHANGED = 1
ROLE_LOCKED = 2
LOCATION_LOCKED = 4
SUSPENDED = 8
SUSPENDED_BY_SYNC = 16
PROTECTED = 32
EMAIL_CHANGES = 64
ROLE_CHANGES = 128
LOCATION_IS_LOCKED = 256
"""What `staged_match.sql` says of a row, as bits."""


class Target(NamedTuple):
    """Whom an import writes to: directory, its default role, the import, and its source.

    `username_follows`: a new user's username is the e-mail, and follows it.
    """

    directory_id: int
    default_role_id: int
    import_id: UUID
    source: str
    username_follows: bool


class Match(NamedTuple):
    """What each staged row would do: positions, users (0: none) and bits, in no order."""

    positions: list[int]
    user_ids: list[int]
    bits: list[int]


class Holders(NamedTuple):
    """Who holds what each staged row wants; see `staged_holders.sql`."""

    positions: list[int]
    of_email: list[int]
    of_username: list[int]
    own_email_keys: list[str]
    own_username_keys: list[str]
    follows: list[bool]


async def stage(connection: Connection, columns: Mapping[str, Sequence[object]]) -> None:
    """Send columns of one length by binary COPY into the temporary table."""
    await connection.execute(sql("staged_create"))
    await connection.copy_records_to_table(
        _TABLE,
        records=zip(*columns.values(), strict=True),
        columns=list(columns),
    )


async def clear(connection: Connection) -> None:
    """Empty the temporary table between two batches of one transaction."""
    await connection.execute(sql("staged_clear"))


async def take_turn(connection: Connection, directory_id: int) -> None:
    """Wait for the directory's turn; it lasts until the transaction ends."""
    await connection.execute(sql("directory_lock"), directory_id)


async def match(connection: Connection, target: Target) -> Match:
    """Find each staged row's user, and what the row would change."""
    found = await connection.fetchrow(
        sql("staged_match"), target.directory_id, target.username_follows
    )
    return Match(*_columns(found))


async def holders(connection: Connection, target: Target) -> Holders:
    """Find who holds the e-mail and username that each staged row wants."""
    found = await connection.fetchrow(
        sql("staged_holders"), target.directory_id, target.username_follows
    )
    return Holders(*_columns(found))


async def give_places(
    connection: Connection,
    positions: Sequence[int],
    location_ids: Sequence[int | None],
    unit_ids: Sequence[int | None],
) -> None:
    """Set the locations and units, just made, of the staged rows at `positions`."""
    await connection.execute(sql("staged_places"), positions, location_ids, unit_ids)


async def update(connection: Connection, target: Target, positions: Sequence[int]) -> None:
    """Bring the users of the staged rows at `positions` to what the rows say.

    Raises:
        asyncpg.UniqueViolationError: an e-mail or username is another's (`Conflict` outside).
    """
    await connection.execute(
        sql("staged_update"),
        target.directory_id,
        target.username_follows,
        target.import_id,
        positions,
    )


async def insert(
    connection: Connection, target: Target, positions: Sequence[int]
) -> dict[str, int]:
    """Make users of the staged rows at `positions`; answers their ids by employee-number key.

    Raises:
        asyncpg.UniqueViolationError: an e-mail or username is another's (`Conflict` outside).
    """
    ids, keys = _columns(
        await connection.fetchrow(
            sql("staged_insert"),
            target.directory_id,
            target.default_role_id,
            target.import_id,
            positions,
            target.source,
        )
    )
    return dict(zip(keys, ids, strict=True))


def _columns(found: Record | None) -> list[list[Any]]:
    """The arrays of a row that folds many; NULL where there were none."""
    return [column or [] for column in found.values()] if found else []
