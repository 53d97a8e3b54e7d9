"""Rows that a plugin failed on → kept in the database until `end`, then asked about once more.

They count as later than all the others: they are asked and applied when the whole file has been,
batch by batch, and only parked rows come after them. So where batches were cut decides nothing but
which rows were in a failed call.
"""

import json
import zlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from rollbook.imports.job.job import Job
from rollbook.imports.rows.ready_batch import ReadyBatch
from rollbook.imports.rows.resolve_names import NamedBatch, name
from rollbook.imports.rows.staged_rows import StagedRows, issues_as_json, issues_from_json, stage
from rollbook.model import CheckedBatch, Field, FileRows
from rollbook.store import Connection, kept_rows
from rollbook.store.kept_rows import Kept


async def keep_waiting(
    connection: Connection, job: Job, batch: ReadyBatch, number: int, stop_line: int | None
) -> None:
    """Keep those rows of the batch `number` that wait on, in the transaction that answers the rest.

    Rows that have waited, and are in the batch, are let go of.
    """
    here = (connection, job.directory.id, job.import_id, Kept.WAITING)
    checked, positions = batch.checked, batch.waiting_on(stop_line)
    if batch.waited is not None:
        number = batch.waited
        if positions and (found := await kept_rows.next_kept(*here, number - 1)):
            checked = unpack_waiting(
                found[1]
            )  # as read: what was said of them just now is not kept
        await kept_rows.forget_batch(*here, number)
    if checked and positions:
        await kept_rows.keep_rows(*here, number, pack_waiting(checked, positions))


async def asked_again(job: Job) -> AsyncIterator[ReadyBatch]:
    """The rows that wait, each batch after its plugins were asked once more; now failures count.

    Raises:
        Unavailable: the database stayed away.
    """
    async for number, packed in _waiting(job):
        checked = unpack_waiting(packed)
        named = await name(job, checked, at_last=True)
        staged = replace(stage(named, job.profile), late=True)
        yield ReadyBatch(checked=named.checked, staged=staged, waited=number)


async def not_asked(job: Job) -> AsyncIterator[ReadyBatch]:
    """The rows that wait, as they are: for an import that does not go on.

    Raises:
        Unavailable: the database stayed away.
    """
    async for number, packed in _waiting(job):
        yield ReadyBatch(checked=unpack_waiting(packed), staged=as_read(job, packed), waited=number)


def as_read(job: Job, packed: bytes) -> StagedRows:
    """Rows that wait, with what their cells say alone."""
    return stage(NamedBatch(checked=unpack_waiting(packed)), job.profile)


async def _waiting(job: Job) -> AsyncIterator[tuple[int, bytes]]:
    """The batches that wait, one at a time, in the file's order; holds no connection between."""
    after = -1
    while True:
        following = partial(
            kept_rows.next_kept,
            directory_id=job.directory.id,
            import_id=job.import_id,
            kind=Kept.WAITING,
            after=after,
        )
        found = await job.database.ask(following)
        if found is None:
            return
        yield found
        after, _ = found


def pack_waiting(checked: CheckedBatch, positions: Sequence[int]) -> bytes:
    """The bytes in which checked users wait: all that plugins are shown, and never a password."""
    rows = checked.rows
    text = json.dumps(
        {
            "lines": _chosen(rows.lines, positions),
            "rows": _chosen(rows.numbers, positions),
            "columns": _columns(rows.columns, positions),
            "raw": _chosen(rows.raw, positions) if rows.raw else [],
            "values": _columns(checked.values, positions),
            "number_keys": _chosen(checked.number_keys, positions),
            "email_keys": _chosen(checked.email_keys, positions),
            "username_keys": _chosen(checked.username_keys, positions),
            "usernames_given": checked.usernames_given,
            "issues": issues_as_json(
                {
                    at: checked.issues[position]
                    for at, position in enumerate(positions)
                    if position in checked.issues
                }
            ),
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )
    return zlib.compress(text.encode(), level=1)


def unpack_waiting(packed: bytes) -> CheckedBatch:
    """The users that were packed."""
    stored = json.loads(zlib.decompress(packed))
    rows = FileRows(
        lines=stored["lines"],
        first=stored["rows"][0],
        columns=stored["columns"],
        raw=stored["raw"],
        apart=stored["rows"],
    )
    return CheckedBatch(
        rows=rows,
        values=stored["values"],
        number_keys=stored["number_keys"],
        email_keys=stored["email_keys"],
        username_keys=stored["username_keys"],
        usernames_given=stored["usernames_given"],
        issues=issues_from_json(stored["issues"]),
        failed=set(),
    )


def _columns(
    columns: Mapping[str, Sequence[str | None]], positions: Sequence[int]
) -> dict[str, list[str | None]]:
    return {
        field: [cells[position] for position in positions]
        for field, cells in columns.items()
        if field != Field.PASSWORD
    }


def _chosen(column: Sequence[object], positions: Sequence[int]) -> list[object]:
    return [column[position] for position in positions]
