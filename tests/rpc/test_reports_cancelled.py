"""An import is cancelled: what was committed stays, and nothing more is applied."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest_asyncio

from rollbook.client import Client
from rollbook.errors import Reason
from rollbook.v1 import imports_pb2 as v1
from tests.acceptance.wire import HEADER, Answer, Peer, csv, end, start, user, users
from tests.environment import Server, serving
from tests.rpc.imported import imported, person
from tests.rpc.refusals import refusal

_CANCELLED = "ABORTED/IMPORT_CANCELLED"


@pytest_asyncio.fixture
async def peer(server: Server) -> AsyncIterator[Peer]:
    """The administrator, message by message."""
    async with Peer.of(server) as opened:
        yield opened


@pytest_asyncio.fixture
async def reviewer(server: Server) -> AsyncIterator[Client]:
    """Another principal's client."""
    async with Client(server.address, server.token_files["reviewer"].read_text().strip()) as opened:
        yield opened


@pytest_asyncio.fixture
async def elsewhere(server: Server, tmp_path: Path) -> AsyncIterator[Client]:
    """The administrator's client of another server on the same database."""
    with serving(server.database_url, tmp_path) as other:
        async with Client(other.address, other.token) as opened:
            yield opened


async def _cancelled_while_open(
    peer: Peer, client: Client, directory: str, content: str, *, late: str = "", **options: object
) -> tuple[Answer, v1.Import]:
    """An import cancelled after `content`; `late` is sent nevertheless, and `end`."""
    opening = start(directory, options=options)
    async with peer.call(opening, *csv(content)) as call:
        await call.read("progress" if options.get("commit") != "NONE" else "understood")
        await _last_line(peer, directory, opening.start.import_id, content.count("\n"))
        cancelled = await client.imports.cancel(directory, opening.start.import_id)
        if late:
            await call.send(*csv(late), end())
        answer = await call.rest()
    return answer, cancelled


async def _last_line(peer: Peer, directory: str, import_id: str, line: int) -> None:
    """Wait until the import has come so far."""
    async with asyncio.timeout(20):
        while (await peer.get_import(directory, import_id)).last_line < line:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_an_import_is_cancelled_while_its_file_comes_in(
    peer: Peer, client: Client, directory: str
) -> None:
    """What was committed stays, nothing more is applied, and the importer learns it at once."""
    answer, cancelled = await _cancelled_while_open(
        peer, client, directory, HEADER + users(1, 2, 3), late=""
    )
    assert answer.ending == _CANCELLED
    assert answer.rows == dict.fromkeys((2, 3, 4), "CREATED")
    assert answer.summary
    assert answer.summary.state == cancelled.state == v1.IMPORT_STATE_CANCELLED
    assert (answer.summary.rows, answer.summary.created) == (3, 3)
    assert answer.summary.stopped_by.code == "import_cancelled"
    assert len(await peer.stored(directory)) == 3


async def test_an_import_is_cancelled_from_another_server(
    peer: Peer, elsewhere: Client, directory: str
) -> None:
    """Its owner sees it at the next batch, of which nothing is applied."""
    answer, _ = await _cancelled_while_open(
        peer, elsewhere, directory, HEADER + users(1, 2), late=users(3, 4)
    )
    assert answer.ending == _CANCELLED
    assert set(answer.rows) == {2, 3}
    assert sorted(await peer.stored(directory)) == ["1", "2"]


async def test_after_a_cancel_no_batch_commits(database_url: str, tmp_path: Path) -> None:
    """However fast they follow one another: what is there when it is answered is all there is."""
    with serving(database_url, tmp_path, batch_rows=10, new_imports_per_hour=10_000) as narrow:
        async with Peer.of(narrow) as peer, Client(narrow.address, narrow.token) as client:
            for early in (0.05, 0.15, 0.3):
                directory = await peer.new_directory()
                opening = start(directory)
                sending = asyncio.create_task(
                    peer.send([opening, *csv(HEADER + users(*range(20_000))), end()])
                )
                await peer.until(directory, opening.start.import_id, {"IMPORT_STATE_RUNNING"})
                await asyncio.sleep(early)
                await client.imports.cancel(directory, opening.start.import_id)
                there = len(await peer.stored(directory))
                answer = await sending
                assert answer.ending == _CANCELLED
                assert len(await peer.stored(directory)) == there < 20_000
                found = await peer.get_import(directory, opening.start.import_id)
                assert (found.summary.created, found.state) == (there, v1.IMPORT_STATE_CANCELLED)
                assert answer.summary is None or answer.summary == found.summary


async def test_rows_that_waited_for_the_end_are_not_applied(
    peer: Peer, client: Client, directory: str
) -> None:
    """A parked row of a cancelled import is answered, and counts."""
    await imported(client, directory, [person(1)])
    content = HEADER + user(2, email="u1@example.org") + user(3)
    answer, _ = await _cancelled_while_open(peer, client, directory, content)
    assert answer.ending == _CANCELLED
    assert answer.rows == {2: "NOT_APPLIED", 3: "CREATED"}
    assert answer.summary
    assert (answer.summary.rows, answer.summary.created, answer.summary.not_applied) == (2, 1, 1)


