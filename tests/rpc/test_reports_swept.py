"""What callers still learn of an import, and may do with it, once a server has swept it."""

import asyncio
import json
from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from rollbook.client import Client
from rollbook.errors import Reason
from rollbook.v1 import imports_pb2 as v1
from rollbook.v1.users_pb2 import ListUsersRequest
from tests.acceptance.wire import HEADER, Peer, Request, csv, end, start, user, users
from tests.environment import Cluster, Server, serving
from tests.imports.retained import Retained
from tests.rpc.refusals import refusal
from tests.rpc.reported import download

_FILE = HEADER + users(1, 2) + user(3, email="?")


@pytest_asyncio.fixture(scope="module")
async def server(
    cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Server]:
    """A server that sweeps all the time."""
    url, folder = await cluster.new_database(), tmp_path_factory.mktemp("sweeping")
    with serving(url, folder, lease=1, sweep_every=0.1, log_format="json") as running:
        yield running


@pytest_asyncio.fixture
async def peer(server: Server) -> AsyncIterator[Peer]:
    """The administrator, message by message."""
    async with Peer.of(server) as opened:
        yield opened


async def _swept(server: Server, import_id: str, age: str) -> None:
    """Let the import be so old, and wait until the server has swept what is too old of it."""
    connection = await asyncpg.connect(server.database_url)
    kept = Retained(connection)
    try:
        await kept.age(import_id, age)
        async with asyncio.timeout(20):
            while "import_leases" in await kept.left(UUID(import_id)):  # noqa: ASYNC110 -- goes last
                await asyncio.sleep(0.05)
    finally:
        await connection.close()


async def _sent(peer: Peer, *requests: Request) -> str:
    await peer.send(requests)
    return str(requests[0].start.import_id)


async def test_a_preview_whose_rows_are_gone_is_answered_and_not_applied(
    server: Server, client: Client, peer: Peer, directory: str
) -> None:
    """The refusal names the state; a new id is needed."""
    opening = start(directory, options={"commit": "NONE"})
    whole = [opening, *csv(_FILE), end()]
    import_id = await _sent(peer, *whole)
    assert not (await client.imports.get(directory, import_id)).rows_deleted
    await _swept(server, import_id, "31 days")
    assert (await client.imports.get(directory, import_id)).rows_deleted
    assert [one.rows_deleted async for one in client.imports.list(directory)] == [True]
    refused = await refusal(
        anext(client.imports.apply(directory, import_id)), Reason.IMPORT_NOT_RESUMABLE
    )
    assert refused.facts["state"] == "PREVIEWED"
    again = await peer.send(whole)
    assert again.ending == "OK"
    assert len(again.rows) == 3
    assert await peer.stored(directory) == {}


async def test_an_interrupted_import_whose_rows_are_gone_is_not_resumed(
    server: Server, client: Client, peer: Peer, directory: str
) -> None:
    """What it has applied stays; the file is sent again under a new id."""
    opening = start(directory)
    import_id = await _sent(peer, opening, *csv(_FILE))
    assert (await client.imports.get(directory, import_id)).state == v1.IMPORT_STATE_INTERRUPTED
    await _swept(server, import_id, "31 days")
    again = await peer.send([opening, *csv(_FILE), end()])
    assert again.ending == "FAILED_PRECONDITION/IMPORT_NOT_RESUMABLE"
    assert len(await peer.stored(directory)) == 2
    new = await peer.send_file(directory, _FILE)
    assert new.ending == "OK"


async def test_a_completed_import_keeps_its_answers_without_the_cells(
    server: Server, client: Client, peer: Peer, directory: str
) -> None:
    """S74: issues, lines and answers stay; a report is refused rather than empty."""
    whole = [start(directory), *csv(_FILE), end()]
    import_id = await _sent(peer, *whole)
    assert await download(client, directory, import_id)
    await _swept(server, import_id, "31 days")
    await refusal(download(client, directory, import_id), Reason.RESOURCE_NOT_FOUND)
    issues = [each async for each in client.imports.issues(directory, import_id)]
    assert [(each.line, each.issue.code) for each in issues] == [(4, "invalid_email")]
    rows = [each async for each in client.imports.rows(directory, import_id)]
    assert [(each.result.line, list(each.cells)) for each in rows] == [(2, []), (3, []), (4, [])]
    assert len((await peer.send(whole)).rows) == 3


async def test_a_report_without_failed_rows_stays(
    server: Server, client: Client, peer: Peer, directory: str
) -> None:
    """S74: it has a header alone, before and after."""
    import_id = await _sent(peer, start(directory), *csv(HEADER + users(1)), end())
    before = await download(client, directory, import_id)
    await _swept(server, import_id, "31 days")
    assert await download(client, directory, import_id) == before


async def test_an_import_that_is_deleted_is_as_unknown(
    server: Server, client: Client, peer: Peer, directory: str
) -> None:
    """S75: its users stay, are listed by it, and name it; the same id is a new import."""
    whole = [start(directory), *csv(_FILE), end()]
    import_id = await _sent(peer, *whole)
    kept = await _sent(peer, start(directory), *csv(_FILE), end())
    await _swept(server, import_id, "401 days")
    await refusal(client.imports.get(directory, import_id), Reason.PERMISSION_DENIED)
    listed = [each.import_id async for each in client.imports.list(directory)]
    assert listed == [kept]
    asked = ListUsersRequest(import_id=import_id)
    found = [each async for each in client.users.list(directory, asked)]
    assert [each.employee_number for each in found] == ["1", "2"]
    again = await peer.send(whole)
    said = sorted(each.split()[0] for each in again.rows.values())
    assert said == ["FAILED", "UNCHANGED", "UNCHANGED"]


async def test_the_server_says_what_it_swept(server: Server, peer: Peer, directory: str) -> None:
    """One line of JSON, with counts and nothing of any file."""
    import_id = await _sent(peer, start(directory), *csv(_FILE), end())
    await _swept(server, import_id, "401 days")
    async with asyncio.timeout(10):
        while not (lines := _lines(server)):  # noqa: ASYNC110 -- there is no event
            await asyncio.sleep(0.05)
    assert all(line["level"] == "info" for line in lines)
    assert {"imports", "issues", "ledger_batches", "failed_batches"} <= set().union(*lines)


def _lines(server: Server) -> list[dict[str, object]]:
    found = map(json.loads, server.log.read_text().splitlines())
    return [line for line in found if line["event"] == "swept" and "imports" in line]
