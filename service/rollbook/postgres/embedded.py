"""Starts the embedded PostgreSQL of a state folder, and stops it with this process."""

import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self
from urllib.parse import quote

from rollbook.postgres.binaries import Installation, find_postgres
from rollbook.postgres.cluster import SUPERUSER, check_cluster, make_cluster, run_cluster
from rollbook.postgres.configuration import server_settings, write_authentication
from rollbook.postgres.errors import PostgresFailed
from rollbook.postgres.leftover_processes import end_orphans
from rollbook.postgres.os_account import Account, account_for_postgres, our_name
from rollbook.postgres.reachable_copy import within_reach
from rollbook.postgres.state_folder import StateFolder, claim
from rollbook.postgres.supervised_process import SupervisedProcess, close, keep_from_forks
from rollbook.postgres.watchdog import SOCKET_FOLDER, clear_sockets


class Embedded:
    """A real PostgreSQL in a folder, over a Unix socket, taken down with this process.

    Blocking: from an event loop, call it through a thread. One thread starts and stops; any may
    ask and wait. Works as any user; as root PostgreSQL runs as `nobody`. Only the account that
    starts it may log in.
    """

    def __init__(
        self,
        folder: Path,
        *,
        binaries: Path | None = None,
        durable: bool = True,
        settings: Mapping[str, str] = MappingProxyType({}),
        roles: Sequence[str] = (SUPERUSER,),
    ) -> None:
        """Name the parts; nothing is touched before `start`.

        `folder`: the state folder, made if need be. `binaries`: the `bin` folder of the
        PostgreSQL to run, instead of the first one found. `durable=False`: no fsync, for tests.
        `settings`: server settings by name, over ours. `roles`: the database roles that this
        process may log in as; making any but `rollbook` is the caller's part.
        """
        self._state = StateFolder(folder.absolute())
        self._named = binaries
        self._durable = durable
        self._settings = dict(settings)
        self._roles = tuple(dict.fromkeys((SUPERUSER, *roles)))
        self._owner = 0
        self._lock: int | None = None
        self._process: SupervisedProcess | None = None
        self._sockets: str | None = None

    def start(self) -> None:
        """Start PostgreSQL, making the cluster first where there is none; return when it is ready.

        About a second the first time, some 50 ms later; more after a crash. Raises
        PostgresMissing, StateInUse, DataOfAnotherMajor or PostgresFailed, and then leaves nothing
        running behind.
        """
        if self._is_mine() and not self.running:
            self.stop()
        installation, account, name = self._installation, self._account, our_name()
        lock = claim(self._state)
        self._owner, self._lock = os.getpid(), keep_from_forks(lock)
        try:
            clear_sockets(str(self._state.sockets))
            if self._state.data.exists():
                check_cluster(self._state, installation, account)
                end_orphans(self._state.data)
            else:
                make_cluster(self._state, installation, account, lock, durable=self._durable)
            write_authentication(self._state.data, account, name, self._roles)
            self._sockets = self._make_sockets(account)
            settings = server_settings(
                self._sockets, durable=self._durable, settings=self._settings
            )
            self._process = run_cluster(self._state, installation, account, lock, settings)
        except OSError as error:
            self.stop()
            raise PostgresFailed(f"cannot use {self._state.path}: {error}") from error
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop PostgreSQL in its orderly way, wait for it, and remove the socket folder.

        Idempotent; nothing in a process forked from the one that started it.
        """
        if not self._is_mine():
            return
        process, self._process = self._process, None
        lock, self._lock = self._lock, None
        self._sockets = None
        try:
            # A negative code: the watchdog was killed, and could not take PostgreSQL with it.
            if process is not None and process.stop() < 0:
                end_orphans(self._state.data)
            clear_sockets(str(self._state.sockets))
        finally:
            if lock is not None:
                close(lock)

    @property
    def running(self) -> bool:
        """Whether PostgreSQL runs: false before the start, after the stop, and once it has died."""
        return self._is_mine() and self._process is not None and not self._process.wait(0)

    def wait(self, seconds: float | None = None) -> bool:
        """Wait, `seconds` at most, until PostgreSQL has ended. Returns whether it has."""
        return not self._is_mine() or self._process is None or self._process.wait(seconds)

    def dsn(self, database: str = "postgres", user: str = SUPERUSER) -> str:
        """Return the URL of `database` for asyncpg or libpq, for as long as this start lasts.

        Raises ValueError for a `user` who is not among the roles, RuntimeError before `start`.
        """
        if user not in self._roles:
            raise ValueError(f"{user} is not among the roles of this cluster: {self._roles}")
        if self._sockets is None:
            raise RuntimeError("the embedded PostgreSQL has not been started")
        # The port is given because a PGPORT in the environment would be taken instead.
        where = f"host={quote(self._sockets)}&port=5432"
        return f"postgresql://{quote(user, safe='')}@/{quote(database, safe='')}?{where}"

    @property
    def major(self) -> int:
        """The major version, known before the start too. Raises PostgresMissing."""
        return self._installation.major

    @property
    def pid(self) -> int | None:
        """The postmaster's process id, or None where it is not started."""
        return self._process.pid if self._process else None

    def __enter__(self) -> Self:
        """Start it."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop it."""
        self.stop()

    @cached_property
    def _account(self) -> Account:
        return account_for_postgres()

    @cached_property
    def _installation(self) -> Installation:
        return within_reach(find_postgres(self._named, self._account))

    def _is_mine(self) -> bool:
        return self._lock is not None and self._owner == os.getpid()

    def _make_sockets(self, account: Account) -> str:
        """Make the folder of the socket, and the link by which the next start finds it.

        Always below /tmp: a socket's path may have 107 bytes, which a state folder may exceed.
        """
        where, prefix = os.path.split(SOCKET_FOLDER)
        folder = tempfile.mkdtemp(prefix=prefix, dir=where)
        try:
            if not account.is_ours:
                os.chown(folder, account.uid, account.gid)
            self._state.sockets.symlink_to(folder)
        except BaseException:
            shutil.rmtree(folder)
            raise
        return folder
