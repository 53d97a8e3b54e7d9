"""Failed rows' cells → kept for the report, in the transaction that answers them."""

import json
import zlib
from collections.abc import Iterator, Sequence

from rollbook.imports.job.job import Job
from rollbook.imports.rows.staged_rows import StagedRows
from rollbook.model import Answers, FileRows, Outcome
from rollbook.store import Connection, failed_rows
from rollbook.store.failed_rows import Failures


async def keep_failures(
    connection: Connection,
    job: Job,
    answers: Answers,
    rows: FileRows | StagedRows,
    *,
    plan: int,
    number: int,
) -> None:
    """Keep the cells of those rows that failed, for the batch `number` of the plan."""
    if found := failed_cells(answers, rows):
        await failed_rows.keep(
            connection, job.directory.id, job.import_id, plan=plan, number=number, failures=found
        )


def failed_cells(answers: Answers, rows: FileRows | StagedRows) -> Failures | None:
    """The failed rows' cells by line, packed; None where no row failed."""
    if Outcome.FAILED not in answers.outcomes:
        return None
    failed = {
        line
        for line, outcome in zip(answers.lines, answers.outcomes, strict=True)
        if outcome is Outcome.FAILED
    }
    cells = sorted(
        (line, list(raw)) for line, raw in zip(rows.lines, rows.raw, strict=True) if line in failed
    )
    packed = zlib.compress(json.dumps(cells, ensure_ascii=False).encode(), level=1)
    return Failures(cells[0][0], packed)


def unpack_cells(packed: bytes) -> Iterator[tuple[int, Sequence[str]]]:
    """Lines and their cells, as they were packed: by line."""
    yield from json.loads(zlib.decompress(packed))
