"""A server is killed at random moments of an import, and the client resumes at the next."""

import asyncio
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from rollbook.errors import Reason
from rollbook.v1.imports_pb2 import IMPORT_STATE_COMPLETED, ImportSummary
from tests.acceptance.memory import MIB, Memory
from tests.acceptance.wire import HEADER, Peer, user
from tests.environment import Cluster, Server
from tests.faults.crowd import Crowd, crowd
from tests.faults.sending import Sent
from tests.faults.witness import (
    Connection,
    check_ending,
    check_ledger,
    check_quiet,
    check_sums,
    connected,
    guard_off,
    people,
    seeded,
    started,
    tell,
    versions,
)

_BATCH = 50
_MOST_LIVES = 40
"""How often an import may be sent again without a kill, while an old lease lapses."""


class _Life:
    """One import of one file, through servers that are killed."""

    def __init__(self, url: str, folder: Path, sent: Sent, **settings: object):
        self.url = url
        self.sent = sent
        self._folder = folder
        self._settings = {"batch_rows": _BATCH, **settings}

    async def killed(self, at: int, delay: float) -> None:
        """A server's life: killed `delay` after so many lines are answered."""
        async with self._server() as running, Peer.of(running) as peer:
            answer = await self.sent.broken(
                peer, lambda: len(self.sent.results) >= at, running.kill, delay
            )
        check_ending(answer, Reason.IMPORT_ALREADY_RUNNING, broken=True)

    def _server(self) -> AbstractAsyncContextManager[Server]:
        return started(self.url, self._folder, **self._settings)

    async def finished(self) -> ImportSummary:
        """A server that lives: the end."""
        async with self._server() as running, Peer.of(running) as peer:
            for _ in range(_MOST_LIVES):
                answer = await self.sent.to_the_end(peer)
                if answer.ending == "OK":
                    break
                check_ending(answer, Reason.IMPORT_ALREADY_RUNNING)
                await asyncio.sleep(0.1)
        check_ending(answer)
        assert answer.summary
        return answer.summary


async def _prepared(url: str, folder: Path, sent: Sent, before: bytes, **settings: object) -> None:
    """Make the directory, and bring in who was there before."""
    async with (
        started(url, folder, **settings) as running,
        Peer.of(running) as peer,
        connected(url) as connection,
    ):
        await connection.execute("insert into directories (name) values ($1)", sent.directory)
        await connection.execute(
            "insert into roles (directory_id, name, name_key, is_default)"
            " select id, 'Standard', 'standard', true from directories where name = $1",
            sent.directory,
        )
        answer = await peer.send_file(sent.directory, before)
        assert answer.ending == "OK", answer.message
        await guard_off(connection, sent.directory)


async def _written(url: str) -> int:
    """How many versions of users were ever written in a database, rolled back or not."""
    async with connected(url) as connection:
        found: int = await connection.fetchval(
            "select n_tup_ins + n_tup_upd from pg_stat_user_tables where relname = 'users'"
        )
        return found


async def _unbroken(
    url: str, folder: Path, sent: Sent, file: Crowd, **settings: object
) -> tuple[ImportSummary, dict[str, tuple[object, ...]]]:
    """The summary and the users of the same import where nothing breaks."""
    await _prepared(url, folder, sent, file.before)
    summary = await _Life(url, folder, sent, **settings).finished()
    check_sums(summary, sent.results.values(), file)
    async with connected(url) as connection:
        return summary, await people(connection, sent.directory)