async def test_staged_rows_are_not_applied(peer: Peer, client: Client, directory: str) -> None:
    """All that a cancelled preview has kept is answered so."""
    content = HEADER + users(1, 2) + user(3, email="wrong")
    answer, _ = await _cancelled_while_open(peer, client, directory, content, commit="NONE")
    assert answer.ending == _CANCELLED
    assert answer.rows == {2: "NOT_APPLIED", 3: "NOT_APPLIED", 4: "FAILED invalid_email(email)"}
    assert answer.summary
    assert (answer.summary.not_applied, answer.summary.failed) == (2, 1)


async def test_a_cancelled_import_does_not_go_on(
    peer: Peer, client: Client, directory: str
) -> None:
    """Its id is used up: neither the file again, nor another cancel, changes anything."""
    opening = start(directory)
    async with peer.call(opening, *csv(HEADER + users(1))) as call:
        await call.read("progress")
    await peer.until(directory, opening.start.import_id, {"IMPORT_STATE_INTERRUPTED"})
    cancelled = await client.imports.cancel(directory, opening.start.import_id)
    assert cancelled == await client.imports.cancel(directory, opening.start.import_id)
    again = await peer.send([opening, *csv(HEADER + users(1, 2)), end()])
    assert again.ending == "FAILED_PRECONDITION/IMPORT_NOT_RESUMABLE"
    assert again.facts["state"] == "CANCELLED"
    assert list(await peer.stored(directory)) == ["1"]


async def test_an_interrupted_import_counts_every_row_that_it_read(
    peer: Peer, client: Client, directory: str
) -> None:
    """Rows that waited when it broke are not applied: the sum is that of the rows."""
    await imported(client, directory, [person(1)])
    opening = start(directory)
    content = HEADER + user(2, email="u1@example.org") + users(3, 4)
    async with peer.call(opening, *csv(content)) as call:
        await call.read("progress")
        await _last_line(peer, directory, opening.start.import_id, 4)
    await peer.until(directory, opening.start.import_id, {"IMPORT_STATE_INTERRUPTED"})
    summary = (await client.imports.cancel(directory, opening.start.import_id)).summary
    assert (summary.rows, summary.created, summary.not_applied) == (3, 2, 1)


async def test_a_cancelled_preview_cannot_be_applied(client: Client, directory: str) -> None:
    """Its rows count as not applied; those that failed, failed."""
    seen = await imported(client, directory, [person(1), person(2, email="x")], commit="NONE")
    summary = (await client.imports.cancel(directory, seen.import_id)).summary
    assert (summary.rows, summary.created, summary.not_applied, summary.failed) == (2, 0, 1, 1)
    assert not summary.digest
    refused = await refusal(_apply(client, directory, seen.import_id), Reason.IMPORT_NOT_RESUMABLE)
    assert refused.facts["state"] == "CANCELLED"


async def test_what_has_ended_cannot_be_cancelled(client: Client, directory: str) -> None:
    """It is refused, and what it did stays."""
    done = await imported(client, directory, [person(1)])
    refused = await refusal(
        client.imports.cancel(directory, done.import_id), Reason.IMPORT_NOT_RESUMABLE
    )
    assert refused.facts["state"] == "COMPLETED"


async def test_only_ones_own_import_is_cancelled(
    client: Client, reviewer: Client, directory: str
) -> None:
    """Another's is as if unknown, and goes on."""
    seen = await imported(client, directory, [person(1)], commit="NONE")
    theirs = await refusal(
        reviewer.imports.cancel(directory, seen.import_id), Reason.PERMISSION_DENIED
    )
    unknown = await refusal(
        reviewer.imports.cancel(directory, "00000000-0000-0000-0000-000000000000"),
        Reason.PERMISSION_DENIED,
    )
    assert theirs.message == unknown.message
    assert (await client.get_import(directory, seen.import_id)).state == v1.IMPORT_STATE_PREVIEWED


async def _apply(client: Client, directory: str, import_id: str) -> v1.ImportSummary:
    summaries = [
        event
        async for event in client.imports.apply(directory, import_id)
        if isinstance(event, v1.ImportSummary)
    ]
    return summaries[-1]


async def test_an_import_that_completes_at_the_same_moment_stays_completed(
    peer: Peer, client: Client, directory: str
) -> None:
    """Cancelling waits for whatever moves the import on, and then judges where it stands."""
    opening = start(directory)
    async with peer.call(opening, *csv(HEADER + users(1))) as call:
        assert await call.read("results")
        import_id = opening.start.import_id
        completing = await asyncpg.connect(peer.server.database_url)
        try:
            async with completing.transaction():
                await completing.execute(
                    "update imports set state = 'COMPLETED' where id = $1::text::uuid", import_id
                )
                cancelling = asyncio.ensure_future(client.imports.cancel(directory, import_id))
                await asyncio.sleep(0.5)
                assert not cancelling.done()
        finally:
            await completing.close()
        await refusal(cancelling, Reason.IMPORT_NOT_RESUMABLE)
        found = await peer.get_import(directory, import_id)
        assert found.state == v1.IMPORT_STATE_COMPLETED
