"""Claimed rows → the notices that plugins are shown: what is stored of their users now."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC

from rollbook.hooks import Notice
from rollbook.store import Database, notices
from rollbook.store.notices import ClaimedRow, ToldRow


async def shown(database: Database, rows: Sequence[ClaimedRow]) -> dict[str, Notice]:
    """The notices by id, in the order of the rows; one whose user is gone is missing.

    Raises:
        StoreError: the users cannot be read.
    """
    wanted: defaultdict[int, set[int]] = defaultdict(set)
    for row in rows:
        wanted[row.directory_id].add(row.user_id)
    users: dict[tuple[int, int], ToldRow] = {}
    for directory_id, ids in wanted.items():
        async with database.within(directory_id).connection() as connection:
            found = await notices.users(connection, directory_id, ids)
        users |= {(directory_id, user_id): user for user_id, user in found.items()}
    return {
        str(row.key): _notice(row, user)
        for row in rows
        if (user := users.get((row.directory_id, row.user_id)))
    }


def _notice(row: ClaimedRow, user: ToldRow) -> Notice:
    return Notice(
        id=str(row.key),
        directory=row.directory,
        directory_name=row.directory_name,
        event=row.event,
        mail=row.mail,
        employee_number=user.employee_number,
        email=user.email,
        username=user.username,
        first_name=user.first_name,
        last_name=user.last_name,
        name=user.name,
        import_id=str(row.import_id or ""),
        at=row.created_at.astimezone(UTC),
        attempt=row.attempts,
    )
