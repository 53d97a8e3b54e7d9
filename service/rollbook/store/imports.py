"""Imports and their ledger: opened, moved on batch by batch, closed, read."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from rollbook.store.database import Connection
from rollbook.store.ledger import pack
from rollbook.store.statements import sql
from rollbook.words import Answers, Mark, State

WARNED_LINES = 1_000
"""Lines of an import whose warnings are kept word by word; the ledger keeps every code."""


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
    for name in ("options", "counts", "warnings"):
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
    )


async def write_batch(
    connection: Connection,
    *,
    directory_id: int,
    import_id: UUID,
    number: int,
    answers: Answers,
    last_line: int,
    mark: Mark,
    counts: Mapping[str, object],
    warned_before: int,
) -> None:
    """Write a batch's answers into the ledger, its issues beside it, and move the import on.

    `last_line` is the last one read, which may have been parked; 0 for rows that had been.
    """
    counted = json.dumps(counts, sort_keys=True)
    await connection.execute(
        sql("batch_write"),
        directory_id,
        import_id,
        number,
        min(answers.lines, default=0),
        last_line,
        len(answers.lines),
        mark.offset,
        mark.digest,
        pack(answers),
        counted,
    )
    await connection.execute(
        sql("import_progress"), directory_id, import_id, len(answers.lines), last_line, counted
    )
    if answers.issues:
        await _write_issues(connection, directory_id, import_id, answers, warned_before)


async def _write_issues(
    connection: Connection, directory_id: int, import_id: UUID, answers: Answers, warned: int
) -> None:
    rows = []
    for position, issues in answers.issues.items():
        if not any(issue.fails for issue in issues):
            warned += 1
            if warned > WARNED_LINES:
                continue
        rows += [
            (
                answers.lines[position],
                order,
                answers.rows[position],
                issue.code.value,
                issue.field,
                issue.message,
                json.dumps(dict(issue.params)),
            )
            for order, issue in enumerate(issues)
        ]
    if rows:
        await connection.execute(
            sql("issues_write"), directory_id, import_id, *map(list, zip(*rows, strict=True))
        )


async def batch_exists(
    connection: Connection, directory_id: int, import_id: UUID, number: int
) -> bool:
    """Whether the batch of that number is in the ledger: what a COMMIT in doubt is judged by."""
    return bool(await connection.fetchval(sql("batch_exists"), directory_id, import_id, number))


async def park(
    connection: Connection, directory_id: int, import_id: UUID, number: int, packed: bytes
) -> None:
    """Keep rows of the batch `number` that wait for the end of the file."""
    await connection.execute(sql("rows_park"), directory_id, import_id, number, packed)


async def parked(connection: Connection, directory_id: int, import_id: UUID) -> list[bytes]:
    """What was parked of an import, in the order of its batches."""
    found = await connection.fetch(sql("rows_parked"), directory_id, import_id)
    return [row["packed"] for row in found]


async def started_lately(connection: Connection, principal: str) -> int:
    """How many imports the principal has started within the hour."""
    return int(await connection.fetchval(sql("imports_lately"), principal))
