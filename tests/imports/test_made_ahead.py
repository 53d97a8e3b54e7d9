"""Users of a batch that is all new are made before its turn, and are there after it, or not."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from rollbook.context import AppContext
from rollbook.imports.job.job import Job
from rollbook.imports.rows.ready_batch import ReadyBatch
from rollbook.imports.rows.unchanged import UnchangedRows
from rollbook.imports.run import run
from rollbook.imports.writing.per_batch import PerBatchWriter
from rollbook.model import Answers, Commit, Field, UnknownName
from rollbook.server.app import open_app
from rollbook.settings import Settings
from rollbook.store import ledger
from tests.imports.jobs import opened, parts
from tests.imports.looking import batch_of, cell, content_of, new_looking, plain_row

_MADE = """
select count(*) from pg_stat_activity
where datname = current_database() and state = 'idle in transaction'
    and query like '-- Makes users%'
"""


@pytest_asyncio.fixture(scope="module")
async def app(database_url: str) -> AsyncIterator[AppContext]:
    """The inside of a server with three connections for writers."""
    async with open_app(Settings(database_url=database_url, pool_size=4)) as inside:
        yield inside


@pytest_asyncio.fixture(scope="module")
async def looker(database_url: str) -> AsyncIterator[Any]:
    """A connection that looks at the others."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


async def users(looker: Any, job: Job) -> list[str]:
    """The numbers of the directory's users."""
    found = await looker.fetch(
        "select employee_number from users where directory_id = $1 order by 1", job.directory.id
    )
    return [row[0] for row in found]


async def made(job: Job, writer: PerBatchWriter, looker: Any, *rows: dict[str, str]) -> ReadyBatch:
    """A batch whose users are made as if the one before it had its turn."""
    batch = await UnchangedRows(job).found(await batch_of(job, *rows))
    assert batch.staged.all_new
    job.overlap.in_turn = True
    with job.overlap.saving():
        await writer.send_ahead(batch)
    async with asyncio.timeout(10):
        while not await looker.fetchval(_MADE):  # noqa: ASYNC110  # PostgreSQL tells nobody
            await asyncio.sleep(0.005)
    job.overlap.in_turn = False
    return batch


async def saved_ahead(job: Job, writer: PerBatchWriter, *rows: dict[str, str]) -> Answers:
    """What a batch is answered that is sent, and whose users are made if they may be."""
    batch = await UnchangedRows(job).found(await batch_of(job, *rows))
    assert batch.staged.all_new
    job.overlap.in_turn = True
    with job.overlap.saving():
        await writer.send_ahead(batch)
    return (await writer.save(batch)).answers


def outcomes(answers: Answers) -> list[str]:
    """What became of each row."""
    return [outcome.name for outcome in answers.outcomes]


async def active(looker: Any, job: Job) -> int:
    """How many active users the directory counts."""
    count: int = await looker.fetchval(
        "select active_users from directories where id = $1", job.directory.id
    )
    return count


_TWO = (plain_row(1), plain_row(2))


async def test_users_who_are_all_new_are_made_before_their_turn(
    app: AppContext, looker: Any
) -> None:
    """P06: nobody sees them before the batch is committed in its turn, and then all does."""
    job = await opened(app, Commit.PER_BATCH)
    writer = PerBatchWriter(job)
    first = await batch_of(job, plain_row(3))
    batch = await made(job, writer, looker, *_TWO)
    assert await users(looker, job) == []
    await writer.save(first)
    assert (await users(looker, job), await active(looker, job)) == (["3"], 1)
    result = await writer.save(batch)
    assert outcomes(result.answers) == ["CREATED", "CREATED"]
    assert (await users(looker, job), await active(looker, job)) == (["1", "2", "3"], 3)
    ids = await looker.fetch(
        "select id from users where directory_id = $1 order by employee_number", job.directory.id
    )
    assert [*result.answers.user_ids] == [row["id"] for row in ids][:2]
    assert writer.tally.rows == 3


_CHANGES = {
    "another default role": (
        "update roles set is_default = false where directory_id = $1 and $2 <> ''",
        "update roles set is_default = true where directory_id = $1 and name = $2",
        ["CREATED", "CREATED"],
    ),
    "the location is removed": (
        "delete from location_names where directory_id = $1 and name = $2",
        "delete from locations where directory_id = $1 and name = $2",
        ["FAILED", "FAILED"],
    ),
    "the role is guarded": (
        "update roles set privileged = true where directory_id = $1 and is_default and $2 <> ''",
        "",
        ["FAILED", "FAILED"],
    ),
    "no seat is left": (
        "update directories set seats = 0 where id = $1 and $2 <> ''",
        "",
        ["FAILED", "FAILED"],
    ),
}
"""What may change between the making of users and their turn: statements, and the outcomes then."""


