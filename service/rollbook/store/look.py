"""Reads the users of a batch as they are stored, each as one text, to be compared with its rows."""

from collections.abc import Sequence
from typing import NamedTuple

from rollbook.store.database import Connection, Record
from rollbook.store.statements import sql


class Look(NamedTuple):
    """What is looked for: directory, the columns that are compared, and what leaves a user out.

    `users` are left out by their ids; `username_follows` as in `staging.Target`. `attributes`:
    those are compared, too. The columns are some of `statements.CHANGING`, in any order.
    """

    directory_id: int
    columns: Sequence[str]
    users: Sequence[int]
    username_follows: bool
    attributes: bool


class Stored(NamedTuple):
    """Users as they are stored: ids, texts as `staging/stored_text` has them, attributes as JSON.

    A text of None: no row may be said to be the same. Attributes are None where not asked for.
    """

    ids: Sequence[int] = ()
    texts: Sequence[str | None] = ()
    attributes: Sequence[str | None] = ()


async def in_range(
    connection: Connection, look: Look, first: str, last: str, most: int
) -> Stored | None:
    """The users from one number key to another; None: there are `most` of them, or more."""
    stored = _stored(
        await connection.fetchrow(sql("staging/stored_range"), *look, first, last, most)
    )
    return stored if len(stored.ids) < most else None


async def of_keys(connection: Connection, look: Look, keys: Sequence[str]) -> Stored:
    """The users that have these number keys; twice as dear a user as those of a range."""
    return _stored(await connection.fetchrow(sql("staging/stored_keys"), *look, keys))


def _stored(found: Record | None) -> Stored:
    return Stored(*found) if found and found["ids"] else Stored()
