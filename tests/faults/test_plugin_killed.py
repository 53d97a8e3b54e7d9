"""A server is killed while rows wait for their plugin, and while they are asked again."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from rollbook.errors import Reason
from rollbook.v1.imports_pb2 import ImportSummary
from tests.acceptance.wire import Peer
from tests.environment import Cluster, Server
from tests.faults.sending import Sent
from tests.faults.witness import (
    Connection,
    check_ending,
    check_ledger,
    check_quiet,
    connected,
    people,
    seeded,
    started,
)

_ROWS = 600
_BATCH = 20
_WAIT = 8
"""Batches that wait when the server is killed first."""
_PATIENCE = 100
"""Times that the file is sent again while a server finishes by itself what was read to its end."""
_SETTINGS = {
    "plugins": "tests.plugin:on_demand",
    "plugin_failures": 1_000,
    "batch_rows": _BATCH,
    "server_name": "one",
}


def _content(down: Path) -> bytes:
    """A file of whose batches every second one fails while `down` is there."""
    lines = ["employee_number,email,first_name,last_name,job_title"]
    for number in range(_ROWS):
        title = f"@while:{down}" if number % (2 * _BATCH) == 0 else ""
        lines.append(f"{number},u{number}@example.org,Ada,Byron,{title}")
    return "\n".join([*lines, ""]).encode()


async def _killed_after(running: Server, sent: Sent, due: Callable[[], Awaitable[None]]) -> None:
    """Send the file, and kill the server once that is due."""
    async with Peer.of(running) as peer:
        sending = asyncio.create_task(sent.to_the_end(peer))
        await due()
        await asyncio.to_thread(running.kill)
        # Of a staged file that was read to its end, a server may be finishing what it finds.
        check_ending(await sending, Reason.IMPORT_ALREADY_RUNNING, broken=True)


async def _until_waiting(url: str) -> None:
    async with asyncio.timeout(20), connected(url) as connection:
        while await _waiting(connection) < _WAIT:  # noqa: ASYNC110 -- another process
            await asyncio.sleep(0.02)


async def _waiting(connection: Connection) -> int:
    found: int = await connection.fetchval(
        "select count(*) from import_rows where kind = 'waiting'"
    )
    return found


async def _answered(running: Server, sent: Sent) -> ImportSummary:
    """Send the file to the end; every line has been answered."""
    async with Peer.of(running) as peer:
        for _ in range(_PATIENCE):
            answer = await sent.to_the_end(peer)
            if answer.ending == "OK":
                break
            check_ending(answer, Reason.IMPORT_ALREADY_RUNNING)
            await asyncio.sleep(0.1)
    check_ending(answer)
    assert sorted(sent.results) == list(range(2, _ROWS + 2))
    assert sent.summary
    return sent.summary


async def _directory(running: Server) -> str:
    async with Peer.of(running) as peer:
        return await peer.new_directory()


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "commit",
    ["PER_BATCH", *(pytest.param(c, marks=pytest.mark.long) for c in ("WHOLE_FILE", "NONE"))],
)
async def test_rows_that_wait_survive_a_kill(cluster: Cluster, tmp_path: Path, commit: str) -> None:
    """P01, P41: each line is answered once, and the summary is that of an unbroken import."""
    dice = seeded()
    calm, url = await cluster.new_database(), await cluster.new_database()
    down = tmp_path / "down"
    content, options = _content(down), {"commit": commit}
    async with started(calm, tmp_path, **_SETTINGS) as running:
        unbroken = Sent(await _directory(running), content, options=options)
        expected = await _answered(running, unbroken)

    down.touch()
    async with started(url, tmp_path, **_SETTINGS) as running:
        directory = await _directory(running)
        sent = Sent(directory, content, options=options, import_id=unbroken.import_id)
        await _killed_after(running, sent, lambda: _until_waiting(url))
    down.unlink()
    for _ in range(3):
        async with started(url, tmp_path, **_SETTINGS) as running:
            await _killed_after(running, sent, lambda: asyncio.sleep(dice.uniform(0, 0.6)))
    async with started(url, tmp_path, **_SETTINGS) as running:
        summary = await _answered(running, sent)
    assert summary.SerializeToString(deterministic=True) == expected.SerializeToString(
        deterministic=True
    )
    async with connected(url) as connection:
        assert len(await people(connection, directory)) == (0 if commit == "NONE" else _ROWS)
        await check_ledger(connection, directory, sent.import_id, range(2, _ROWS + 2))
        assert await _waiting(connection) == 0
    await check_quiet(url, connections=0)
