"""Looks at the embedded PostgreSQL from outside: processes, folders, answers."""

import asyncio
import os
import pwd
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypedDict

import asyncpg
import pytest

import rollbook.postgres
from rollbook.postgres import Embedded
from rollbook.postgres.binaries import Installation, find_postgres
from rollbook.postgres.leftover_processes import at_work
from rollbook.postgres.os_account import account_for_postgres
from rollbook.postgres.reachable_copy import within_reach

AS_ROOT = os.geteuid() == 0
NOBODY = pwd.getpwnam("nobody")


class RunAs(TypedDict, total=False):
    """The arguments of subprocess that make a child another account's."""

    user: int
    group: int
    extra_groups: list[int]


OURSELVES: RunAs = {}


def nobody() -> RunAs:
    """Run it as nobody."""
    return {"user": NOBODY.pw_uid, "group": NOBODY.pw_gid, "extra_groups": []}


# A service reduced to what matters here. It ends when it is ordered to, and not before.
_SERVICE = """
import os, signal, sys
from pathlib import Path
from rollbook.postgres import Embedded
folder, binaries, then = sys.argv[1:]
signal.signal(signal.SIGINT, lambda *_: os.write(1, b"interrupted\\n"))
with Embedded(Path(folder), binaries=Path(binaries)) as embedded:
    note = None
    exec(then)
    print(embedded.pid, embedded.dsn(), note, flush=True)
    sys.stdin.readline()
"""


@cache
def installation() -> Installation:
    """The PostgreSQL of these tests, where anyone can run it."""
    return within_reach(find_postgres(None, account_for_postgres()))


def embedded_in(folder: Path, **options: object) -> Embedded:
    """One that is quick; each test sets what it is about."""
    return Embedded(folder, **{"durable": False, **options})  # type: ignore[arg-type]  # passed on


def ask(dsn: str, statement: str) -> object:
    """The one value that `statement` answers with."""

    async def answer() -> object:
        connection = await asyncpg.connect(dsn)
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    return asyncio.run(answer())


def ask_as_nobody(dsn: str, statement: str) -> subprocess.CompletedProcess[str]:
    """The same by psql under the account nobody."""
    return subprocess.run(
        [installation().bin / "psql", "-XAtc", statement, dsn],
        **nobody(),
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env={"LC_ALL": "C"},
    )


def left_of(folder: Path) -> tuple[list[int], bool]:
    """The PostgreSQL processes at work in a state folder, and whether it has a socket folder."""
    data = folder / "data"
    return (at_work(data) if data.exists() else []), os.path.lexists(folder / "sockets")


NOTHING: tuple[list[int], bool] = ([], False)


def seconds_until(true: Callable[[], bool], *, limit: float = 10.0) -> float:
    """How long it took until `true` was; fails after `limit`."""
    start = time.monotonic()
    while not true():
        assert time.monotonic() - start < limit, f"not within {limit} seconds"
        time.sleep(0.005)
    return time.monotonic() - start


def parent_of(pid: int) -> int:
    """The parent's process id."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


@dataclass(frozen=True, slots=True)
class Service:
    """A process of its own with an embedded PostgreSQL in it."""

    process: subprocess.Popen[str]
    postmaster: int
    dsn: str
    note: str
    """What the statements that it was given have put into `note`."""

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Send the signal and wait for the end of the service, not of the database."""
        self.process.send_signal(number)
        self.process.wait(10)

    def line(self) -> str:
        """The next line it prints."""
        assert self.process.stdout
        return self.process.stdout.readline().strip()


@contextmanager
def service_in(
    folder: Path,
    *,
    user: RunAs = OURSELVES,
    house: Path | None = None,
    then: str = "",
) -> Iterator[Service]:
    """A service running in `folder`; `then` is run in it after the start."""
    home = house or Path(rollbook.postgres.__file__).parents[2]
    process = subprocess.Popen(
        [python_for(user), "-c", _SERVICE, folder, installation().bin, then],
        **user,
        env={"PYTHONPATH": str(home), "PYTHONDONTWRITEBYTECODE": "1", "PATH": os.environ["PATH"]},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd="/",
        start_new_session=True,
    )
    with process:
        assert process.stdout
        words = process.stdout.readline().split()
        try:
            yield Service(process, int(words[0]), words[1], words[2])
        finally:
            process.kill()


def python_for(user: RunAs) -> str:
    """A Python that `user` can run, since ours may lie below a private home; else skip."""
    ask_it = "import sys; sys.exit(sys.version_info < (3, 11))"
    system = shutil.which("python3", path="/usr/local/bin:/usr/bin")
    for python in filter(None, (sys.executable, system)):
        try:
            if subprocess.run([python, "-c", ask_it], **user, check=False).returncode == 0:
                return python
        except PermissionError:
            continue
    pytest.skip("no Python 3.11 or newer that the account nobody can run")


@contextmanager
def busy_with(dsn: str, statement: str) -> Iterator[None]:
    """A client whose `statement` runs all the while, and which is put out in the end."""

    def client() -> None:
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            ask(dsn, statement)

    active = "select count(*) from pg_stat_activity where state = 'active' and query = $$%s$$"
    thread = threading.Thread(target=client)
    thread.start()
    try:
        seconds_until(lambda: ask(dsn, active % statement) == 1)
        yield
    finally:
        thread.join(20)


def copy_of_house(to: Path) -> Path:
    """The supervisor alone, where every account can read it."""
    source = Path(rollbook.postgres.__file__).parent
    shutil.copytree(
        source, to / "rollbook" / "postgres", ignore=shutil.ignore_patterns("__pycache__")
    )
    (to / "rollbook" / "__init__.py").touch()
    return to
