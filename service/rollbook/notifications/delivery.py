"""Claimed rows → the notices that plugins get → their outcomes, stored.

A directory whose users cannot be read, or whose outcomes cannot be stored, delays its own notices
alone: its claim lapses, and they are tried again.
"""

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC

import structlog

from rollbook.hooks import Notice, Plugins
from rollbook.model import NoticeState
from rollbook.notifications.retry import outcome, unhandled
from rollbook.store import Database, StoreError, Unavailable, notices, patiently
from rollbook.store.notices import ClaimedRow, NoticeUser, Settled

_USER_GONE = "the user is gone"
_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


async def deliver(
    database: Database, plugins: Plugins, claim: str, rows: Sequence[ClaimedRow]
) -> None:
    """Ask the plugins about claimed notices, and store what became of each.

    Raises:
        Unavailable: the database is away before the plugins were asked; the claim lapses.
    """
    outcomes = await _outcomes(database, plugins, rows)
    held = await settle(database, claim, rows, outcomes)
    counts = {
        state.value: sum(one.state is state for one in outcomes.values()) for state in NoticeState
    }
    _log.info("notices settled", notices=len(rows), lost=len(outcomes) - held, **counts)


async def settle(
    database: Database, claim: str, rows: Sequence[ClaimedRow], outcomes: Mapping[int, Settled]
) -> int:
    """Store the outcomes, by id, of rows that the claim still holds; returns how many those are.

    Waits for a database that is away for as long as it takes, so that what was sent is not sent
    again.
    """
    by_directory: defaultdict[int, list[Settled]] = defaultdict(list)
    for row in rows:
        if row.id in outcomes:
            by_directory[row.directory_id].append(outcomes[row.id])
    held = 0
    for directory_id, settled in by_directory.items():
        try:
            held += await _settle_directory(database, directory_id, claim, settled)
        except Exception:
            _log.exception(
                "notices cannot be settled, and are tried again",
                directory_id=directory_id,
                notice_ids=[one.id for one in settled],
            )
    return held


async def _settle_directory(
    database: Database, directory_id: int, claim: str, settled: Sequence[Settled]
) -> int:
    async def attempt() -> int:
        async with database.within(directory_id).transaction() as connection:
            return await notices.settle(connection, directory_id, claim, settled)

    while True:
        try:
            return await patiently(attempt)
        except Unavailable:
            continue


async def _outcomes(
    database: Database, plugins: Plugins, rows: Sequence[ClaimedRow]
) -> dict[int, Settled]:
    """What becomes of each notice, by its id; one that cannot be read is missing."""
    if not plugins.implement("notify"):
        return {row.id: unhandled(row) for row in rows}
    readable, shown = await _read(database, rows)
    result = await plugins.notify(tuple(shown.values()))
    outcomes = {}
    for row in readable:
        key = str(row.key)
        if key not in shown:
            outcomes[row.id] = Settled(
                row.id, NoticeState.UNDELIVERABLE, _USER_GONE, row.in_doubt, 0
            )
            continue
        answer = result.answers.get(key) or result.failed.get(key)
        outcomes[row.id] = outcome(row, answer, random.random)
    return outcomes


async def _read(
    database: Database, rows: Sequence[ClaimedRow]
) -> tuple[list[ClaimedRow], dict[str, Notice]]:
    """The rows whose directories can be read, and the notices by key of those with a user."""
    wanted: defaultdict[int, set[int]] = defaultdict(set)
    for row in rows:
        wanted[row.directory_id].add(row.user_id)
    users: dict[int, dict[int, NoticeUser]] = {}
    for directory_id, ids in wanted.items():
        try:
            async with database.within(directory_id).connection() as connection:
                users[directory_id] = await notices.users(connection, directory_id, ids)
        except Unavailable:
            raise
        except StoreError:
            _log.exception("users of notices cannot be read", directory_id=directory_id)
    readable = [row for row in rows if row.directory_id in users]
    return readable, {
        str(row.key): _notice(row, user)
        for row in readable
        if (user := users[row.directory_id].get(row.user_id))
    }


def _notice(row: ClaimedRow, user: NoticeUser) -> Notice:
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
