"""Limits of the server that an import meets: pool, leases, shutdown."""

import asyncio
import contextlib
import signal
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest

from tests.acceptance.wire import HEADER, Peer, csv, end, start, users
from tests.environment import serving


async def test_connections_are_as_many_as_the_pool_may_have(
    database_url: str, tmp_path: Path
) -> None:
    """P19: eight imports at once go through a pool of three, and wait for one another."""
    with serving(database_url, tmp_path, pool_size=3) as running:
        async with Peer.of(running) as peer:
            directory = await peer.new_directory()
            watching = asyncio.create_task(_most_connections(database_url))
            files = [HEADER + users(*range(n * 500, n * 500 + 500)) for n in range(8)]
            answers = await asyncio.gather(*(peer.send_file(directory, f) for f in files))
            watching.cancel()
            most = await watching
    assert {answer.ending for answer in answers} == {"OK"}
    # Two more: the probe of readiness has a connection of its own, and so has this test.
    assert 1 < most <= 3 + 2


async def _most_connections(database_url: str) -> int:
    """The most there were to this database beside the one that counts, until it is cancelled."""
    connection = await asyncpg.connect(database_url)
    most = 0
    try:
        while True:
            now = await connection.fetchval(
                "select count(*) from pg_stat_activity where datname = current_database()"
                " and pid <> pg_backend_pid() and backend_type = 'client backend'"
            )
            most = max(most, now)
            await asyncio.sleep(0.005)
    except asyncio.CancelledError:
        return most
    finally:
        await connection.close()


class _Overheard:
    """A proxy before PostgreSQL's socket, in its own thread; `said` is what clients sent."""

    def __init__(self, database_url: str, folder: Path):
        asked = parse_qs(urlsplit(database_url).query)
        self._real = f"{asked['host'][0]}/.s.PGSQL.{asked.get('port', ['5432'])[0]}"
        self.address = database_url.replace(asked["host"][0], str(folder))
        self.said = bytearray()
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(str(folder / Path(self._real).name))
        self._socket.listen()
        self._threads: list[threading.Thread] = []
        self._thread(self._accept)

    def close(self) -> None:
        """Take no more connections, and end those there are."""
        self._stop(self._socket)
        for thread in self._threads:
            thread.join(5)

    def _thread(self, work: Callable[..., None], *about: object) -> None:
        thread = threading.Thread(target=work, args=about, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError), self._socket:
            while True:
                self._thread(self._connected, self._socket.accept()[0])

    def _connected(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as server:
            server.connect(self._real)
            back = threading.Thread(target=self._pump, args=(server, client, bytearray()))
            back.start()
            self._pump(client, server, self.said)
            back.join()

    def _pump(self, source: socket.socket, target: socket.socket, heard: bytearray) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                heard.extend(data)
                target.sendall(data)
        self._stop(source)
        self._stop(target)

    def _stop(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("size", [0, 100])
async def test_no_statement_is_prepared_where_none_may_be_kept(
    database_url: str, tmp_path: Path, size: int
) -> None:
    """P18: with `statement_cache_size` 0 no statement has a name that a proxy would lose."""
    proxy = _Overheard(database_url, tmp_path)
    with (
        contextlib.closing(proxy),
        serving(proxy.address, tmp_path, statement_cache_size=size) as running,
    ):
        through_the_front = replace(running, database_url=database_url)
        async with Peer.of(through_the_front) as peer:
            directory = await peer.new_directory()
            for _ in range(3):
                answer = await peer.send_file(directory, HEADER + users(*range(10)))
                assert answer.ending == "OK"
    assert proxy.said, "nobody spoke through the proxy"
    assert (b"__asyncpg_stmt_" in proxy.said) == bool(size)


async def test_shutdown_waits_no_longer_than_its_grace(database_url: str, tmp_path: Path) -> None:
    """P27: a batch that does not end is not waited for beyond `shutdown_grace`."""
    with serving(
        database_url,
        tmp_path,
        shutdown_grace=1,
        plugins="tests.plugin:on_demand",
        plugin_timeout=60,
    ) as running:
        async with Peer.of(running) as peer:
            directory = await peer.new_directory()
            row = users(1).replace(",,", ",@sleep:40,")
            async with peer.call(start(directory), *csv(HEADER + row)) as call:
                assert await call.read("understood")
                await asyncio.sleep(0.3)
                began = time.monotonic()
                running.process.send_signal(signal.SIGTERM)
                code = await asyncio.to_thread(running.process.wait, 20)
                took = time.monotonic() - began
    assert code == 0, running.log.read_text()
    assert 0.9 <= took < 6


async def test_an_import_is_taken_over_when_its_lease_is_over(
    database_url: str, tmp_path: Path
) -> None:
    """P06: another server goes on with a dead one's import after `lease`, and not before."""
    lease = 3
    content = HEADER + users(*range(20))
    folders = [tmp_path / "first", tmp_path / "second"]
    for folder in folders:
        folder.mkdir()
    with (
        serving(database_url, folders[0], lease=lease) as first,
        serving(database_url, folders[1], lease=lease) as second,
    ):
        async with Peer.of(first) as dying, Peer.of(second) as peer:
            directory = await peer.new_directory()
            opening = start(directory)
            async with dying.call(opening, *csv(HEADER + users(*range(10)))) as call:
                assert await call.read("results")
                first.kill()
                died = time.monotonic()
            early = await peer.send([opening, *csv(content), end()])
            assert early.ending == "ABORTED/IMPORT_ALREADY_RUNNING"
            async with asyncio.timeout(lease + 10):
                while True:
                    answer = await peer.send([opening, *csv(content), end()])
                    if answer.ending == "OK":
                        break
                    assert answer.ending == "ABORTED/IMPORT_ALREADY_RUNNING"
                    await asyncio.sleep(0.2)
            took = time.monotonic() - died
            assert len(await peer.stored(directory)) == 20
    assert took >= lease * 0.6
    assert list(answer.rows) == list(range(2, 22))
    assert set(answer.rows.values()) == {"CREATED"}
    assert answer.summary
    assert answer.summary.created == 20
