"""`rollbook serve --embedded`: a server that has its PostgreSQL in its own folder."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.environment import Server


@contextmanager
def embedded_server(folder: Path, **settings: object) -> Iterator[Server]:
    """A server with that state folder, and further settings by name; ended when left."""
    log = folder / "log"
    told = {"drain_delay": 0} | settings
    environment = os.environ | {f"ROLLBOOK_{n.upper()}": str(value) for n, value in told.items()}
    command = [sys.executable, "-m", "rollbook", "serve", "--embedded", "--state", str(folder)]
    with log.open("w") as stderr:
        process = subprocess.Popen(
            [*command, "--listen", "127.0.0.1:0"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            cwd=Path(__file__).parents[2],
        )
    assert process.stdout
    try:
        said = process.stdout.readline()
        assert said.startswith("listening on "), log.read_text()
        address = said.removeprefix("listening on ").strip()
        yield Server(address, {"admin": folder / "token"}, url_of(folder), process, log)
    finally:
        process.stdout.close()
        process.terminate()
        process.wait(timeout=20)


def url_of(folder: Path) -> str:
    """The address of its database; another one each time that PostgreSQL is started."""
    sockets = (folder / "postgres/sockets").readlink()
    return f"postgresql://rollbook@/postgres?host={sockets}&port=5432"


def postmaster(folder: Path) -> int:
    """The process id of its PostgreSQL."""
    (found,) = folder.glob("postgres/**/postmaster.pid")
    return int(found.read_text().split()[0])


async def says(server: Server, words: str) -> str:
    """The server's log, once it has those words."""
    async with asyncio.timeout(10):
        while words not in (log := server.log.read_text()):  # noqa: ASYNC110 -- another process
            await asyncio.sleep(0.05)
    return log
