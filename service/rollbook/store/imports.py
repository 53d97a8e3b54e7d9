"""Imports: opened, resumed, closed, read."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from rollbook.store.database import Connection
from rollbook.store.statements import sql
from rollbook.words import State


class ImportRow(NamedTuple):
    """An import as it stands. `counts` are those of its summary so far."""

    id: UUID
    principal: str
    profile: str
    source: str
    options: dict[str, Any]
    state: State
    stopped_by: str
    stopped_line: int
    rows: int
    last_line: int
    plan: int
    digest: bytes
    delimiter: str
    header: list[str]
    end_received: bool
    active_at_start: int
    approved_by: str
    approved_at: datetime | None
    counts: dict[str, Any]
    warnings: list[dict[str, Any]]
    created_at: datetime
    updated_at: datetime


async def open_import(
    connection: Connection,
    *,
    directory_id: int,
    import_id: UUID,
    principal: str,
    profile: str,
    source: str,
    options: Mapping[str, object],
) -> bool:
    """Open an import; False if its id is already known in the directory."""
    opened = await connection.fetchval(
        sql("import_open"),
        directory_id,
        import_id,
        principal,
        profile,
        source,
        json.dumps(options, sort_keys=True),
    )
    return opened is not None


async def get_import(
    connection: Connection, directory_id: int, import_id: UUID
) -> ImportRow | None:
    """The import as it stands, or None."""
    found = await connection.fetchrow(sql("import_get"), directory_id, import_id)
    if found is None:
        return None
    values = dict(found)
    for name in ("options", "counts", "warnings", "header"):
        values[name] = json.loads(values[name])
    values["state"] = State(values["state"])
    return ImportRow(**values)


async def close_import(
    connection: Connection,
    *,
    directory_id: int,
    import_id: UUID,
    state: State,
    stopped_by: str,
    stopped_line: int,
    counts: Mapping[str, object],
    warnings: Sequence[Mapping[str, object]],
    digest: bytes,
) -> None:
    """Say where an import stands now, and why."""
    await connection.execute(
        sql("import_close"),
        directory_id,
        import_id,
        state.value,
        stopped_by,
        stopped_line,
        json.dumps(counts, sort_keys=True),
        json.dumps(warnings),
        digest,
    )


async def resume_import(connection: Connection, directory_id: int, import_id: UUID) -> None:
    """Say that an interrupted import runs again."""
    await connection.execute(sql("import_resume"), directory_id, import_id)


async def keep_header(
    connection: Connection,
    directory_id: int,
    import_id: UUID,
    delimiter: str,
    header: Sequence[str],
) -> None:
    """Keep what the file's header was, for the report."""
    await connection.execute(
        sql("import_header"), directory_id, import_id, delimiter, json.dumps(list(header))
    )


async def end_received(connection: Connection, directory_id: int, import_id: UUID) -> None:
    """Remember that `end` was received and fitted."""
    await connection.execute(sql("import_end_received"), directory_id, import_id)


async def started_lately(connection: Connection, principal: str) -> int:
    """How many imports the principal has started within the hour."""
    return int(await connection.fetchval(sql("imports_lately"), principal))


async def plan_in_force(
    connection: Connection, directory_id: int, import_id: UUID, plan: int
) -> None:
    """Make the answers of a plan those of the import."""
    await connection.execute(sql("plan_in_force"), directory_id, import_id, plan)
