"""Many users who take each other's e-mail addresses: what a server holds for them, and how long."""

import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.acceptance.memory import MIB, Memory
from tests.acceptance.wire import HEADER, Peer, Request, csv, end, start, user
from tests.environment import Cluster
from tests.faults.witness import check_ending, check_quiet, connected, guard_off, started, tell

_OVER_IDLE = 128 * MIB
"""Bytes that an import of up to 1,000,000 rows may hold over idle: P23."""


def _file(size: int, shift: int) -> Iterator[str]:
    """Everybody takes the address of the one so many further on: one circle, or some."""
    yield HEADER
    for first in range(0, size, 1_000):
        rows = range(first, min(size, first + 1_000))
        yield "".join(user(n, email=f"u{(n + shift) % size}@example.org") for n in rows)


async def _requests(directory: str, rows: Iterator[str], commit: str) -> AsyncIterator[Request]:
    yield start(directory, options={"commit": commit})
    for text in rows:
        for message in csv(text):
            yield message
    yield end()


@pytest.mark.long
@pytest.mark.quiet
@pytest.mark.timeout(3_000)
@pytest.mark.parametrize(
    ("commit", "size"),
    [
        ("PER_BATCH", 200_000),
        ("PER_BATCH", 1_000_000),
        ("WHOLE_FILE", 200_000),
        ("NONE", 200_000),
    ],
)
async def test_a_circle_of_any_size_is_judged_in_bounded_memory(
    cluster: Cluster, tmp_path: Path, commit: str, size: int
) -> None:
    """P16, P23: a server that has just started holds a batch, and a few numbers a row."""
    url = await cluster.new_database()
    async with started(url, tmp_path) as running, Peer.of(running) as peer:
        directory = await peer.new_directory()
        answer = await peer.send(_requests(directory, _file(size, 0), "PER_BATCH"))
        check_ending(answer)
    async with connected(url) as connection:
        await guard_off(connection, directory)
    async with started(url, tmp_path) as running, Peer.of(running) as peer:
        memory = Memory(running.process.pid)
        idle = memory.now()
        memory.forget_peak()
        began = time.monotonic()
        answer = await peer.send(_requests(directory, _file(size, 1), commit))
        took = time.monotonic() - began
        grown = memory.peak() - idle
        tell(f"{commit} {size:,}: {grown / MIB:.0f} MiB over idle, {took:.0f} s")
        check_ending(answer)
        assert answer.summary
        assert answer.summary.updated == answer.summary.rows == size
        assert len({result.line for result in answer.results}) == size
    assert grown <= _OVER_IDLE
    await check_quiet(url)
