"""The state folder, and the lock that keeps it ours while a PostgreSQL may work in it.

FOLDER/lock            flock; the number in it is the process that runs the database
FOLDER/data/           the cluster; owned by the account that runs it
FOLDER/postgres.log    PostgreSQL's log; the one before it in postgres.log.1
FOLDER/sockets         a link to the folder of the Unix socket, while it runs
"""

import fcntl
import os
import time
from dataclasses import dataclass
from pathlib import Path

from rollbook.postgres.errors import PostgresFailed, StateInUse

LOG_LIMIT = 4 * 1024 * 1024
"""Bytes after which a start puts the log aside."""


@dataclass(frozen=True, slots=True)
class StateFolder:
    """The names below one state folder, which is absolute."""

    path: Path

    @property
    def lock(self) -> Path:
        """The file whose flock marks the folder as in use."""
        return self.path / "lock"

    @property
    def data(self) -> Path:
        """The cluster."""
        return self.path / "data"

    @property
    def unfinished(self) -> Path:
        """A cluster that initdb is still making; found at a start it is rubbish."""
        return self.path / "data.unfinished"

    @property
    def log(self) -> Path:
        """PostgreSQL's own log."""
        return self.path / "postgres.log"

    @property
    def sockets(self) -> Path:
        """The link to the folder of the Unix socket."""
        return self.path / "sockets"


def claim(state: StateFolder, *, patience: float = 10.0) -> int:
    """Make the folder (0700) if need be, lock it, and return the descriptor that holds the lock.

    The watchdog holds the same lock, so that it outlives us until PostgreSQL is down. A folder
    whose holder lives is refused at once; for a watchdog that tidies up after a dead one we wait,
    up to `patience` seconds. Closing the descriptor gives the lock back.

    Raises StateInUse, or PostgresFailed where the folder cannot be made or written.
    """
    try:
        state.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(state.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise PostgresFailed(
            f"cannot use the state folder {state.path}: {error.strerror}"
        ) from error
    try:
        _wait_for_lock(descriptor, state, time.monotonic() + patience)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, b"%d\n" % os.getpid(), 0)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def open_log(state: StateFolder) -> int:
    """Open the log for appending (0600), putting a long one aside, and return the descriptor."""
    if state.log.exists() and state.log.stat().st_size > LOG_LIMIT:
        state.log.replace(state.log.with_suffix(".log.1"))
    return os.open(state.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _wait_for_lock(descriptor: int, state: StateFolder, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
            if _lives(holder) or time.monotonic() > deadline:
                raise StateInUse(
                    f"Rollbook is already running in {state.path} (process {holder or 'unknown'}): "
                    "stop it, or choose another state folder"
                ) from None
        time.sleep(0.02)


def _lives(holder: str) -> bool:
    if not holder.isdecimal():
        return False
    try:
        os.kill(int(holder), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
