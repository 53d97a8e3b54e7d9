"""Delivers claimed notices to plugins, and stores their outcomes.

A directory whose users cannot be read, or whose outcomes cannot be stored, delays its own notices
alone: its claim lapses, and they are tried again.
"""

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC
from functools import partial
from types import MappingProxyType

import structlog

from rollbook.credentials.in_mails import Made, make_credentials
from rollbook.credentials.means import Means
from rollbook.hooks import Answer, Notice
from rollbook.model import NoticeState
from rollbook.notifications.holds import Holds
from rollbook.notifications.retry import pointless, unhandled
from rollbook.store import Database, StoreError, Unavailable, notices, patiently
from rollbook.store.notices import ClaimedRow, NoticeUser, Settled

_USER_GONE = "the user is gone"
_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


async def deliver(
    means: Means, holds: Holds, claim: str, rows: Sequence[ClaimedRow]
) -> Counter[str]:
    """Ask the plugins about claimed notices, and store what became of each; counts by state.

    An answer that a plugin reports is stored at once, together with those that were reported while
    the last ones were being stored; the others are stored when all plugins have been asked.

    Raises:
        Unavailable: the database stayed away, and no plugin was asked.
    """
    database, plugins = means.app.database, means.app.plugins
    if not plugins.implement("notify"):
        outcomes = {row.id: unhandled(row) for row in rows}
        return _counted(outcomes, await settle(database, claim, rows, outcomes))
    readable, shown = await _read(database, rows)
    opening = [row for row in readable if row.mail.opens_account and str(row.key) in shown]
    made = await make_credentials(means, opening)
    outcomes, readable, shown = _sorted_out(made, readable, shown)
    held = await settle(database, claim, rows, outcomes)
    reported, held_then = await _ask(means, holds, claim, readable, shown, made)
    await holds.keep()
    return _counted(outcomes | reported, held + held_then)


def _sorted_out(
    made: Made, rows: Sequence[ClaimedRow], shown: Mapping[str, Notice]
) -> tuple[dict[int, Settled], list[ClaimedRow], dict[str, Notice]]:
    """The outcomes of what is not asked; and the rows, and notices by key, of what is."""
    outcomes: dict[int, Settled] = {}
    asked = []
    for row in rows:
        if str(row.key) not in shown:
            gone = Settled(row.id, NoticeState.UNDELIVERABLE, _USER_GONE, row.in_doubt, 0)
            outcomes[row.id] = gone
        elif row.id in made.pointless:
            outcomes[row.id] = pointless(row, made.pointless[row.id].reason)
        elif row.id in made.unsendable:
            outcomes[row.id] = unhandled(row)
        elif not row.mail.opens_account or row.id in made.credentials:
            asked.append(row)
    keys = {str(row.key) for row in asked}
    return outcomes, asked, {key: notice for key, notice in shown.items() if key in keys}


async def _ask(
    means: Means,
    holds: Holds,
    claim: str,
    rows: Sequence[ClaimedRow],
    shown: Mapping[str, Notice],
    made: Made,
) -> tuple[dict[int, Settled], int]:
    """Ask the plugins, and store what they answer; the outcomes, and how many the claim held."""
    if not rows:
        return {}, 0
    database = means.app.database
    by_key = {str(row.key): row for row in rows}
    opening = {
        key: made.credentials[row.id] for key, row in by_key.items() if row.mail.opens_account
    }
    reported: asyncio.Queue[Settled | None] = asyncio.Queue()

    def answered(key: str, answer: Answer, plugin: str) -> None:
        reported.put_nowait(holds.judge(by_key[key], answer, plugin))

    settling = asyncio.create_task(_settle_reported(database, holds, claim, rows, reported))
    try:
        result = await means.app.plugins.notify(tuple(shown.values()), answered, opening)
    finally:
        reported.put_nowait(None)
        outcomes, held = await settling
    others = {}
    for key, row in by_key.items():
        if row.id not in outcomes:
            answer = result.answers.get(key) or result.failed.get(key)
            others[row.id] = holds.judge(row, answer, result.plugins.get(key, ""))
    held += await settle(database, claim, rows, others)
    return outcomes | others, held


async def _settle_reported(
    database: Database,
    holds: Holds,
    claim: str,
    rows: Sequence[ClaimedRow],
    reported: "asyncio.Queue[Settled | None]",
) -> tuple[dict[int, Settled], int]:
    """Store outcomes as they come, until None; returns them, and how many the claim still held."""
    outcomes: dict[int, Settled] = {}
    held = 0
    while True:
        batch = [await reported.get()]
        while not reported.empty():
            batch.append(reported.get_nowait())
        some = {settled.id: settled for settled in batch if settled}
        outcomes |= some
        held += await settle(database, claim, rows, some)
        await holds.keep()
        if None in batch:
            return outcomes, held


def _counted(outcomes: Mapping[int, Settled], held: int) -> Counter[str]:
    """How many went into which state; also logged."""
    counts = Counter({state.value: 0 for state in NoticeState})
    counts.update(one.state.value for one in outcomes.values())
    _log.info("notices settled", notices=len(outcomes), lost=len(outcomes) - held, **counts)
    return counts


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


async def _read(
    database: Database, rows: Sequence[ClaimedRow]
) -> tuple[list[ClaimedRow], dict[str, Notice]]:
    """The rows whose directories can be read, and the notices by key of those with a user."""
    wanted: defaultdict[int, set[int]] = defaultdict(set)
    for row in rows:
        wanted[row.directory_id].add(row.user_id)
    users: dict[int, dict[int, NoticeUser]] = {}
    for directory_id, ids in wanted.items():
        find = partial(notices.users, directory_id=directory_id, ids=ids)
        try:
            users[directory_id] = await database.within(directory_id).ask(find)
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
        email=row.address or user.email,
        username=user.username,
        first_name=user.first_name,
        last_name=user.last_name,
        name=user.name,
        import_id=str(row.import_id or ""),
        at=(row.happened_at or row.created_at).astimezone(UTC),
        attempt=row.attempts,
        first_attempt_at=row.first_claimed_at.astimezone(UTC),
        attributes=MappingProxyType(json.loads(user.attributes)),
    )
