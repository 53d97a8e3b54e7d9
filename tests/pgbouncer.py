"""PgBouncer in transaction mode, between the servers of tests and their PostgreSQL."""

import os
import pwd
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg

from rollbook.postgres.os_account import account_for_postgres
from rollbook.postgres.supervised_process import SupervisedProcess

PROGRAM = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
MISSING = "PgBouncer is not installed, so P18 is not shown: apt-get install pgbouncer"
WAYS = ("direct", "pgbouncer")
_SOCKET = ".s.PGSQL.6432"
POOL = 5
"""Connections to PostgreSQL, for each database: fewer than a server has to PgBouncer."""


class Way:
    """How servers reach the databases of one cluster: directly, or through a PgBouncer."""

    def __init__(self, sockets: str = "", folder: str = ""):
        self._sockets = sockets
        self._folder = folder

    def settings(self, database_url: str) -> dict[str, object]:
        """The settings of a server on that database. One of another cluster is reached directly."""
        parts = urlsplit(database_url)
        if not self._folder or parse_qs(parts.query).get("host") != [self._sockets]:
            return {"database_url": database_url}
        return {
            "database_url": f"postgresql://@{parts.path}?host={self._folder}&port=6432",
            "statement_cache_size": 0,
        }


async def let_in(postgres: str) -> None:
    """Let PgBouncer's account log in to an embedded PostgreSQL, which knows ours alone."""
    name = pwd.getpwuid(account_for_postgres().uid).pw_name
    line = f"rollbook {name} {urlsplit(postgres).username}"
    connection = await asyncpg.connect(postgres)
    try:
        await connection.execute(f"copy (select '{line}') to program 'cat >> pg_ident.conf'")
        await connection.execute("select pg_reload_conf()")
    finally:
        await connection.close()


@contextmanager
def running(postgres: str) -> Iterator[Way]:
    """A PgBouncer in front of the PostgreSQL at an address, under the same account as that.

    It ends with this process, however that ends.

    Raises:
        AssertionError: it did not start; shows its log.
    """
    assert PROGRAM, MISSING
    account = account_for_postgres()
    folder = Path(tempfile.mkdtemp(prefix="rollbook-pgbouncer-"))
    try:
        settings = folder / "pgbouncer.ini"
        settings.write_text(_settings(postgres, folder))
        for path in (folder, settings):
            os.chown(path, account.uid, account.gid)
        log = folder / "log"
        with log.open("wb") as output:
            process = SupervisedProcess(
                [PROGRAM, str(settings)],
                account=account,
                lock=output.fileno(),
                log=output.fileno(),
            )
        try:
            while not (folder / _SOCKET).exists():
                assert not process.wait(0.01), log.read_text()
            yield Way(_sockets(postgres), str(folder))
        finally:
            process.stop()
    finally:
        shutil.rmtree(folder)


def _sockets(postgres: str) -> str:
    return parse_qs(urlsplit(postgres).query)["host"][0]


def _settings(postgres: str, folder: Path) -> str:
    return f"""\
[databases]
* = host={_sockets(postgres)} port=5432 user={urlsplit(postgres).username}
[pgbouncer]
pool_mode = transaction
listen_addr =
listen_port = 6432
unix_socket_dir = {folder}
unix_socket_mode = 0700
auth_type = any
default_pool_size = {POOL}
max_client_conn = 1000
server_idle_timeout = 5
"""
