"""Runs a command that ends when this process ends, by a pipe that `watchdog.py` reads."""

import os
import select
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress

from rollbook.postgres import watchdog
from rollbook.postgres.errors import PostgresFailed
from rollbook.postgres.os_account import Account

_LONGEST_END = watchdog.PATIENCE_ASKED + watchdog.PATIENCE_HARD + 10.0

# What a child made by fork alone must close: it would keep our pipe and our lock after our death.
_OURS: set[int] = set()


def _close_in_fork() -> None:
    for descriptor in _OURS:
        os.close(descriptor)
    _OURS.clear()


os.register_at_fork(after_in_child=_close_in_fork)


def keep_from_forks(descriptor: int) -> int:
    """Have `descriptor` closed in every child that is forked without exec; return it."""
    _OURS.add(descriptor)
    return descriptor


def close(descriptor: int) -> None:
    """Close what `keep_from_forks` was given; once, and not again in a fork."""
    if descriptor in _OURS:
        _OURS.discard(descriptor)
        os.close(descriptor)


class SupervisedProcess:
    """One command that runs until it ends, `stop` is called or we die, whichever is first."""

    pid: int
    """The command's process id; its parent is the watchdog."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        account: Account,
        lock: int,
        log: int,
        keep: int | None = None,
        sockets: str = "",
    ) -> None:
        """Run `command` as `account`, its output going to the descriptor `log`.

        `lock` stays open in the watchdog, `keep` in the command; `sockets` is the link to the
        socket folder, removed in the end. Raises PostgresFailed where the watchdog does not start.
        """
        pipe, self._pipe = os.pipe()
        self._news, news = os.pipe()
        keep_from_forks(self._pipe)
        keep_from_forks(self._news)
        # -I and -S: nothing of the user's environment, and no site-packages to look through.
        start = [sys.executable, "-I", "-S", watchdog.__file__]
        numbers = [str(lock), str(account.uid), str(account.gid)]
        try:
            self._watchdog = subprocess.Popen(
                [*start, *numbers, sockets, *command],
                stdin=pipe,
                stdout=news,
                stderr=log,
                cwd="/",
                env=_environment(),
                pass_fds=(lock,) if keep is None else (lock, keep),
                start_new_session=True,
            )
        except BaseException:
            close(self._pipe)
            close(self._news)
            raise
        finally:
            os.close(pipe)
            os.close(news)
        try:
            self.pid = self._read_pid()
        except BaseException:
            self.stop()
            raise

    def wait(self, seconds: float | None) -> bool:
        """Wait until the command has ended, `seconds` at most (None: for ever).

        Returns whether it has. The watchdog writes nothing after the process id, so when the pipe
        becomes readable, the watchdog has ended.
        """
        # poll and not select: a server with many connections has numbers beyond 1,024.
        ready = select.poll()
        ready.register(self._news, select.POLLIN)
        return bool(ready.poll(None if seconds is None else seconds * 1000))

    def stop(self) -> int:
        """End the command in its orderly way, wait for it, and return the watchdog's exit code.

        0: the command ended well; 1: it did not; negative: the watchdog itself was killed.
        """
        if self._pipe in _OURS:
            with suppress(OSError):  # It may have ended already.
                os.write(self._pipe, watchdog.ASKED)
            close(self._pipe)
        try:
            return self._watchdog.wait(_LONGEST_END)
        except subprocess.TimeoutExpired:
            self._watchdog.kill()
            return self._watchdog.wait()
        finally:
            close(self._news)

    def _read_pid(self) -> int:
        line = b""
        deadline = time.monotonic() + 30
        while not line.endswith(b"\n"):
            if not self.wait(max(0.0, deadline - time.monotonic())):
                raise PostgresFailed("the watchdog of PostgreSQL does not answer: try again")
            part = os.read(self._news, 32)
            if not part:
                raise PostgresFailed(f"the watchdog of PostgreSQL did not start: {sys.executable}")
            line += part
        return int(line)


def _environment() -> dict[str, str]:
    """Return what PostgreSQL gets to see: no PG…, no locale, and none of the service's secrets."""
    passed = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
    given = {name: os.environ[name] for name in passed if name in os.environ}
    # A named time zone spares initdb the search for the machine's.
    return {**given, "LC_ALL": "C", "TZ": "UTC"}
