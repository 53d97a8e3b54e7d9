"""A process beside the server's: objects in it are called by messages."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from rollbook.errors import FileFault, Reason
from rollbook.worker_process import WorkerProcess, WorkerProcessEndedError


class _Counter:
    """What the process makes."""

    def __init__(self, start: int) -> None:
        if start < 0:
            raise ValueError("it counts up")
        self._at = start

    def add(self, number: int) -> int:
        self._at += number
        return self._at

    def pid(self) -> int:
        return os.getpid()

    def large(self, size: int) -> bytes:
        return bytes(size)

    def rest(self, seconds: float) -> None:
        time.sleep(seconds)

    def fail(self) -> None:
        raise FileFault(Reason.EMPTY_FILE, "It is empty.", line=7, facts={"why": "so"})


@pytest_asyncio.fixture
async def process() -> AsyncIterator[WorkerProcess]:
    """One of these."""
    made = WorkerProcess.start(_Counter)
    await made.connect()
    yield made
    made.disconnect()
    made.close()


async def test_objects_there_keep_what_they_know_and_are_apart(process: WorkerProcess) -> None:
    """Each by its number; many are asked at once, and each gets its own answer."""
    one, other = await process.place(10), await process.place(20)
    asked = [one.call("add", 1), other.call("add", 2), one.call("add", 3)]
    assert await asyncio.gather(*asked) == [11, 22, 14]
    assert await one.call("pid") == process.pid != os.getpid()
    assert len(await other.call("large", 3_000_000)) == 3_000_000
    one.drop()
    with pytest.raises(KeyError):
        await one.call("add", 1)
    assert await other.call("add", 1) == 23


async def test_what_is_raised_there_is_raised_here(process: WorkerProcess) -> None:
    """With all that it knows, whatever it is made of; and what making an object raises."""
    counter = await process.place(1)
    with pytest.raises(FileFault, match="It is empty") as raised:
        await counter.call("fail")
    fault = raised.value
    assert (fault.reason, fault.line) == (Reason.EMPTY_FILE, 7)
    assert fault.facts == {"why": "so", "line": "7"}
    with pytest.raises(ValueError, match="counts up"):
        await process.place(-1)
    assert await counter.call("add", 1) == 2


async def test_who_no_longer_waits_costs_others_nothing(process: WorkerProcess) -> None:
    """The answer of a call that was cancelled is not taken for another's."""
    counter = await process.place(0)
    waiting = asyncio.create_task(counter.call("add", 5))
    await asyncio.sleep(0)
    waiting.cancel()
    assert await counter.call("add", 1) == 6


async def test_all_learn_that_the_process_has_ended(process: WorkerProcess) -> None:
    """Those who wait, and those who come later."""
    counter = await process.place(0)
    waiting = asyncio.create_task(counter.call("rest", 30))
    await asyncio.sleep(0.1)
    os.kill(process.pid, signal.SIGKILL)
    with pytest.raises(WorkerProcessEndedError):
        await waiting
    assert process.ended
    with pytest.raises(WorkerProcessEndedError):
        await counter.call("add", 1)
    with pytest.raises(WorkerProcessEndedError):
        await process.place(1)


async def test_signals_are_for_its_server(process: WorkerProcess) -> None:
    """A terminal and a service manager send them to both; it ends when its server closes it."""
    counter = await process.place(0)
    for number in (signal.SIGINT, signal.SIGTERM):
        os.kill(process.pid, number)
    assert await counter.call("add", 1) == 1


def test_it_ends_with_its_server_however_that_ends(tmp_path: Path) -> None:
    """Also where that is killed."""
    script = tmp_path / "server.py"
    script.write_text(
        "import time\n"
        "from rollbook.worker_process import WorkerProcess\n"
        "print(WorkerProcess.start(dict).pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout
        pid = int(server.stdout.readline())
        server.kill()
        assert server.stdout.read() == ""  # which it has open, too
    for _ in range(500):
        if not Path(f"/proc/{pid}").exists() or _is_dead(pid):
            return
        time.sleep(0.01)
    pytest.fail("it lives on")


def _is_dead(pid: int) -> bool:
    """Whether nobody has waited for it yet."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].startswith("Z")
