"""The cells of an import's rows, where they are kept, and the columns that they stand in."""

import asyncio
from collections.abc import Sequence
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
from rollbook.store.kept_rows import Kept
from rollbook.store.packing import unpack

_MOST_STAGED = 8
"""Batches of staged rows that a page takes cells from: each is all that was staged with them."""


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
    database: TenantDatabase, row: ImportRow, sought: Sequence[Sought]
) -> list[Sequence[str]]:
    """The cells of each row; none where they are not kept.

    Of fewer rows, of one at least, where they are in too many batches of staged rows.
    """
    nothing: Sequence[str] = ()
    if not row.rows_kept:
        return [nothing] * len(sought)
    here = (database.directory_id, row.id)
    places = sorted({one.failed for one in sought if one.failed})
    staged = [one.line for one in sought if one.staged]
    async with database.connection() as connection:
        failed = await failed_rows.cells_at(connection, *here, places) if places else []
        numbers = await kept_rows.staged_with(connection, *here, staged) if staged else {}
    cells: dict[int, Sequence[str]] = {}
    for packed in failed:
        cells.update(await asyncio.to_thread(unpack, packed))
    opened: set[int] = set()
    for count, one in enumerate(sought):
        for number in numbers.get(one.line, ()):
            if number in opened or one.line in cells:
                continue
            if count and len(opened) >= _MOST_STAGED:
                return [cells.get(done.line, nothing) for done in sought[:count]]
            opened.add(number)
            async with database.connection() as connection:
                kept = await kept_rows.next_kept(connection, *here, Kept.STAGED, number - 1)
            if kept and kept[0] == number:
                cells.update(await asyncio.to_thread(unpack_cells, kept[1]))
    return [cells.get(one.line, nothing) for one in sought]
