"""What the PostgreSQL at the other end is."""

from rollbook.store.database import Database
from rollbook.store.faults import Unavailable
from rollbook.store.statements import sql


async def facts(database: Database) -> tuple[int, str]:
    """Its major version and its encoding.

    Raises:
        Unavailable: it is away.
    """
    async with database.connection() as connection:
        found = await connection.fetchrow(sql("health_facts"))
    if found is None:
        raise Unavailable("no answer")
    return found["version"] // 10_000, found["encoding"]
