"""When what a mail opens an account with begins to be good, through any course of attempts."""

import random
from datetime import datetime

import pytest

from rollbook.hooks import Answer, Later
from rollbook.model import Code, Event, Issue, Mail, NoticeState
from rollbook.notifications.retry import outcome, pointless, put_off
from rollbook.settings import Settings
from rollbook.store import Database, notices
from rollbook.store.directories import make_directory
from rollbook.store.notices import ClaimedRow, NewNotice, Settled
from tests.faults.witness import seeded

_FAILED = Issue(Code.PLUGIN_ERROR, "", "Failed.")
_ANSWERS: dict[str, Answer | Issue] = {
    "later": Later("Down."),
    "doubt": Later("Broke off.", in_doubt=True),
    "failed": _FAILED,
}
_STEPS = ("crash", "away", "on hold", *_ANSWERS)
"""What an attempt comes to; `away`: the database went away before the plugin was asked."""
_OUT = {"crash", "doubt", "failed"}
"""After these the mail may have gone out."""
_MOST = 8


@pytest.mark.parametrize("seed", range(25))
async def test_p36_a_mail_is_the_same_from_the_first_that_may_be_out(
    database_url: str, seed: int
) -> None:
    """P36: until then each attempt has a new link; after it, the same one, whatever comes."""
    chance = seeded(seed)
    database = await Database.open(Settings(database_url=database_url))
    try:
        directory_id = await _written(database, f"seed-{seed}")
        first: datetime | None = None
        before: ClaimedRow | None = None
        for attempt in range(1, _MOST + 1):
            row = await _claimed(database, directory_id, f"{seed} {attempt}")
            assert row.attempts == attempt
            assert row.may_be_out is (first is not None)
            if first is not None:
                assert row.opens_from == first
            elif before is not None:
                assert row.opens_from > before.opens_from
            ended = pointless(row, "the user is suspended").state
            assert ended is (NoticeState.EXPIRED if first is None else NoticeState.IN_DOUBT)
            step = chance.choice(_STEPS)
            await _after(database, row, step, f"{seed} {attempt}")
            if step == "doubt" and row.in_doubt:
                return
            before = row
            first = first or (row.opens_from if step in _OUT else None)
    finally:
        async with database.within(directory_id).transaction() as connection:
            await connection.execute("delete from notices where directory_id = $1", directory_id)
        await database.close()


async def _written(database: Database, name: str) -> int:
    async with database.transaction() as connection:
        made = await make_directory(connection, name, name)
    assert made is not None
    new = NewNotice(2, 1, Event.CREATED, Mail.INVITATION)
    async with database.within(made).transaction() as connection:
        await notices.write(connection, made, None, [new])
    return made


async def _claimed(database: Database, directory_id: int, by: str) -> ClaimedRow:
    (row,) = await notices.claim(database, by, 60, 9)
    assert row.directory_id == directory_id
    return row


async def _after(database: Database, row: ClaimedRow, step: str, by: str) -> None:
    """Let the attempt end so, and its time until the next one pass."""
    if step == "away":
        await notices.release(database, by)
    elif step != "crash":
        settled = (
            put_off(row, "Refused.", random.random)
            if step == "on hold"
            else outcome(row, _ANSWERS[step], random.random)
        )
        await _settled(database, row, settled, by)
    async with database.within(row.directory_id).transaction() as connection:
        await connection.execute(
            "update notices set due_at = now(), claimed_until = null where directory_id = $1",
            row.directory_id,
        )


async def _settled(database: Database, row: ClaimedRow, settled: Settled, by: str) -> None:
    async with database.within(row.directory_id).transaction() as connection:
        assert await notices.settle(connection, row.directory_id, by, [settled]) == 1
