"""What HTTP costs an import: memory of a very large upload, and time."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from statistics import median

import pytest

from rollbook.client import Client, new_import
from tests.acceptance.memory import MIB, Memory
from tests.environment import Cluster, Server, serving
from tests.faults.witness import tell
from tests.web.browser import BOUNDARY, FORM, HEADER, IMPORT, Site, asked, connected, head, read

pytestmark = [pytest.mark.long, pytest.mark.quiet, pytest.mark.timeout(900)]
_GB = 1_000_000_000
_WIDE = "x" * 5_000
_ROWS, _TURNS = 100_000, 3


def _wide(size: int) -> Iterator[bytes]:
    """A file of that many bytes, and a row more: an ignored column makes its rows wide."""
    yield HEADER.replace("last_name", "last_name,remark").encode()
    sent = number = 0
    while sent < size:
        number += 1
        row = f"{number},u{number}@example.org,Ada,Byron,{_WIDE}\n".encode()
        sent += len(row)
        yield row


def _posted(site: Site, chunks: Iterator[bytes], **fields: str) -> dict[str, object]:
    """The answer to an upload that is sent in chunks, as it is made."""
    first = "".join(
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    first += (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="staff.csv"\r\n\r\n'
    )

    def parts() -> Iterator[bytes]:
        yield first.encode()
        yield from chunks
        yield f"\r\n--{BOUNDARY}--\r\n".encode()

    with connected(site) as connection:
        connection.settimeout(600)
        lines = {"content_type": FORM, "transfer_encoding": "chunked"}
        connection.sendall(head(site, "POST", IMPORT, **lines))
        for part in parts():
            connection.sendall(f"{len(part):x}\r\n".encode() + part + b"\r\n")
        connection.sendall(b"0\r\n\r\n")
        answer = read(connection)
    assert answer.status == 200, answer.body[:300]
    found: dict[str, object] = answer.json
    return found


async def _streamed(server: Server, directory: str, chunks: Iterator[bytes]) -> None:
    """The same by gRPC."""

    async def pieces() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    async with Client(server.address, server.token) as client:
        async for _ in client.upload_stream(pieces(), new_import(directory)):
            pass


def _site(server: Server) -> Site:
    assert server.process.stdout
    return Site(server, server.process.stdout.readline().removeprefix("HTTP on ").strip())


async def _new_directory(server: Server) -> str:
    name = f"d{uuid.uuid4().hex[:12]}"
    async with Client(server.address, server.token) as client:
        await client.directories.create(name)
    return name


async def test_p23_an_upload_of_a_gigabyte_takes_no_more_memory(
    cluster: Cluster, tmp_path: Path
) -> None:
    """P23: at most 32 MiB more than the same import by gRPC, each in a fresh server."""
    peaks = {}
    for way in ("grpc", "http"):
        (tmp_path / way).mkdir()
        url = await cluster.new_database()
        with serving(url, tmp_path / way, web_listen="127.0.0.1:0") as server:
            site, directory = _site(server), await _new_directory(server)
            memory = Memory(server.process.pid)
            before = memory.now()
            memory.forget_peak()
            if way == "grpc":
                await _streamed(server, directory, _wide(_GB))
            else:
                found = await asyncio.to_thread(_posted, site, _wide(_GB), directory=directory)
                assert found["failed"] == 0
            peaks[way] = memory.peak() - before
    more = (peaks["http"] - peaks["grpc"]) / MIB
    tell(
        f"1 GB by HTTP: {peaks['http'] / MIB:.0f} MiB over idle, "
        f"by gRPC {peaks['grpc'] / MIB:.0f} MiB"
    )
    assert more <= 32


async def test_http_adds_little_time(cluster: Cluster, tmp_path: Path) -> None:
    """S73: at most 10 % over the same import by gRPC, by turns."""
    rows = [f"{n},u{n}@example.org,Ada,Byron\n" for n in range(_ROWS)]
    pieces = [HEADER.encode()] + [
        "".join(rows[n : n + 2_000]).encode() for n in range(0, _ROWS, 2_000)
    ]
    times: dict[str, list[float]] = {"grpc": [], "http": []}
    with serving(await cluster.new_database(), tmp_path, web_listen="127.0.0.1:0") as server:
        site = _site(server)
        assert asked(site, "/readyz", token="").status == 200
        for turn in range(_TURNS + 1):
            for way, took in times.items():
                directory = await _new_directory(server)
                began = time.perf_counter()
                if way == "grpc":
                    await _streamed(server, directory, iter(pieces))
                else:
                    await asyncio.to_thread(_posted, site, iter(pieces), directory=directory)
                if turn:  # the first warms up
                    took.append(time.perf_counter() - began)
    ratio = median(times["http"]) / median(times["grpc"])
    tell(f"{_ROWS:,} rows by HTTP take {ratio:.2f} of the time by gRPC ({times})")
    assert ratio <= 1.1
