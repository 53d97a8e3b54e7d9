"""What became of claimed notices → stored, a short transaction for each directory."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from rollbook.store import Database, Unavailable, notices, patiently
from rollbook.store.notices import ClaimedRow, Settled


async def settle(
    database: Database, by: str, rows: Sequence[ClaimedRow], became: Mapping[int, Settled]
) -> int:
    """Store what became of the rows, by id, of which the claim is still ours; answers how many.

    Waits for a database that is away, as long as it takes: what was sent must not be sent again.

    Raises:
        StoreFull, StoreError: as a transaction; the claim lapses, and all is tried again.
    """
    of: defaultdict[int, list[Settled]] = defaultdict(list)
    for row in rows:
        of[row.directory_id].append(became[row.id])
    settled = 0
    for directory_id, some in of.items():
        settled += await _settled(database, directory_id, by, some)
    return settled


async def _settled(database: Database, directory_id: int, by: str, some: Sequence[Settled]) -> int:
    async def attempt() -> int:
        async with database.within(directory_id).transaction() as connection:
            return await notices.settle(connection, directory_id, by, some)

    while True:
        try:
            return await patiently(attempt)
        except Unavailable:
            continue
