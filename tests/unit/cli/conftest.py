"""Runs the command in this process: exit code and output."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from rollbook.cli.exit_codes import run
from tests.unit.client.peer import Answer, Peer, serving


class Said(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


Type = Callable[..., Said]
Answering = Callable[..., Peer]


@pytest.fixture
def typed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Type:
    """Run `rollbook ARGUMENTS` in an empty folder, where nothing names a server."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    for name in ("ROLLBOOK_ADDRESS", "ROLLBOOK_TOKEN", "ROLLBOOK_TOKEN_FILE", "ROLLBOOK_DEBUG"):
        monkeypatch.delenv(name, raising=False)

    def run_it(*arguments: str) -> Said:
        code = run(arguments)
        out, err = capsys.readouterr()
        return Said(code, out, err)

    return run_it


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Iterator[Answering]:
    """Start a server with these answers, and name it in the environment."""
    with ExitStack() as stack:

        def start(*answers: Sequence[Answer]) -> Peer:
            peer = stack.enter_context(_beside(answers))
            monkeypatch.setenv("ROLLBOOK_ADDRESS", peer.address)
            monkeypatch.setenv("ROLLBOOK_TOKEN", "secret")
            return peer

        yield start


@contextmanager
def _beside(answers: Sequence[Sequence[Answer]]) -> Iterator[Peer]:
    """A peer on a loop of its own: a command has one for itself."""
    ready, done = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()
    peers: list[Peer] = []

    async def serve() -> None:
        async with serving(*answers) as peer:
            peers.append(peer)
            ready.set()
            await done.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    ready.wait()
    try:
        yield peers[0]
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join()
        loop.close()
