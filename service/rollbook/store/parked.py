"""Parked rows: staged piece by piece, their names judged by SQL, written by one statement.

All within one transaction that holds the directory's turn: for each piece `staging.stage`,
`staging.match` and `keep`; then `contest`; then `stage`, `keep_changes`, `staging.update` and
`insert`. What is asked later of some rows, `holders` and `changes`, says what was before.
"""

import sys
from array import array
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rollbook.model import Change
from rollbook.store.database import Connection
from rollbook.store.staging import Target, clear, insert_parameters, rules_of
from rollbook.store.statements import script, sql

NOBODY, STAYS = -1, -2
"""Who holds a name that a row wants: nobody else; or somebody who keeps it."""


class Contest(NamedTuple):
    """Who stands in the way of each parked row, four bytes a number; see `staging/contest.sql`.

    By position, `waits`: the row whose user leaves the name, `NOBODY` or `STAYS`; `first`: the
    first row that wants it. `in_file`: the positions in the file's order.
    """

    email_waits: Sequence[int]
    email_first: Sequence[int]
    username_waits: Sequence[int]
    username_first: Sequence[int]
    in_file: Sequence[int]


Holder = tuple[str, str]
"""Number and status of a stored user."""


async def prepare(connection: Connection) -> None:
    """Make the temporary tables of parked rows, and empty that of staged rows."""
    await connection.execute(
        script(
            sql("staging/clear"),
            sql("staging/parked_create"),
            sql("staging/wants_create"),
            sql("staging/wants_index"),
            sql("staging/changed_create"),
        )
    )


async def keep(
    connection: Connection,
    target: Target,
    default_role_id: int,
    lines: Sequence[int],
    deeds: bytes,
    first: int,
) -> None:
    """Keep the staged rows as the next piece; `first` is the position of their first one.

    Of each row: its line, and what it would write, as in `staging.update`.
    """
    await connection.execute(sql("staging/parked_keep"))
    await connection.execute(
        sql("staging/wants"), *rules_of(target, default_role_id), first, lines, deeds
    )


async def contest(connection: Connection) -> Contest:
    """Find out of all pieces together who stands in whose way."""
    found = await connection.fetchrow(sql("staging/contest"))
    return Contest(*map(_numbers, found.values())) if found else Contest(*[array("i")] * 5)


async def stage(connection: Connection, deeds: bytes) -> None:
    """Stage all the rows that are written, each at its position."""
    await clear(connection)
    await connection.execute(sql("staging/parked_stage"), deeds)


async def keep_changes(
    connection: Connection, target: Target, deeds: bytes, default_role_id: int
) -> None:
    """Note which fields the staged rows of `deeds` change, for `changes`."""
    await connection.execute(sql("staging/changed_keep"), *rules_of(target, default_role_id), deeds)


async def insert(
    connection: Connection, target: Target, deeds: bytes, default_role_id: int
) -> None:
    """Make users of the staged rows; `made` answers their ids. Raises as `staging.insert`."""
    await connection.fetchval(
        sql("staging/parked_insert"), *insert_parameters(target, deeds, default_role_id)
    )


async def made(connection: Connection, directory_id: int, keys: Sequence[str]) -> list[int]:
    """The ids of users who were made, by their number keys, in the keys' order."""
    ids: list[int] = await connection.fetchval(sql("staging/made_users"), directory_id, keys) or []
    return ids


async def changes(connection: Connection, positions: Sequence[int]) -> dict[int, list[Change]]:
    """What rows change, by position, as `keep_changes` noted it."""
    return {
        row["pos"]: list(map(Change, row["fields"], row["olds"], row["news"]))
        for row in await connection.fetch(sql("staging/changed_kept"), positions)
    }


async def holders(
    connection: Connection, positions: Sequence[int]
) -> Mapping[int, tuple[Holder, Holder]]:
    """Who held the e-mail, and the username, that rows want: by position, at the contest."""
    return {
        row["pos"]: (
            (row["email_number"], row["email_status"]),
            (row["username_number"], row["username_status"]),
        )
        for row in await connection.fetch(sql("staging/wants_holders"), positions)
    }


def _numbers(packed: bytes | None) -> "array[int]":
    """Numbers of four bytes in the order of the network, as PostgreSQL sends them."""
    numbers = array("i", packed or b"")
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers
