"""The cells of failed rows, kept for the report."""

import json
import zlib
from collections.abc import Iterator, Sequence

from rollbook.importing.batch import Batch
from rollbook.words import Answers, Outcome


def kept_cells(batch: Batch, answers: Answers) -> bytes | None:
    """The failed rows' cells by line, packed; None where no row failed."""
    if Outcome.FAILED not in answers.outcomes:
        return None
    failed = {
        line
        for line, outcome in zip(answers.lines, answers.outcomes, strict=True)
        if outcome is Outcome.FAILED
    }
    rows = batch.users.rows if batch.users else batch.prepared
    cells = [
        [line, list(raw)] for line, raw in zip(rows.lines, rows.raw, strict=False) if line in failed
    ]
    return zlib.compress(json.dumps(cells, ensure_ascii=False).encode(), level=1)


def unpack_cells(packed: bytes) -> Iterator[tuple[int, Sequence[str]]]:
    """Lines and their cells, as they were packed."""
    yield from json.loads(zlib.decompress(packed))