async def _check_end(
    connection: Connection, sent: Sent, file: Crowd, summary: ImportSummary, kept: object
) -> None:
    assert summary.state == IMPORT_STATE_COMPLETED
    check_sums(summary, sent.results.values(), file)
    await check_ledger(connection, sent.directory, sent.import_id, range(2, file.rows + 2))
    assert await versions(connection, sent.directory) == file.versions
    assert await people(connection, sent.directory) == kept


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("rows", "kills", "batch"),
    [
        (10_000, 25, _BATCH),
        pytest.param(100_000, 200, 250, marks=[pytest.mark.long, pytest.mark.timeout(3600)]),
    ],
)
async def test_a_server_killed_again_and_again(
    cluster: Cluster, tmp_path: Path, rows: int, kills: int, batch: int
) -> None:
    """P01: 0 rows lost, 0 applied twice, the same summary; a kill repeats at most a batch."""
    dice = seeded()
    file = crowd(dice, rows)
    calm, url = await cluster.new_database(), await cluster.new_database()
    first = Sent("d", file.content)
    expected, kept = await _unbroken(calm, tmp_path, first, file, batch_rows=batch)

    sent = Sent("d", file.content, import_id=first.import_id)
    await _prepared(url, tmp_path, sent, file.before, batch_rows=batch)
    life = _Life(url, tmp_path, sent, batch_rows=batch, server_name="one", lease=30)
    for at in sorted(dice.randrange(rows) for _ in range(kills)):
        await life.killed(at, dice.choice([0, dice.uniform(0, 0.03)]))
    summary = await life.finished()

    assert summary.SerializeToString(deterministic=True) == expected.SerializeToString(
        deterministic=True
    )
    async with connected(url) as connection:
        await _check_end(connection, sent, file, summary, kept)
    await check_quiet(url, connections=0)
    again = await _written(url) - await _written(calm)
    assert 0 <= again <= kills * batch, f"{again} versions were written again"


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    "kills", [2, pytest.param(50, marks=[pytest.mark.long, pytest.mark.timeout(1800)])]
)
async def test_parked_rows_and_claims_survive_a_kill(
    cluster: Cluster, tmp_path: Path, kills: int
) -> None:
    """P01: users who swap their e-mails wait through every kill, the last as late as can be.

    The servers have no name, so that each waits until the lease of the one before has lapsed.
    """
    dice = seeded()
    rows = 2_000
    file = crowd(dice, rows, swaps=200)
    calm, url = await cluster.new_database(), await cluster.new_database()
    first = Sent("d", file.content)
    expected, kept = await _unbroken(calm, tmp_path, first, file, batch_rows=_BATCH)

    sent = Sent("d", file.content, import_id=first.import_id)
    await _prepared(url, tmp_path, sent, file.before)
    life = _Life(url, tmp_path, sent, lease=1)
    moments = sorted(dice.randrange(rows - 400) for _ in range(kills - 1))
    for at in [*moments, rows - 410]:
        await life.killed(at, dice.uniform(0, 0.05))
        await asyncio.sleep(0.5)
    summary = await life.finished()

    assert summary.SerializeToString(deterministic=True) == expected.SerializeToString(
        deterministic=True
    )
    async with connected(url) as connection:
        await _check_end(connection, sent, file, summary, kept)
    await check_quiet(url, connections=0)


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    "kills", [2, pytest.param(40, marks=[pytest.mark.long, pytest.mark.timeout(1800)])]
)
@pytest.mark.parametrize("commit", ["WHOLE_FILE", pytest.param("NONE", marks=pytest.mark.long)])
async def test_a_staged_import_killed(
    cluster: Cluster, tmp_path: Path, commit: str, kills: int
) -> None:
    """P01: rows that were kept for `end` are neither lost nor kept twice, nor is the plan."""
    dice = seeded()
    rows = 3_000
    file = crowd(dice, rows, swaps=50)
    calm, url = await cluster.new_database(), await cluster.new_database()
    options: dict[str, Any] = {"options": {"commit": commit}}
    first = Sent("d", file.content, **options)
    await _prepared(calm, tmp_path, first, file.before)
    expected = await _Life(calm, tmp_path, first).finished()

    sent = Sent("d", file.content, import_id=first.import_id, **options)
    await _prepared(url, tmp_path, sent, file.before)
    life = _Life(url, tmp_path, sent, server_name="one")
    for at in sorted(dice.randrange(rows // 5) for _ in range(kills)):
        await life.killed(at, dice.uniform(0, 0.2))
    summary = await life.finished()

    assert summary.SerializeToString(deterministic=True) == expected.SerializeToString(
        deterministic=True
    )
    check_sums(summary, sent.results.values(), file)
    async with connected(url) as connection, connected(calm) as other:
        await check_ledger(connection, "d", sent.import_id, range(2, rows + 2))
        stored = await people(connection, "d")
        assert stored == await people(other, "d")
        once = dict.fromkeys(stored, 1)
        assert await versions(connection, "d") == (file.versions if commit != "NONE" else once)
    await check_quiet(url, connections=0)


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "rows", [20_000, pytest.param(1_000_000, marks=[pytest.mark.long, pytest.mark.timeout(1800)])]
)
async def test_one_employee_repeated_through_a_kill(
    cluster: Cluster, tmp_path: Path, rows: int
) -> None:
    """P15: a number claimed before the server died is claimed after it; memory is bounded."""
    dice = seeded()
    url = await cluster.new_database()
    content = HEADER + "".join(
        user("E1" if n % 2 else "e1", email=f"u{n}@example.org") for n in range(rows)
    )
    sent = Sent("d", content.encode(), chunk=256 * 1024)
    await _prepared(url, tmp_path, sent, (HEADER + user("other")).encode())
    life = _Life(url, tmp_path, sent, server_name="one", batch_rows=500)
    await life.killed(dice.randrange(rows // 2), 0)
    async with started(url, tmp_path, server_name="one") as running, Peer.of(running) as peer:
        warm = await peer.new_directory()
        await peer.send_file(warm, HEADER + "".join(user(n) for n in range(20_000)))
        memory = Memory(running.process.pid)
        memory.forget_peak()
        before = memory.now()
        answer = await sent.to_the_end(peer)
        grown = memory.peak() - before
    check_ending(answer)
    summary = answer.summary
    assert summary
    assert (summary.rows, summary.created, summary.failed) == (rows, 1, rows - 1)
    assert dict(summary.codes) == {"duplicate_employee_number": rows - 1}
    assert sorted(sent.results) == list(range(2, rows + 2))
    firsts = {
        issue.params["first_line"] for result in sent.results.values() for issue in result.issues
    }
    assert firsts in (
        {"2"},
        {"2", ""},
    )  # what is first seen when sent again may have its code alone
    tell(f"memory grew by {grown / MIB:.1f} MiB")
    assert grown < 128 * MIB
    async with connected(url) as connection:
        assert set(await people(connection, "d")) == {"e1", "other"}
    await check_quiet(url, connections=0)
