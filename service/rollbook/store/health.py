"""What the PostgreSQL at the other end is."""

from rollbook.store.database import Database
from rollbook.store.errors import Unavailable
from rollbook.store.statements import sql

_WORTH_A_LOOK = 1_000


async def facts(database: Database) -> tuple[int, str]:
    """Its major version and its encoding.

    Raises:
        Unavailable: it is away.
    """
    async with database.as_owner().connection() as connection:
        found = await connection.fetchrow(sql("schema/health_facts"))
    if found is None:
        raise Unavailable("no answer")
    return found["version"] // 10_000, found["encoding"]


async def analyze_users(database: Database, created: int, before: int) -> None:
    """Tell the planner what the users look like, where an import has grown them by a fifth.

    A role that does not own the table is refused by PostgreSQL with a warning, and that is fine.
    """
    if created > max(_WORTH_A_LOOK, before // 5):
        async with database.as_owner().connection() as connection:
            await connection.execute(sql("users/users_analyze"))
