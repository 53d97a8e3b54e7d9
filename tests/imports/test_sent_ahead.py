"""The rows of a batch are sent while the batch before is written, and are saved after it or not."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest_asyncio

from rollbook.context import AppContext
from rollbook.imports.job.job import Job
from rollbook.imports.rows.ready_batch import ReadyBatch
from rollbook.imports.writing.per_batch import PerBatchWriter
from rollbook.model import Commit
from rollbook.server.app import open_app
from rollbook.settings import Settings
from tests.imports.jobs import opened
from tests.imports.looking import batch_of, plain_row

_SENT = """
select count(*) from pg_stat_activity
where datname = current_database() and state = 'idle in transaction' and query like 'COPY%'
"""


@pytest_asyncio.fixture
async def app(database_url: str) -> AsyncIterator[AppContext]:
    """The inside of a server with three connections for writers."""
    async with open_app(Settings(database_url=database_url, pool_size=4)) as inside:
        yield inside


@pytest_asyncio.fixture
async def looker(app: AppContext) -> AsyncIterator[Any]:
    """A connection that looks at the others."""
    connection = await asyncpg.connect(app.settings.database_url)
    yield connection
    await connection.close()


async def sent(job: Job, writer: PerBatchWriter, number: int) -> ReadyBatch:
    """A batch of one row, sent as if the one before it were being written."""
    batch = await batch_of(job, plain_row(number))
    with job.overlap.saving():
        await writer.send_ahead(batch)
    return batch


async def users(looker: Any, job: Job) -> list[str]:
    """The numbers of the directory's users."""
    found = await looker.fetch(
        "select employee_number from users where directory_id = $1 order by 1", job.directory.id
    )
    return [row[0] for row in found]


async def test_rows_that_were_sent_are_saved_in_their_turn(app: AppContext, looker: Any) -> None:
    """The first batch is committed while the second one waits in its own transaction."""
    job = await opened(app, Commit.PER_BATCH)
    writer = PerBatchWriter(job)
    first = await batch_of(job, plain_row(1))
    second = await sent(job, writer, 2)
    assert await looker.fetchval(_SENT) == 1
    await writer.save(first)
    assert await users(looker, job) == ["1"]
    await writer.save(second)
    assert await users(looker, job) == ["1", "2"]
    assert writer.tally.rows == 2


async def test_nothing_is_sent_if_no_batch_is_being_written(app: AppContext, looker: Any) -> None:
    """The batch is saved at once: another transaction would only be in the way."""
    job = await opened(app, Commit.PER_BATCH)
    writer = PerBatchWriter(job)
    await writer.send_ahead(await batch_of(job, plain_row(1)))
    assert await looker.fetchval(_SENT) == 0


async def test_what_was_sent_and_is_not_saved_is_undone(app: AppContext, looker: Any) -> None:
    """An import that stops leaves no transaction behind, and sends nothing any more."""
    job = await opened(app, Commit.PER_BATCH)
    writer = PerBatchWriter(job)
    await sent(job, writer, 1)
    await writer.let_go()
    assert await looker.fetchval(_SENT) == 0
    await sent(job, writer, 2)
    assert await looker.fetchval(_SENT) == 0
    assert await users(looker, job) == []


async def test_a_connection_that_breaks_meanwhile_costs_nothing(
    app: AppContext, looker: Any
) -> None:
    """P12: the batch is sent and saved again."""
    job = await opened(app, Commit.PER_BATCH)
    writer = PerBatchWriter(job)
    batch = await sent(job, writer, 1)
    await looker.fetch(_SENT.replace("count(*)", "pg_terminate_backend(pid)"))
    await writer.save(batch)
    assert await users(looker, job) == ["1"]


async def test_a_user_who_is_made_meanwhile_is_found(app: AppContext, looker: Any) -> None:
    """P13: when the rows were looked at there was no such user."""
    job = await opened(app, Commit.PER_BATCH)
    writer = PerBatchWriter(job)
    batch = await sent(job, writer, 1)
    other = await opened(app, Commit.PER_BATCH, job.directory.name)
    await PerBatchWriter(other).save(await batch_of(other, plain_row(1)))
    result = await writer.save(batch)
    assert [outcome.name for outcome in result.answers.outcomes] == ["UNCHANGED"]


async def test_batches_in_their_turn_always_find_a_connection(app: AppContext, looker: Any) -> None:
    """P19: half of the writers' connections, at most, hold rows that were sent ahead."""
    jobs = [await opened(app, Commit.PER_BATCH) for _ in range(3)]
    writers = [PerBatchWriter(job) for job in jobs]
    batches = [await sent(job, writer, 1) for job, writer in zip(jobs, writers, strict=True)]
    assert await looker.fetchval(_SENT) == 1
    for writer, batch in zip(writers, batches, strict=True):
        await writer.save(batch)
    assert [await users(looker, job) for job in jobs] == [["1"]] * 3
