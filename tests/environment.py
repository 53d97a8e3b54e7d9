"""Starts real PostgreSQL clusters, databases from a migrated template, and servers."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import asyncpg
import pytest

from rollbook.postgres import Embedded, PostgresMissing
from rollbook.postgres.binaries import candidates, find_postgres
from rollbook.postgres.os_account import account_for_postgres
from rollbook.settings import Settings
from rollbook.store import Database
from rollbook.store.migrate import migrate
from tests import pgbouncer

_NUMBERS = count()
_TEMPLATE = "rollbook_template"
PRINCIPALS = ("admin", "reviewer")
either_way = pytest.mark.parametrize(
    "through", [None, "pgbouncer"], ids=["as asked", "pgbouncer"], indirect=True
)
"""Marks a test whose servers also reach their database through PgBouncer (P18)."""
ways = [pgbouncer.Way()]
"""The last is how servers reach their database; see the fixture `through`."""


MAJORS = (15, 18)
"""The versions of PostgreSQL on which reads are measured at size."""


def postgres_of(major: int) -> Path | None:
    """The programs of a PostgreSQL of that major version on this machine; None: it has none."""
    account = account_for_postgres()
    for folder in candidates():
        with suppress(PostgresMissing):
            if find_postgres(folder, account).major == major:
                return folder
    return None


class Cluster:
    """One PostgreSQL a test session, without fsync: durability is not what most tests are about."""

    def __init__(self, embedded: Embedded):
        self._embedded = embedded

    async def prepare(self) -> None:
        """Make the database that all others are cloned from, and let PgBouncer in."""
        await pgbouncer.let_in(self._embedded.dsn())
        await self._say(f"create database {_TEMPLATE}")
        database = await Database.open(Settings(database_url=self._embedded.dsn(_TEMPLATE)))
        await migrate(database)
        await database.close()

    async def new_database(self, *, migrated: bool = True) -> str:
        """The address of a fresh database; 50 ms."""
        name = f"test_{next(_NUMBERS)}"
        await self._say(f"create database {name} template {_TEMPLATE if migrated else 'template0'}")
        return self._embedded.dsn(name)

    def pooled(self) -> AbstractContextManager[pgbouncer.Way]:
        """A PgBouncer in front of it, to be entered."""
        return pgbouncer.running(self._embedded.dsn())

    async def _say(self, statement: str) -> None:
        connection = await asyncpg.connect(self._embedded.dsn("postgres"))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


@dataclass(frozen=True, slots=True)
class Server:
    """A running `rollbook serve`, and what a client of it needs. Tokens by principal."""

    address: str
    token_files: Mapping[str, Path]
    database_url: str
    process: subprocess.Popen[str]
    log: Path

    @property
    def token_file(self) -> Path:
        """The administrator's."""
        return self.token_files["admin"]

    @property
    def token(self) -> str:
        """The administrator's, in clear."""
        return self.token_file.read_text().strip()

    def kill(self) -> None:
        """End it as a crash would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=10)


@contextmanager
def serving(database_url: str, folder: Path, **settings: object) -> Iterator[Server]:
    """A server process on a free port, with further settings by name; ended when left.

    Raises:
        AssertionError: it did not print that it listens; shows its log.
    """
    # Many tests share a database, and what one principal starts in it within the hour.
    settings = {
        "new_imports_per_hour": 1_000_000,
        "listen": "127.0.0.1:0",
        "drain_delay": 0,
        **ways[-1].settings(database_url),
    } | settings
    tokens = {principal: folder / f"{principal}.token" for principal in PRINCIPALS}
    for principal, path in tokens.items():
        if not path.exists():  # a server that is started again knows its clients
            path.write_text(f"token-of-{principal}-{os.urandom(8).hex()}\n")
    environment = os.environ | {
        "ROLLBOOK_TOKEN_FILES": ",".join(f"{who}={path}" for who, path in tokens.items()),
        **{f"ROLLBOOK_{name.upper()}": str(value) for name, value in settings.items()},
    }
    log = folder / f"server-{next(_NUMBERS)}.log"
    with log.open("w") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "rollbook", "serve"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            cwd=Path(__file__).parents[1],
        )
    assert process.stdout
    try:
        said = process.stdout.readline()
        assert said.startswith("listening on "), log.read_text()
        address = said.removeprefix("listening on ").strip()
        yield Server(address, tokens, database_url, process, log)
    finally:
        process.stdout.close()
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(timeout=5)