@pytest.mark.parametrize("change", _CHANGES)
async def test_what_users_were_made_by_is_looked_at_again(
    app: AppContext, looker: Any, change: str
) -> None:
    """P07: in the turn it has changed, and the batch is planned as if nothing had been made."""
    where = await new_looking(app, looker)
    job = await opened(app, Commit.PER_BATCH, where.name)
    job = replace(job, ceiling=replace(job.ceiling, privileged=False))
    await looker.execute("update roles set privileged = false where directory_id = $1", where.id)
    writer = PerBatchWriter(job)
    place = cell(Field.LOCATION)
    batch = await made(job, writer, looker, *(row | {Field.LOCATION.value: place} for row in _TWO))
    *statements, expected = _CHANGES[change]
    name = cell(Field.ROLE) if "role" in change else place
    for statement in filter(None, statements):
        await looker.execute(statement, where.id, name)
    result = await writer.save(batch)
    assert outcomes(result.answers) == expected
    made_users = await looker.fetch(
        "select r.name from users as u join roles as r on r.id = u.role_id"
        " where u.directory_id = $1",
        where.id,
    )
    created = expected.count("CREATED")
    assert [row[0] for row in made_users] == [name] * created
    assert await active(looker, job) == created


@pytest.mark.parametrize("field", [Field.LOCATION, Field.ORGANIZATIONAL_UNIT])
async def test_users_of_a_place_that_is_yet_to_be_made_are_made_after_it(
    app: AppContext, looker: Any, field: Field
) -> None:
    """P08: it is made in the turn, and so are they; all that was asked for is told of them."""
    made_here = UnknownName.CREATE
    job = await opened(app, Commit.PER_BATCH)
    options = replace(job.options, unknown_location=made_here, unknown_unit=made_here)
    job = replace(job, options=options)
    writer = PerBatchWriter(job)
    await saved_ahead(job, writer, *(row | {field.value: "Nowhere yet"} for row in _TWO))
    there = await looker.fetch(
        f"select p.name from users as u join {field.traits.names} as p on p.id = u.{field.column}"
        " where u.directory_id = $1",
        job.directory.id,
    )
    assert [row[0] for row in there] == ["Nowhere yet"] * 2


async def test_of_whom_changes_are_asked_for_they_are_told(app: AppContext) -> None:
    """P08: such users are made in their turn, where the changes are read."""
    job = await opened(app, Commit.PER_BATCH)
    job = replace(job, options=replace(job.options, include_changes=True))
    answers = await saved_ahead(job, PerBatchWriter(job), *_TWO)
    assert [*answers.changes] == [0, 1]


async def test_users_behind_a_stop_are_not_kept(app: AppContext, looker: Any) -> None:
    """P07: a row that failed before the turn stops the import there, though they were made."""
    job = await opened(app, Commit.PER_BATCH)
    job = replace(job, options=replace(job.options, max_failed_rows=0))
    writer = PerBatchWriter(job)
    batch = await made(job, writer, looker, plain_row(1), plain_row(3, email="none"), plain_row(2))
    result = await writer.save(batch)
    assert result.stop
    assert outcomes(result.answers) == ["CREATED", "FAILED"]
    assert (await users(looker, job), await active(looker, job)) == (["1"], 1)


async def test_who_wants_the_same_user_does_not_wait_long(app: AppContext, looker: Any) -> None:
    """P13: another import has its turn first, and makes them; what was made here is undone."""
    job = await opened(app, Commit.PER_BATCH)
    writer = PerBatchWriter(job)
    batch = await made(job, writer, looker, *_TWO)
    other = await opened(app, Commit.PER_BATCH, job.directory.name)
    async with asyncio.timeout(10):
        saved = await PerBatchWriter(other).save(await batch_of(other, plain_row(1)))
        result = await writer.save(batch)
    assert outcomes(saved.answers) == ["CREATED"]
    assert outcomes(result.answers) == ["UNCHANGED", "CREATED"]
    assert (await users(looker, job), await active(looker, job)) == (["1", "2"], 2)


async def test_users_whose_names_are_held_are_not_made_before_their_turn(
    app: AppContext, looker: Any
) -> None:
    """The batch is planned in its turn, row by row."""
    job = await opened(app, Commit.PER_BATCH)
    writer = PerBatchWriter(job)
    await writer.save(await batch_of(job, plain_row(1)))
    held = plain_row(3) | {"email": plain_row(1)["email"]}
    batch = await UnchangedRows(job).found(await batch_of(job, plain_row(2), held))
    job.overlap.in_turn = True
    with job.overlap.saving():
        await writer.send_ahead(batch)
    result = await writer.save(batch)
    assert outcomes(result.answers) == ["CREATED"]
    assert writer.parked
    assert await users(looker, job) == ["1", "2"]


_FREED = (
    "update users set email_key = 'gone', username_key = 'gone'"
    " where directory_id = $1 and number_key = '1'"
)
_MEANWHILE = {
    "nothing": ((), ["CREATED"]),
    "a name becomes free": ((_FREED,), ["CREATED", "CREATED"]),
    "somebody makes the user": (
        (
            _FREED,
            "insert into users (directory_id, employee_number, number_key, email, email_key,"
            " username, username_key, role_id)"
            " select directory_id, '3', '3', email, lower(email), email, lower(email), role_id"
            " from users where directory_id = $1 and number_key = '1'",
        ),
        ["CREATED", "UPDATED"],
    ),
}
"""What happens between the making of users and their turn: statements, and the outcomes."""


