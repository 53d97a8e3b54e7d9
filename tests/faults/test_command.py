"""`rollbook import` as an operator starts it, while its servers die or are renewed under it."""

import asyncio
import json
import math
import signal
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from subprocess import Popen

import pytest

from tests.acceptance.command import ROLLBOOK, at
from tests.bench.users import File
from tests.environment import Cluster, Server
from tests.faults.proxy import Opened, open_proxy
from tests.faults.witness import (
    check_quiet,
    connected,
    new_database_with,
    seeded,
    started,
    tell,
)


class _Command:
    """The command, importing a file; it prints into files. Kill it with `importing`."""

    def __init__(self, server: Server, address: str, file: Path, directory: str):
        self._out, self._err = (file.with_name(f"{directory}.{name}") for name in ("out", "err"))
        self._began = time.monotonic()
        with self._out.open("wb") as out, self._err.open("wb") as err:
            words = ("import", str(file), "--directory", directory, "--output", "ndjson")
            env = at(server) | {"ROLLBOOK_ADDRESS": address}
            self.process = Popen([*ROLLBOOK, *words], stdout=out, stderr=err, env=env)

    async def ended(self, rows: int) -> float:
        """Seconds until it ended by itself with exit 0, having shown each row once, as created."""
        while self.process.poll() is None:  # noqa: ASYNC110 -- another process
            await asyncio.sleep(0.02)
        took = time.monotonic() - self._began
        assert self.process.returncode == 0, self._err.read_text()
        with self._out.open() as out:
            *results, summary = map(json.loads, out)
        assert sorted(result["line"] for result in results) == list(range(2, rows + 2))
        assert {result["outcome"] for result in results} == {"OUTCOME_CREATED"}
        assert summary["state"] == "IMPORT_STATE_COMPLETED"
        assert summary["rows"] == summary["created"] == rows
        return took

    async def reaches(self, rows: int, url: str, directory: str) -> None:
        """Wait until so many rows are stored."""
        stored = (
            "select coalesce(max(i.rows), 0) from imports as i"
            " join directories as d on d.id = i.directory_id where d.name = $1"
        )
        async with connected(url) as connection:
            while await connection.fetchval(stored, directory) < rows:
                assert self.process.poll() is None, self._err.read_text()
                await asyncio.sleep(0.02)


@contextmanager
def _importing(server: Server, address: str, file: Path, directory: str) -> Iterator[_Command]:
    command = _Command(server, address, file, directory)
    try:
        yield command
    finally:
        command.process.kill()
        command.process.wait()


def _written(file: Path, rows: int) -> Path:
    with file.open("wb") as out:
        out.writelines(File(rows=rows, locations=False).chunks())
    return file


async def _check_stored(url: str, directory: str, rows: int) -> None:
    """Every user is there, and was written once."""
    async with connected(url) as connection:
        found = await connection.fetchrow(
            "select count(*) as users, max(u.version) as version from users as u"
            " join directories as d on d.id = u.directory_id where d.name = $1",
            directory,
        )
    assert found is not None
    assert tuple(found) == (rows, 1)
    await check_quiet(url)


@pytest.mark.parametrize(
    ("rows", "kills", "batch"),
    [
        (10_000, 3, 200),
        pytest.param(1_000_000, 10, 5_000, marks=[pytest.mark.long, pytest.mark.timeout(1200)]),
    ],
)
async def test_the_command_outlives_its_server(
    cluster: Cluster, tmp_path: Path, rows: int, kills: int, batch: int
) -> None:
    """P01: the server is killed and started again and again; the command ends by itself, exit 0."""
    dice = seeded()
    url = await new_database_with(cluster, "main")
    file = _written(tmp_path / "users.csv", rows)
    settings = {"server_name": "phoenix", "batch_rows": batch}
    async with AsyncExitStack() as stack:
        running = await stack.enter_async_context(started(url, tmp_path, **settings))
        settings["listen"] = running.address
        command = stack.enter_context(_importing(running, running.address, file, "main"))
        for moment in sorted(dice.randrange(1, rows * 9 // 10) for _ in range(kills)):
            await command.reaches(moment, url, "main")
            running.kill()
            running = await stack.enter_async_context(started(url, tmp_path, **settings))
        took = await command.ended(rows)
    tell(f"{rows} rows and {kills} kills took {took:.1f} s")
    await _check_stored(url, "main", rows)


class _Pair:
    """Two servers of one database, each of which is renewed in its place."""

    def __init__(self, open_server: Callable[[int], Awaitable[Server]]):
        self._open = open_server
        self._servers: list[Server] = []

    async def start(self) -> Server:
        self._servers = [await self._open(number) for number in (0, 1)]
        return self._servers[0]

    async def renew(self, number: int) -> None:
        """Stop one as an operator does, and start it again."""
        process = self._servers[number].process
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, 30) == 0
        self._servers[number] = await self._open(number)

    async def connect(self) -> Opened:
        """A connection to either, as a balancer makes it.

        Raises:
            OSError: neither takes one.
        """
        for server in self._servers:
            host, _, port = server.address.rpartition(":")
            try:
                return await asyncio.open_connection(host, int(port))
            except OSError:
                continue
        raise ConnectionRefusedError


@pytest.mark.parametrize(
    ("rows", "restarts", "pace", "most"),
    [
        (10_000, 4, 0.0, math.inf),
        pytest.param(
            *(200_000, 20, 0.4, 1.5),
            marks=[pytest.mark.long, pytest.mark.quiet, pytest.mark.timeout(600)],
            id="paced",
        ),
    ],
)
async def test_rolling_restarts_of_two_servers(
    cluster: Cluster, tmp_path: Path, rows: int, restarts: int, pace: float, most: float
) -> None:
    """P28: the command goes on at the other server, 0 rows lost, at most 1.5 times the time.

    The time counts where an import takes minutes because its plugin takes `pace` seconds a batch:
    20 restarts within the half minute of an import of that many rows would be all there is.
    """
    url = await new_database_with(cluster, "calm", "rolling")
    file = tmp_path / "users.csv"
    titles = (f"@sleep:{pace}" if n % 1_000 == 0 else "" for n in range(rows))
    lines = (f"{n},u{n}@example.org,A,B,{title}\n" for n, title in enumerate(titles))
    file.write_text("".join(["employee_number,email,first_name,last_name,job_title\n", *lines]))
    async with AsyncExitStack() as stack:

        async def server(number: int) -> Server:
            settings = {"batch_rows": 1_000, "plugins": "tests.plugin:on_demand"}
            settings["server_name"] = f"server-{number}"
            return await stack.enter_async_context(started(url, tmp_path, **settings))

        pair = _Pair(server)
        running = await pair.start()
        balancer = await stack.enter_async_context(open_proxy(pair.connect))
        with _importing(running, balancer.address, file, "calm") as command:
            calm = await command.ended(rows)
        with _importing(running, balancer.address, file, "rolling") as command:
            for number in range(restarts):
                await command.reaches(rows * (number + 1) // (restarts + 1), url, "rolling")
                await pair.renew(number % 2)
            rolling = await command.ended(rows)
    tell(f"{calm:.1f} s undisturbed, {rolling:.1f} s through {restarts} restarts")
    assert rolling <= most * calm
    await _check_stored(url, "rolling", rows)
