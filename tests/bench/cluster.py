"""Starts one durable PostgreSQL, with databases for both ways of loading."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import IO, Self

from rollbook.postgres import Embedded
from rollbook.postgres.binaries import find_postgres
from rollbook.postgres.os_account import account_for_postgres

_HERE = Path(__file__).parent

_USERS = """
select md5(string_agg(u::text, e'\\n' order by u.number_key collate "C")) from (
    select u.number_key, u.employee_number, u.email, u.email_key, u.username, u.username_key,
        u.first_name, u.last_name, u.name, r.name as role, l.name as location, u.unit_id,
        u.job_title, u.department, u.phone, u.attributes, u.status, u.source, u.version
    from users as u
    join roles as r on r.directory_id = u.directory_id and r.id = u.role_id
    left join locations as l on l.directory_id = u.directory_id and l.id = u.location_id
) as u
"""


class Cluster:
    """A running PostgreSQL with fsync on, as `rollbook serve --embedded` sets it, and its psql."""

    def __init__(self, folder: Path, settings: Mapping[str, str] = MappingProxyType({})):
        self._embedded = Embedded(folder, durable=True, settings=settings)
        self.log = folder / "postgres.log"
        installation = find_postgres(None, account_for_postgres())
        self.version = installation.version
        self._psql = str(installation.bin / "psql")

    def __enter__(self) -> Self:
        """Start it, about a second."""
        self._embedded.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop it; the folder is the caller's to remove."""
        self._embedded.stop()

    def url(self, database: str) -> str:
        """The address of a database."""
        return self._embedded.dsn(database)

    def ask(self, database: str, statement: str) -> str:
        """What psql prints for one statement, unadorned."""
        return self._run(database, "--tuples-only", "--no-align", "--command", statement).strip()

    def clone(self, template: str, name: str) -> None:
        """Make a database like `template`, to which no client may be connected."""
        self.ask("postgres", f"create database {name} template {template}")

    def drop(self, *names: str) -> None:
        """Remove databases, even with clients connected."""
        for name in names:
            self.ask("postgres", f"drop database if exists {name} with (force)")

    def rest(self, *databases: str) -> None:
        """Leave nothing over for what is timed next: dead rows, statistics, unwritten pages."""
        for database in databases:
            self.ask(database, "vacuum (analyze)")
        self.ask("postgres", "checkpoint")

    def load(self, database: str, file: Path, *, compared: bool) -> None:
        """Bring the users of `file` in by psql alone: see `floor.sql`."""
        with file.open("rb") as csv:
            script = ("--variable", f"compared={compared:d}", "--file", str(_HERE / "floor.sql"))
            self._run(database, *script, stdin=csv)

    def users(self, database: str) -> str:
        """A digest of all users without ids, times and imports, which differ between runs."""
        return self.ask(database, _USERS)

    def _run(self, database: str, *arguments: str, stdin: IO[bytes] | None = None) -> str:
        command = [self._psql, "--no-psqlrc", "--dbname", self.url(database), *arguments]
        return subprocess.run(
            command,
            env=os.environ | {"PGOPTIONS": "-c client_min_messages=warning"},
            stdin=stdin or subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            check=True,
            text=True,
        ).stdout
