"""Keeps rows for the end of the file: those whose plugin failed, and parked rows.

They count as later than all the others: the waiting ones come down the pipeline when the whole file
has, batch by batch; last, writers judge the parked ones. So where batches were cut decides nothing
except which rows were in a failed call.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from functools import partial

from rollbook.imports.job.job import Job
from rollbook.imports.rows.ready_batch import ReadyBatch
from rollbook.imports.rows.resolve_names import NamedBatch
from rollbook.imports.rows.staged_rows import StagedRows, joined, stage, unpack_staged
from rollbook.model import CheckedBatch, Field, FileRows
from rollbook.settings import Settings
from rollbook.store import Connection, kept_rows
from rollbook.store.kept_rows import Kept
from rollbook.store.packing import issues_as_json, issues_from_json, pack, unpack


async def keep_waiting(
    connection: Connection, job: Job, batch: ReadyBatch, number: int, stop_line: int | None
) -> None:
    """Keep the rows of the batch `number` that go on waiting.

    In the transaction that answers the others. What was kept of rows that had waited, and are in
    the batch, is deleted.
    """
    here = (connection, job.directory.id, job.import_id, Kept.WAITING)
    checked, positions = batch.checked, batch.waiting_on(stop_line)
    if batch.waited is not None:
        number = batch.waited
        if positions and (found := await kept_rows.next_kept(*here, number - 1)):
            checked = unpack_waiting(found[1])  # as read, without the issues of this time
        await kept_rows.forget_batch(*here, number)
    if positions:
        await kept_rows.keep_rows(*here, number, pack_waiting(checked, positions))


async def waiting_batches(job: Job) -> AsyncIterator[tuple[int, CheckedBatch]]:
    """The batches that wait and their numbers, one at a time, in the file's order.

    Holds no connection between them.

    Raises:
        Unavailable: the database stayed away.
    """
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
        after, packed = found
        yield after, unpack_waiting(packed)


async def parked_pieces(connection: Connection, job: Job) -> AsyncIterator[StagedRows]:
    """The rows that are parked, in pieces of about a batch."""
    rows = kept_rows.kept_rows(connection, job.directory.id, job.import_id, Kept.PARKED)
    parts = (unpack_staged(packed) async for _, packed in rows)
    async for piece in in_pieces(parts, job.app.settings):
        yield piece


async def in_pieces(
    parts: AsyncIterator[StagedRows], settings: Settings
) -> AsyncIterator[StagedRows]:
    """The same rows, small parts together: a piece is a part, or no more than a batch may hold."""
    together, rows, size = list[StagedRows](), 0, 0
    async for part in parts:
        rows, size = rows + len(part), size + part.size
        if together and (rows > settings.batch_rows or size > settings.batch_bytes):
            yield joined(together)
            together, rows, size = [], len(part), part.size
        together.append(part)
    if together:
        yield joined(together)


def as_read(job: Job, packed: bytes) -> StagedRows:
    """Rows that wait for a plugin, staged from their cells alone."""
    return stage(NamedBatch(checked=unpack_waiting(packed)), job.profile)


def pack_waiting(checked: CheckedBatch, positions: Sequence[int]) -> bytes:
    """The bytes in which checked users wait: all that plugins are shown, and never a password."""
    rows = checked.rows
    return pack(
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
            "hashes": {
                at: checked.hashes[position]
                for at, position in enumerate(positions)
                if position in checked.hashes
            },
            "issues": issues_as_json(
                {
                    at: checked.issues[position]
                    for at, position in enumerate(positions)
                    if position in checked.issues
                }
            ),
        }
    )


def unpack_waiting(packed: bytes) -> CheckedBatch:
    """The users that were packed."""
    stored = unpack(packed)
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
        hashes={int(at): hashed for at, hashed in stored.get("hashes", {}).items()},
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
