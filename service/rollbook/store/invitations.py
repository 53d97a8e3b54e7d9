"""Invitations: finds whom they are for, and writes their notices."""

from collections.abc import Sequence
from dataclasses import astuple
from typing import NamedTuple
from uuid import UUID

from rollbook.model import Mail
from rollbook.store.database import Connection
from rollbook.store.statements import sql
from rollbook.store.users import Who


class Invitee(NamedTuple):
    """A user who may be invited. `version` is that of the password, 0: there never was one.

    `soon`: the user had such a mail within 24 hours, or it is pending.
    """

    id: int
    active: bool
    role_id: int
    protected: bool
    version: int
    signed_in: bool
    soon: bool


async def lock(connection: Connection, directory_id: int) -> None:
    """Let no other transaction mail users of the directory by request until this one ends.

    Those are invitations, and failed notices that are sent again.
    """
    await connection.execute(sql("credentials/invitations_lock"), directory_id)


async def of_import(
    connection: Connection, directory_id: int, import_id: UUID, *, after: int, most: int
) -> list[int]:
    """The ids of at most `most` users whom an import created, behind the id `after`."""
    rows = await connection.fetch(
        sql("credentials/invitations_import"), directory_id, import_id, after, most
    )
    return [row["id"] for row in rows]


async def named(connection: Connection, directory_id: int, whom: Sequence[Who]) -> list[int | None]:
    """The ids of users, in the order given; None for who is not there."""
    columns = map(list, zip(*map(astuple, whom), strict=True))
    rows = await connection.fetch(sql("credentials/invitations_named"), directory_id, *columns)
    return [row["id"] for row in rows]


async def invitees(connection: Connection, directory_id: int, ids: Sequence[int]) -> list[Invitee]:
    """What decides whether these users are invited."""
    rows = await connection.fetch(sql("credentials/invitations_judge"), directory_id, list(ids))
    return [Invitee(*row) for row in rows]


async def write(
    connection: Connection,
    directory_id: int,
    import_id: UUID | None,
    mail: Mail,
    whom: Sequence[Invitee],
) -> None:
    """Write a notice of the mail for each; `import_id` None: they are of none."""
    await connection.execute(
        sql("credentials/invitations_write"),
        directory_id,
        import_id,
        mail,
        mail.lane,
        [one.id for one in whom],
        [one.version for one in whom],
    )
