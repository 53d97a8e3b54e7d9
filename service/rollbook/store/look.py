"""Reads the users of a batch as they are stored, by column, to be compared with its rows."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rollbook.store.database import Connection, Record
from rollbook.store.statements import sql
from rollbook.text_column import TextColumn


class Look(NamedTuple):
    """What is looked for: directory, the columns that are compared, and what makes a user special.

    `users` are special by their ids; `username_follows` as in `staging.Target`. `attributes`:
    those are compared, too. The columns are some of `statements.CHANGING`, in any order.
    """

    directory_id: int
    columns: Sequence[str]
    users: Sequence[int]
    username_follows: bool
    attributes: bool


class Stored(NamedTuple):
    """Users as they are stored, position i of each column one user.

    `columns` are `number_key` and those asked for, ids and booleans as texts. `special` are the
    positions of users whose row may not be called the same. Attributes are JSON, None where not
    asked for.
    """

    ids: Sequence[int] = ()
    columns: Mapping[str, TextColumn] = {}
    special: Sequence[int] = ()
    attributes: Sequence[str | None] = ()


async def in_range(
    connection: Connection, look: Look, first: str, last: str, most: int
) -> Stored | None:
    """The users from one number key to another; None: there are `most` of them, or more."""
    found = await connection.fetchrow(sql("staging/stored_range"), *look, first, last, most)
    stored = _stored(look, found)
    return stored if len(stored.ids) < most else None


async def of_keys(connection: Connection, look: Look, keys: Sequence[str]) -> Stored:
    """The users that have these number keys; twice as dear a user as those of a range."""
    return _stored(look, await connection.fetchrow(sql("staging/stored_keys"), *look, keys))


def _stored(look: Look, found: Record | None) -> Stored:
    if not found or not found["ids"]:
        return Stored()
    return Stored(
        found["ids"],
        {name: TextColumn(found[name] + b"\n") for name in ("number_key", *look.columns)},
        [at.start() for at in re.finditer("1", found["special"])],
        found["attributes"] or (),
    )
