"""The clients that `proto/README.md` gives to authors resume, whatever breaks their calls."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import uuid4

import pytest

from tests.bench.users import File
from tests.environment import Cluster, Server
from tests.example_clients import CLIENTS, Client
from tests.faults.proxy import before_server
from tests.faults.witness import check_quiet, connected, new_database_with, started

_WAIT = 90
_ROWS = 20_000
_HEADER = "employee_number,email,first_name,last_name\n"


@pytest.fixture(scope="module", params=CLIENTS)
def client(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Client:
    """Each client in its turn."""
    name: str = request.param
    return CLIENTS[name](tmp_path_factory.mktemp(name) / "client")


class _Run:
    """One run of a client, which prints into files. End it with `kill`."""

    def __init__(self, client: Client, file: Path, settings: Mapping[str, str]):
        self._out, self._err = file.with_suffix(".out"), file.with_suffix(".err")
        self._client = client
        self._file = file
        self._environment = {
            "PATH": os.environ["PATH"],
            "PYTHONUNBUFFERED": "1",
            **client.environment,
            **settings,
        }

    async def __aenter__(self) -> "_Run":
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self._process = await asyncio.create_subprocess_exec(
                *self._client.command,
                self._file,
                cwd=self._client.folder,
                env=self._environment,
                stdout=out,
                stderr=err,
            )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    @property
    def said(self) -> str:
        """What it printed on stderr until now."""
        return self._err.read_text()

    async def ended(self, code: int = 0) -> tuple[dict[int, str], str]:
        """What it printed about each line, and last of all; each line once."""
        assert await asyncio.wait_for(self._process.wait(), _WAIT) == code, self.said
        *results, last = self._out.read_text().splitlines() or [""]
        by_line = [result.split(" ", 1) for result in results]
        counted = Counter(int(line) for line, _ in by_line)
        assert not [line for line, times in counted.items() if times > 1]
        return {int(line): rest for line, rest in by_line}, last

    async def ends_badly(self) -> None:
        """Wait until it has ended by itself, having done nothing."""
        assert await asyncio.wait_for(self._process.wait(), _WAIT) == 1, self.said
        assert self._out.read_text() == ""

    async def imported(self, rows: int) -> None:
        """It ends well, each row was answered once, and all were created."""
        results, last = await self.ended()
        assert sorted(results) == list(range(2, rows + 2))
        assert set(results.values()) == {"OUTCOME_CREATED"}
        assert last == f"{rows} created, 0 updated, 0 unchanged, 0 failed"

    async def answers(self) -> None:
        """Wait until it has printed some: these will be sent again."""
        async with asyncio.timeout(_WAIT):
            while not self._out.stat().st_size:  # noqa: ASYNC110 -- another process
                await asyncio.sleep(0.02)

    async def reaches(self, rows: int, url: str) -> None:
        """Wait until so many rows are stored."""
        async with asyncio.timeout(_WAIT), connected(url) as connection:
            while await connection.fetchval("select coalesce(max(rows), 0) from imports") < rows:
                assert self._process.returncode is None, self.said
                await asyncio.sleep(0.02)


def _settings(server: Server, **more: str) -> dict[str, str]:
    return {"ADDRESS": server.address, "TOKEN": server.token, "DIRECTORY": "main", **more}


def _file(folder: Path, rows: int) -> Path:
    file = folder / "users.csv"
    file.write_bytes(File(rows=rows, locations=False).read())
    return file


async def _check_stored(url: str, rows: int) -> None:
    """Every user is there, and was written once, by one import."""
    async with connected(url) as connection:
        found = await connection.fetchrow("select count(*), max(version) from users")
        imports = await connection.fetchval("select count(*) from imports")
    assert found is not None
    assert (*found, imports) == (rows, 1, 1)
    await check_quiet(url)


@pytest.mark.few(1)
async def test_it_outlives_its_server(client: Client, cluster: Cluster, tmp_path: Path) -> None:
    """P01: killed, then stopped as an operator does, and started again each time."""
    url = await new_database_with(cluster, "main")
    file = _file(tmp_path, _ROWS)
    settings: dict[str, object] = {"server_name": "phoenix", "batch_rows": 100}
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(started(url, tmp_path, **settings))
        settings["listen"] = server.address
        run = await stack.enter_async_context(_Run(client, file, _settings(server)))
        for moment, how in ((1_000, signal.SIGKILL), (2_500, signal.SIGTERM)):
            await run.reaches(moment, url)
            server.process.send_signal(how)
            await asyncio.to_thread(server.process.wait, 30)
            server = await stack.enter_async_context(started(url, tmp_path, **settings))
        await run.imported(_ROWS)
        assert run.said.count("; again in ") >= 2
        assert "SERVER_DRAINING: " in run.said, "the reason of google.rpc.ErrorInfo"
    await _check_stored(url, _ROWS)


@pytest.mark.few(1)
async def test_it_goes_on_where_its_connection_was_cut(
    client: Client, cluster: Cluster, tmp_path: Path
) -> None:
    """P03: cut three times after some answers, it sends the file again under the same id."""
    url = await new_database_with(cluster, "main")
    file = _file(tmp_path, _ROWS)
    async with (
        started(url, tmp_path, batch_rows=100) as server,
        before_server(server.address) as proxy,
        _Run(client, file, _settings(server, ADDRESS=proxy.address)) as run,
    ):
        for moment in (1_000, 6_000, 11_000):
            await run.reaches(moment, url)
            await run.answers()
            proxy.cut()
        await run.imported(_ROWS)
        assert run.said.count("; again in ") >= 3
    await _check_stored(url, _ROWS)


@pytest.mark.few(1)
async def test_it_says_why_an_import_was_refused_and_does_not_try_again(
    client: Client, cluster: Cluster, tmp_path: Path
) -> None:
    """A reason that no repetition mends, of the file and of its id."""
    url = await new_database_with(cluster, "main")
    file = tmp_path / "users.csv"
    async with started(url, tmp_path) as server:
        file.write_text("employee_number,first_name\n1,Ada\n")
        async with _Run(client, file, _settings(server)) as run:
            await run.ended(1)
            assert run.said.startswith("HEADER_MISSING_COLUMN: ")
            assert run.said.count("\n") == 1

        again = _settings(server, IMPORT_ID=str(uuid4()))
        file.write_text(f"{_HEADER}1,ada@example.org,Ada,Byron\n2,,Alan,Turing\n")
        for _ in range(2):  # the second time it is answered from what is stored
            async with _Run(client, file, again) as run:
                results, last = await run.ended()
                assert results == {
                    2: "OUTCOME_CREATED",
                    3: "OUTCOME_FAILED missing_required_field email",
                }
                assert last == "1 created, 0 updated, 0 unchanged, 1 failed"
        file.write_text(f"{_HEADER}1,other@example.org,Ada,Byron\n")
        async with _Run(client, file, again) as run:
            await run.ended(1)
            assert run.said.startswith("IDEMPOTENCY_CONFLICT: ")


@pytest.mark.parametrize("lacking", ["ADDRESS", "TOKEN", "the file"])
async def test_what_lacks_is_one_line(client: Client, tmp_path: Path, lacking: str) -> None:
    """Never a traceback: the usage, or which file cannot be read."""
    settings = {"ADDRESS": "127.0.0.1:1", "TOKEN": "t"}
    settings.pop(lacking, None)
    async with _Run(client, tmp_path / "absent.csv", settings) as run:
        await run.ends_badly()
    assert len(run.said.splitlines()) == 1, run.said
    assert ("absent.csv" in run.said) if lacking == "the file" else ("usage: " in run.said)
