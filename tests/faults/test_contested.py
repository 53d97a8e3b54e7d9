"""Concurrent imports of the same users, from several servers, that contest addresses."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Iterable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from rollbook.v1.imports_pb2 import IMPORT_STATE_COMPLETED
from rollbook.v1.results_pb2 import Outcome, RowResult
from tests.acceptance.wire import HEADER, Peer, user
from tests.environment import Cluster
from tests.faults.sending import Sent
from tests.faults.witness import (
    COUNTS,
    Connection,
    check_ending,
    check_ledger,
    check_quiet,
    connected,
    guard_off,
    people,
    seeded,
    started,
    tell,
)

_WRITES = {Outcome.OUTCOME_CREATED, Outcome.OUTCOME_UPDATED}
_IN_THE_WAY = {"duplicate_email", "duplicate_username", "conflict_retry_exhausted"}


class _File:
    """One of the files: the same users in an order of its own, some with others' addresses."""

    def __init__(self, dice: random.Random, name: str, users: int, contested: float):
        self.numbers = list(range(users))
        dice.shuffle(self.numbers)
        emails = list(range(users))
        movers = [n for n in emails if dice.random() < contested]
        taken = dice.sample(movers, len(movers))
        for n, other in zip(movers, taken, strict=True):
            emails[n] = other
        self.name = name
        self.rows = {str(n): (f"u{emails[n]}@example.org", name) for n in range(users)}

    @property
    def content(self) -> bytes:
        """The file."""
        rows = (user(n, email=self.rows[str(n)][0], first_name=self.name) for n in self.numbers)
        return (HEADER + "".join(rows)).encode()


async def _import_at_once(
    cluster: Cluster, folder: Path, files: list[_File], batches: list[int]
) -> None:
    """Import all of them at the same time, each at a server of its own; then look at the end."""
    url = await cluster.new_database()
    async with AsyncExitStack() as stack:
        peers = []
        for at, rows in enumerate(batches):
            room = folder / str(at)
            room.mkdir()
            running = await stack.enter_async_context(started(url, room, batch_rows=rows))
            peers.append(await stack.enter_async_context(Peer.of(running)))
        directory = await peers[0].new_directory()
        # Who opens last finds users, many of whom change their addresses.
        async with connected(url) as connection:
            await guard_off(connection, directory)
        sent = [Sent(directory, file.content) for file in files]
        answers = await asyncio.gather(
            *(one.to_the_end(peer) for one, peer in zip(sent, peers, strict=True))
        )
    for answer in answers:
        check_ending(answer)
        assert answer.summary
        assert answer.summary.state == IMPORT_STATE_COMPLETED
        assert set(answer.summary.codes) <= _IN_THE_WAY, answer.summary.codes
        assert "conflict_retry_exhausted" not in answer.summary.codes
        counts = {name: getattr(answer.summary, name) for name in COUNTS}
        tell(f"{counts}")
    async with connected(url) as connection:
        for one, file in zip(sent, files, strict=True):
            assert sorted(one.results) == list(range(2, len(file.numbers) + 2))
            await check_ledger(connection, directory, one.import_id, sorted(one.results))
        await _check_consistent(connection, directory, files, sent)
    await check_quiet(url, connections=0)


async def _check_consistent(
    connection: Connection, directory: str, files: list[_File], sent: list[Sent]
) -> None:
    """Each user has the values of one applied row; each write is a version; keys are unique."""
    stored = await people(connection, directory)
    said: defaultdict[str, list[tuple[_File, RowResult]]] = defaultdict(list)
    for file, one in zip(files, sent, strict=True):
        for line, result in one.results.items():
            number = str(file.numbers[line - 2])
            assert result.employee_number == number
            said[number].append((file, result))
    created = 0
    for number, results in said.items():
        applied = [file for file, result in results if result.outcome in _WRITES]
        seen = [file for file, result in results if result.outcome != Outcome.OUTCOME_FAILED]
        made = [r for _, r in results if r.outcome == Outcome.OUTCOME_CREATED]
        assert len(made) == (1 if seen else 0), number
        created += len(made)
        assert (number in stored) == bool(seen), number
        if seen:
            email, first, version = _of(stored[number])
            assert (email, first) in {file.rows[number] for file in seen}, number
            assert version == len(applied), number
            assert {r.user_id for f, r in results if f in seen} == {made[0].user_id}
    assert len(stored) == created
    emails = [_of(values)[0] for values in stored.values()]
    assert len(set(emails)) == len(emails)


def _of(values: tuple[object, ...]) -> tuple[str, str, int]:
    """E-mail, first name and version of a user, from `people`."""
    return str(values[2]), str(values[6]), int(str(values[18]))


def _files(dice: random.Random, names: Iterable[str], users: int, contested: float) -> list[_File]:
    return [_File(dice, name, users, contested) for name in names]


@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    "users",
    [3_000, pytest.param(10_000, marks=[pytest.mark.long, pytest.mark.timeout(900)])],
)
@pytest.mark.parametrize("contested", [0.05, 0.5])
@pytest.mark.few(1)
async def test_four_imports_at_once(
    cluster: Cluster, tmp_path: Path, users: int, contested: float
) -> None:
    """P13: in random orders, from four processes; no deadlock, serialization or unique error."""
    files = _files(seeded(), ["Ada", "Bea", "Cid", "Dan"], users, contested)
    await _import_at_once(cluster, tmp_path, files, [50, 100, 300, 1_000])


@pytest.mark.timeout(180)
async def test_two_imports_of_ten_thousand(cluster: Cluster, tmp_path: Path) -> None:
    """P13: two imports of 10,000 rows over the same users, from two processes: both finish."""
    files = _files(seeded(), ["Ada", "Bea"], 10_000, 0.02)
    await _import_at_once(cluster, tmp_path, files, [500, 700])
