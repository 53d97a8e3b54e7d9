"""How high an import may reach, as it is stored → as it is asked; and lowered by who goes on."""

from rollbook.access import Caller, Ceiling
from rollbook.store import Connection, imports
from rollbook.store.imports import ImportRow, Reaches


def ceiling_of(row: ImportRow) -> Ceiling:
    """How high a stored import may reach."""
    return Ceiling(
        privileged=row.reaches_privileged,
        passwords=row.reaches_passwords,
        users=frozenset(row.caller_users),
    )


def reaches(ceiling: Ceiling) -> Reaches:
    """A ceiling as it is stored."""
    return Reaches(ceiling.privileged, ceiling.passwords, sorted(ceiling.users))


async def lowered(
    connection: Connection, directory_id: int, row: ImportRow, caller: Caller
) -> ImportRow:
    """The import, reaching no higher than whoever goes on with it. Asked by who has its lease."""
    before = ceiling_of(row)
    now = before.lowered(caller.ceiling)
    if now == before:
        return row
    await imports.lower(connection, directory_id, row.id, reaches(now))
    return await imports.get_import(connection, directory_id, row.id) or row
