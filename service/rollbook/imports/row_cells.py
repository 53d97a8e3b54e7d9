"""The cells of an import's rows, where they are kept, and the columns that they stand in."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from rollbook.errors import FileFault, Refusal
from rollbook.imports.options import as_options
from rollbook.imports.rows.staged_rows import unpack_cells
from rollbook.model import Column, Field
from rollbook.profiles import Profiles
from rollbook.reading.header import HeaderParser
from rollbook.settings import Settings
from rollbook.store import TenantDatabase, failed_rows, kept_rows
from rollbook.store.failed_rows import Cells
from rollbook.store.imports import ImportRow
from rollbook.store.kept_rows import StagedBatch
from rollbook.store.packing import unpack


def columns_of(row: ImportRow, profiles: Profiles, settings: Settings) -> Sequence[Column]:
    """The columns of an import's cells, and the field that each feeds; of typed rows, all fields.

    No field is named where the profile has changed so much that it does not understand the header.
    """
    if not row.header:
        return [Column(field.value, field.value) for field in Field]
    with suppress(FileFault, Refusal):
        profile = profiles.named(row.profile)
        options = as_options(row.options, profile)
        return HeaderParser(profile, options, settings).read(row.header, 1).columns
    return [Column(header, "") for header in row.header]


class Sought(NamedTuple):
    """A line whose cells are sought: those of a failed row are at `failed`; others, if `staged`."""

    line: int
    failed: Cells | None
    staged: bool


async def cells_of(
    database: TenantDatabase, row: ImportRow, sought: Sequence[Sought], *, most_bytes: int
) -> list[Sequence[str]]:
    """The cells of each row; none where they are not kept.

    Of fewer rows, but one at least, where the batches of staged rows that have them, each with all
    of its rows, have more than `most_bytes` together, packed.
    """
    nothing: Sequence[str] = ()
    if not row.rows_kept:
        return [nothing] * len(sought)
    here = (database.directory_id, row.id)
    async with database.connection() as connection:
        lines = [one.line for one in sought if one.staged]
        batches = await kept_rows.staged_with(connection, *here, lines) if lines else {}
        sought, numbers = _affordable(sought, batches, most_bytes)
        staged = await kept_rows.staged(connection, *here, numbers) if numbers else []
        places = sorted({one.failed for one in sought if one.failed})
        failed = await failed_rows.cells_at(connection, *here, places) if places else []
    cells: dict[int, Sequence[str]] = {}
    for packed in staged:
        cells.update(await asyncio.to_thread(unpack_cells, packed))
    for packed in failed:
        cells.update(await asyncio.to_thread(unpack, packed))
    return [cells.get(one.line, nothing) for one in sought]


def _affordable(
    sought: Sequence[Sought], batches: Mapping[int, Sequence[StagedBatch]], most_bytes: int
) -> tuple[Sequence[Sought], Sequence[int]]:
    """The first rows, as many as a page takes cells for, and the batches to take them from."""
    numbers: dict[int, None] = {}
    size = 0
    for count, one in enumerate(sought):
        new = [batch for batch in batches.get(one.line, ()) if batch.number not in numbers]
        size += sum(batch.size for batch in new)
        if count and new and size > most_bytes:
            return sought[:count], [*numbers]
        numbers |= dict.fromkeys(batch.number for batch in new)
    return sought, [*numbers]