@pytest.mark.parametrize("meanwhile", _MEANWHILE)
async def test_beside_rows_whose_names_are_held_the_others_are_made(
    app: AppContext, looker: Any, meanwhile: str
) -> None:
    """P17: once a name was held, rows are parked before their turn, if they would be in it."""
    job = await opened(app, Commit.PER_BATCH)
    writer = PerBatchWriter(job)
    one, other = ({"email": plain_row(number)["email"]} for number in (1, 5))
    await writer.save(await batch_of(job, plain_row(1), plain_row(5), plain_row(6) | other))
    assert writer.parked
    rows = (plain_row(2), plain_row(3) | one, plain_row(4) | other)
    batch = await made(job, writer, looker, *rows)
    statements, expected = _MEANWHILE[meanwhile]
    for statement in statements:
        await looker.execute(statement, job.directory.id)
    result = await writer.save(batch)
    assert outcomes(result.answers) == expected
    expected_users = ["1", "2", "3", "5"] if len(expected) == 2 else ["1", "2", "5"]
    assert await users(looker, job) == expected_users


async def test_what_was_made_is_undone_where_the_batch_before_it_fails(
    app: AppContext, looker: Any
) -> None:
    """P12: it waits for its turn anew, and nobody may have to wait for both."""
    job = await opened(app, Commit.PER_BATCH)
    writer = PerBatchWriter(job)
    batch = await made(job, writer, looker, *_TWO)
    taken = await batch_of(job, plain_row(3), plain_row(4))
    columns = taken.staged.columns
    twice = {"email_key": [columns["email_key"][0]] * 2}
    refused = replace(taken.staged, columns={**columns, **twice})
    await writer.save(replace(taken, staged=refused))
    assert await looker.fetchval(_MADE) == 0
    result = await writer.save(batch)
    assert outcomes(result.answers) == ["CREATED", "CREATED"]
    assert await active(looker, job) == len(await users(looker, job))


async def test_what_was_made_and_is_not_saved_is_undone(app: AppContext, looker: Any) -> None:
    """P06: an import that stops leaves no user of a batch that it has not answered."""
    job = await opened(app, Commit.PER_BATCH)
    writer = PerBatchWriter(job)
    await made(job, writer, looker, *_TWO)
    await writer.let_go()
    assert await looker.fetchval(_MADE) == 0
    assert await users(looker, job) == []


async def test_who_is_cancelled_while_it_undoes_is_cancelled(app: AppContext, looker: Any) -> None:
    """P06: an import whose client has gone does not go on, and leaves nothing behind."""
    job = await opened(app, Commit.PER_BATCH)
    writer = PerBatchWriter(job)
    await made(job, writer, looker, *_TWO)
    leaving = asyncio.create_task(writer.let_go())
    await asyncio.sleep(0)  # now it waits for what it has cancelled
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    async with asyncio.timeout(10):
        while await looker.fetchval(_MADE):  # noqa: ASYNC110  # as above
            await asyncio.sleep(0.005)
    await writer.save(await batch_of(job, *_TWO))
    assert await users(looker, job) == ["1", "2"]


async def test_made_users_of_a_connection_that_breaks_are_made_again(
    app: AppContext, looker: Any
) -> None:
    """P12: as rows that were only sent."""
    job = await opened(app, Commit.PER_BATCH)
    writer = PerBatchWriter(job)
    batch = await made(job, writer, looker, *_TWO)
    await looker.fetch(_MADE.replace("count(*)", "pg_terminate_backend(pid)"))
    await writer.save(batch)
    assert await users(looker, job) == ["1", "2"]
    assert await active(looker, job) == 2


async def test_each_row_of_a_file_of_new_users_is_answered_once(
    app: AppContext, looker: Any
) -> None:
    """P01: with its own user, while two batches are written side by side; so says the ledger."""
    small = app.settings.model_copy(update={"batch_rows": 20})
    job = await opened(replace(app, settings=small), Commit.PER_BATCH)
    content = content_of([plain_row(number) for number in range(1, 401)])
    told: dict[str, int] = {}
    async for event in run(job, parts(content)):
        if isinstance(event, Answers):
            told |= dict(zip(event.employee_numbers, event.user_ids, strict=True))
    stored = await looker.fetch(
        "select employee_number, id from users where directory_id = $1", job.directory.id
    )
    assert told == dict(map(tuple, stored))
    assert await active(looker, job) == len(told) == 400
    kept = ledger.replay(job.database, job.directory.id, job.import_id, plan=0)
    again = [
        pair
        async for answers in kept
        for pair in zip(answers.employee_numbers, answers.user_ids, strict=True)
    ]
    assert again == list(told.items())
