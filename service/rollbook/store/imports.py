"""Imports: opens, resumes, closes, cancels, approves and reads them."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from rollbook.errors import Reason, Refusal
from rollbook.model import State, Understood
from rollbook.store.database import Connection, Record
from rollbook.store.statements import sql


class Cancelled(Refusal):
    """The import was cancelled, perhaps at another server, while it was worked on."""

    def __init__(self) -> None:
        super().__init__(
            Reason.IMPORT_CANCELLED,
            "This import was cancelled. What was applied stays, and nothing more is applied; "
            "to import again, use a new import id.",
        )


class Reaches(NamedTuple):
    """How high an import may reach, as it is stored; see `rights.Ceiling`."""

    privileged: bool
    passwords: bool
    users: Sequence[int]


class ImportRow(NamedTuple):
    """An import as it stands. `counts` are those of its summary so far.

    The three before the last are how high it may reach; see `rights.Ceiling`. `rows_kept`: it has
    the cells of its failed rows, and the rows that it goes on with; if not, they have been swept.
    """

    id: UUID
    principal: str
    profile: str
    source: str
    options: dict[str, Any]
    state: State
    stopped_by: str
    stopped_line: int
    safeguard: dict[str, Any] | None
    rows: int
    last_line: int
    plan: int
    digest: bytes
    encoding: str
    delimiter: str
    header: list[str]
    file_name: str
    end_received: bool
    active_at_start: int
    approved_by: str
    approved_at: datetime | None
    counts: dict[str, Any]
    warnings: list[dict[str, Any]]
    created_at: datetime
    updated_at: datetime
    reaches_privileged: bool
    reaches_passwords: bool
    caller_users: list[int]
    rows_kept: bool


async def open_import(
    connection: Connection,
    *,
    directory_id: int,
    import_id: UUID,
    principal: str,
    profile: str,
    source: str,
    options: Mapping[str, object],
    reaches: Reaches,
    file_name: str = "",
) -> bool:
    """Open an import; False if its id is already known in the directory."""
    opened = await connection.fetchval(
        sql("imports/import_open"),
        directory_id,
        import_id,
        principal,
        profile,
        source,
        json.dumps(options, sort_keys=True),
        *reaches,
        file_name,
    )
    return opened is not None


async def get_import(
    connection: Connection, directory_id: int, import_id: UUID
) -> ImportRow | None:
    """The import as it stands, or None."""
    found = await connection.fetchrow(sql("imports/import_get"), directory_id, import_id)
    return import_row(found) if found else None


def import_row(found: Record) -> ImportRow:
    """The import that a statement answered."""
    values = dict(found)
    for name in ("options", "counts", "warnings", "header"):
        values[name] = json.loads(values[name])
    values["safeguard"] = json.loads(values["safeguard"] or "null")
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
    safeguard: Mapping[str, object] | None,
    counts: Mapping[str, object],
    warnings: Sequence[Mapping[str, object]],
    digest: bytes,
) -> bool:
    """Set the state of an import and its reason; False if it was cancelled meanwhile."""
    closed = await connection.fetchval(
        sql("imports/import_close"),
        directory_id,
        import_id,
        state.value,
        stopped_by,
        stopped_line,
        json.dumps(counts, sort_keys=True),
        json.dumps(warnings),
        digest,
        json.dumps(safeguard) if safeguard else None,
    )
    return closed is not None


async def lower(
    connection: Connection, directory_id: int, import_id: UUID, reaches: Reaches
) -> None:
    """Let an import reach no higher than this from now on."""
    await connection.execute(sql("imports/import_lower"), directory_id, import_id, *reaches)


async def resume_import(connection: Connection, directory_id: int, import_id: UUID) -> None:
    """Mark an interrupted import as running again."""
    await connection.execute(sql("imports/import_resume"), directory_id, import_id)


async def keep_header(
    connection: Connection,
    directory_id: int,
    import_id: UUID,
    understood: Understood,
    warnings: Sequence[Mapping[str, object]],
) -> None:
    """Keep how the file is read, for the report, and what its header earned."""
    await connection.execute(
        sql("imports/import_header"),
        directory_id,
        import_id,
        understood.encoding,
        understood.delimiter,
        json.dumps([column.header for column in understood.columns]),
        json.dumps(warnings),
    )


async def end_received(connection: Connection, directory_id: int, import_id: UUID) -> None:
    """Remember that `end` was received and fitted."""
    await connection.execute(sql("imports/import_end_received"), directory_id, import_id)


async def started_lately(connection: Connection, principal: str) -> int:
    """How many imports the principal has started within the hour."""
    return int(await connection.fetchval(sql("imports/imports_lately"), principal))


async def plan_in_force(
    connection: Connection, directory_id: int, import_id: UUID, plan: int
) -> None:
    """Make the answers of a plan those of the import.

    Raises:
        Cancelled: it was meanwhile.
    """
    if not await connection.fetchval(sql("imports/plan_in_force"), directory_id, import_id, plan):
        raise Cancelled


async def plan_committed(
    connection: Connection,
    directory_id: int,
    import_id: UUID,
    plan: int,
    counts: Mapping[str, object],
    digest: bytes,
) -> None:
    """As `plan_in_force`, and the import is done: in the transaction that applies the plan.

    Raises:
        Cancelled: it was meanwhile.
    """
    counted = json.dumps(counts, sort_keys=True)
    if not await connection.fetchval(
        sql("imports/plan_committed"), directory_id, import_id, plan, counted, digest
    ):
        raise Cancelled


class LeftBehind(NamedTuple):
    """An import that its server has left behind."""

    directory_id: int
    directory: str
    import_id: UUID


async def left_behind(connection: Connection) -> list[LeftBehind]:
    """Staged imports whose file is whole, and which no server works on."""
    return [LeftBehind(*row) for row in await connection.fetch(sql("imports/imports_left_behind"))]


async def interrupt_import(connection: Connection, directory_id: int, import_id: UUID) -> None:
    """Mark an import as interrupted: it does not run any more, and can be resumed."""
    await connection.execute(sql("imports/import_interrupt"), directory_id, import_id)


async def lock(connection: Connection, directory_id: int, import_id: UUID) -> None:
    """Keep everybody else from moving the import on until the transaction ends."""
    await connection.execute(sql("imports/import_lock"), directory_id, import_id)


async def cancel(
    connection: Connection, directory_id: int, import_id: UUID, counts: Mapping[str, object]
) -> None:
    """Cancel an import that is locked and has not ended.

    The server that works on it keeps its lease, so that it can answer the rows that are left.
    """
    counted = json.dumps(counts, sort_keys=True)
    await connection.execute(sql("imports/import_cancel"), directory_id, import_id, counted)


async def approve(
    connection: Connection, directory_id: int, import_id: UUID, principal: str
) -> bool:
    """Approve an import; False if it does not wait for approval, or not by this principal."""
    approved = await connection.fetchval(
        sql("imports/import_approve"), directory_id, import_id, principal
    )
    return approved is not None
