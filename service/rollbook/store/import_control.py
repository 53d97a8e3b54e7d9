"""What a person decides about an import: cancelled, or let pass."""

import json
from collections.abc import Mapping
from uuid import UUID

from rollbook.store.database import Connection
from rollbook.store.statements import sql


async def lock(connection: Connection, directory_id: int, import_id: UUID) -> None:
    """Keep everybody else from moving the import on until the transaction ends."""
    await connection.execute(sql("imports/import_lock"), directory_id, import_id)


async def cancel(
    connection: Connection, directory_id: int, import_id: UUID, counts: Mapping[str, object]
) -> None:
    """Cancel an import that is locked and has not ended.

    Whoever works on it keeps its lease, to say of the rows that are left what became of them.
    """
    counted = json.dumps(counts, sort_keys=True)
    await connection.execute(sql("imports/import_cancel"), directory_id, import_id, counted)


async def approve(
    connection: Connection, directory_id: int, import_id: UUID, principal: str
) -> bool:
    """Let an import pass; False if it does not wait for that, or not for this principal."""
    approved = await connection.fetchval(
        sql("imports/import_approve"), directory_id, import_id, principal
    )
    return approved is not None
