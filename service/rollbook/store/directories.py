"""Directories: creates, changes, lists and removes them. `names` looks one up."""

import json
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from rollbook.model.passwords import DEFAULT_LENGTH
from rollbook.store.database import Connection, Record
from rollbook.store.errors import Gone
from rollbook.store.statements import sql

_ROLES = (("Standard", "standard", False), ("admin", "admin", True))
_ROLE_NAMES = (
    ("standard", "standard", "Standard"),
    ("standard", "user", "user"),
    ("standard", "default user", "Default User"),
    ("admin", "admin", "admin"),
)


class Safeguards(NamedTuple):
    """The most that one import may do to existing users, None: off. As the table's defaults are."""

    max_suspended_percent: int | None = 20
    max_suspended: int | None = 500
    max_email_percent: int | None = 10
    max_role_percent: int | None = 5


class DirectorySettings(NamedTuple):
    """What a directory is set to; the fields are called as those of the contract's `Directory`.

    `default_role` is a role's name, `notices` the events that become notices; `seats` and
    `notices_per_minute` None: no limit; `password_min_length` in code points. `sources` has, for
    each source, the principal who may run its full syncs; in a change '' for none.
    """

    display_name: str = ""
    default_role: str = ""
    seats: int | None = None
    notices: Sequence[str] = ()
    notices_per_minute: int | None = None
    password_min_length: int = DEFAULT_LENGTH
    safeguards: Safeguards = Safeguards()
    sources: Mapping[str, str] = MappingProxyType({})


class DirectoryFacts(NamedTuple):
    """A directory: what it is set to, and how many of its users are active."""

    name: str
    active_users: int
    settings: DirectorySettings


async def make_directory(connection: Connection, name: str, display_name: str) -> int | None:
    """Make a directory with its roles Standard (default) and admin; None if the name is taken.

    To be asked within a transaction, which is in the new directory from then on.
    """
    made: int | None = await connection.fetchval(
        sql("directories/directory_make"), name, display_name
    )
    if made is None:
        return None
    await connection.execute(sql("tenancy/directory"), str(made))
    await connection.execute(
        sql("directories/directory_make_roles"),
        made,
        *map(list, zip(*_ROLES, strict=True)),
        *map(list, zip(*_ROLE_NAMES, strict=True)),
    )
    return made


async def facts(connection: Connection, directory_id: int) -> DirectoryFacts:
    """What a directory is set to.

    Raises:
        Gone: it was removed meanwhile.
    """
    found = await connection.fetchrow(sql("directories/directory_settings"), directory_id)
    if found is None:
        raise Gone("the directory")
    return _facts(found)


async def set_directory(
    connection: Connection, directory_id: int, settings: DirectorySettings
) -> None:
    """Store a directory's settings, except its default role; during its turn."""
    await connection.execute(
        sql("directories/directory_set"),
        directory_id,
        settings.display_name,
        settings.seats,
        settings.notices,
        settings.notices_per_minute,
        settings.password_min_length,
        *settings.safeguards,
    )
    if owned := {source: who for source, who in settings.sources.items() if who}:
        await connection.execute(
            sql("directories/sources_set"), directory_id, list(owned), list(owned.values())
        )
    if free := [source for source, who in settings.sources.items() if not who]:
        await connection.execute(sql("directories/sources_forget"), directory_id, free)


async def sources(connection: Connection, directory_id: int) -> list[str]:
    """The sources of which somebody runs full syncs."""
    return [
        row["source"] for row in await connection.fetch(sql("directories/sources"), directory_id)
    ]


async def source_owner(connection: Connection, directory_id: int, source: str) -> str | None:
    """The principal who may run full syncs of the source; None: not claimed yet."""
    owner: str | None = await connection.fetchval(
        sql("directories/source_owner"), directory_id, source
    )
    return owner


async def claim_source(
    connection: Connection, directory_id: int, source: str, principal: str
) -> None:
    """Make the principal the owner of the source, if it has none yet."""
    await connection.execute(sql("directories/source_claim"), directory_id, source, principal)


class InUse(NamedTuple):
    """What stands in the way of removing a directory: users (1,001: or more), running imports."""

    users: int
    imports: int


async def claim(connection: Connection, directory_id: int) -> InUse:
    """Lock a directory against all others until the transaction ends; during its turn.

    Callers who open an import, or take one over, wait, and find it gone or as it was.
    """
    await connection.fetchval(sql("directories/directory_claim"), directory_id)
    await connection.execute(sql("directories/directory_leases_forget"), directory_id)
    found = await connection.fetchrow(sql("directories/directory_in_use"), directory_id)
    return InUse(*found) if found else InUse(0, 0)


async def remove(connection: Connection, directory_id: int) -> None:
    """Remove a directory that was claimed, and is not in use, with all that it holds."""
    await connection.execute(sql("directories/directory_remove"), directory_id)


async def page(
    connection: Connection, after: str, most: int, among: Collection[str] | None
) -> list[DirectoryFacts]:
    """At most `most` directories by name, after the name `after`, of those `among`; None: any."""
    names = None if among is None else list(among)
    return list(
        map(_facts, await connection.fetch(sql("directories/directories_page"), after, most, names))
    )


async def short_passwords(connection: Connection) -> list[str]:
    """Some of the directories, by name, whose passwords may be shorter than by default."""
    found = await connection.fetch(sql("directories/directories_short_passwords"), DEFAULT_LENGTH)
    return [row["name"] for row in found]


def _facts(found: Record) -> DirectoryFacts:
    name, display_name, default_role, seats, active_users, events, *rest, sources = found
    per_minute, least_length, *limits = rest
    return DirectoryFacts(
        name,
        active_users,
        DirectorySettings(
            display_name,
            default_role,
            seats,
            events,
            per_minute,
            least_length,
            Safeguards(*limits),
            json.loads(sources),
        ),
    )
