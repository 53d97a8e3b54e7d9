"""An import is watched while it runs, from any server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest
import pytest_asyncio

from rollbook.client import Client
from rollbook.errors import Reason
from rollbook.v1 import imports_pb2 as v1
from tests.acceptance.wire import HEADER, Peer, csv, end, start, users
from tests.environment import Server, serving
from tests.rpc.imported import imported, person
from tests.rpc.refusals import refusal


@pytest_asyncio.fixture
async def peer(server: Server) -> AsyncIterator[Peer]:
    """The administrator, message by message."""
    async with Peer.of(server) as opened:
        yield opened


@pytest_asyncio.fixture
async def elsewhere(server: Server, tmp_path: Path) -> AsyncIterator[Client]:
    """The administrator's client of another server on the same database."""
    with serving(server.database_url, tmp_path) as other:
        async with Client(other.address, other.token) as opened:
            yield opened


async def test_watching_tells_an_import_at_once_and_whenever_it_changes(
    peer: Peer, elsewhere: Client, directory: str
) -> None:
    """From any server; the last one does not run any more, and its counts never go back."""
    opening = start(directory)
    seen: list[v1.Import] = []
    async with peer.call(opening, *csv(HEADER + users(1, 2))) as call:
        await call.read("progress")

        async def watch() -> None:
            async for one in elsewhere.imports.watch(directory, opening.start.import_id):
                seen.append(one)  # noqa: PERF401 -- one by one, as they come

        watching = asyncio.create_task(watch())
        await _until(seen, 1)
        await call.send(*csv(users(3)))
        await _until(seen, 2)
        await call.send(end())
        assert (await call.rest()).ending == "OK"
        async with asyncio.timeout(5):
            await watching
    states = [v1.ImportState.Name(one.state) for one in seen]
    assert set(states[:-1]) == {"IMPORT_STATE_RUNNING"}
    assert states[-1] == "IMPORT_STATE_COMPLETED"
    counted = [one.summary.created for one in seen]
    assert counted == sorted(counted)
    assert counted[-1] == 3
    assert len({one.SerializeToString(deterministic=True) for one in seen}) == len(seen)


async def test_watching_what_has_ended(client: Client, directory: str) -> None:
    """One message, the import as it is."""
    done = await imported(client, directory, [person(1)])
    found = [one async for one in client.imports.watch(directory, done.import_id)]
    assert found == [await client.get_import(directory, done.import_id)]


async def test_watching_an_import_whose_server_dies(
    client: Client, server: Server, directory: str, tmp_path: Path
) -> None:
    """It is INTERRUPTED as soon as its lease is over, and no watcher is left waiting."""
    opening = start(directory)
    with serving(server.database_url, tmp_path, lease=1) as dying:
        async with (
            Peer.of(dying) as peer,
            peer.call(opening, *csv(HEADER + users(1))) as call,
            asyncio.timeout(10),
        ):
            await call.read("progress")
            watched = client.imports.watch(directory, opening.start.import_id)
            async with aclosing(watched):
                first = await anext(watched)
                dying.kill()
                *_, last = [one async for one in watched]
    assert first.state == v1.IMPORT_STATE_RUNNING
    assert last.state == v1.IMPORT_STATE_INTERRUPTED
    assert last.summary.created == 1


@pytest.mark.parametrize("word", ["watch", "report", "issues", "rows"])
async def test_an_id_that_is_none_is_refused_by_name(
    client: Client, directory: str, word: str
) -> None:
    """INVALID_OPTIONS, naming import_id."""

    async def asked() -> None:
        async for _ in getattr(client.imports, word)(directory, "not-a-uuid"):
            pass

    assert (await refusal(asked(), Reason.INVALID_OPTIONS)).facts["option"] == "import_id"


async def _until(seen: list[v1.Import], count: int) -> None:
    async with asyncio.timeout(10):
        while len(seen) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
