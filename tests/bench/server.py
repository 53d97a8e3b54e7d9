"""Runs a `rollbook serve` on a database, and measures its processor time and memory."""

import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.acceptance.memory import children
from tests.environment import Server, serving

_TICKS = os.sysconf("SC_CLK_TCK")
_LOG_SHOWN = 8_000
"""Characters of a server's log that are shown where a run fails."""


class Measured:
    """A running server and the processes that it has forked, seen from /proc."""

    def __init__(self, server: Server):
        """Take what it has now for what it has when idle."""
        self.address = server.address
        self.token_file = server.token_file
        self.pid = server.process.pid
        self._procs = [Path("/proc", str(pid)) for pid in (self.pid, *children(self.pid))]
        self._idle = self._memory("VmRSS")

    def cpu(self) -> float:
        """Seconds of processor time that it has used, in user and kernel mode, by all threads."""
        return sum(map(_cpu, self._procs))

    def forget_peak(self) -> None:
        """Let the peak of its memory begin anew at what it has now."""
        for proc in self._procs:
            (proc / "clear_refs").write_text("5")

    def peak_over_idle(self) -> float:
        """MiB by which its peak is above what it had right after its start."""
        return (self._memory("VmHWM") - self._idle) / 1024

    def _memory(self, name: str) -> int:
        """That line of each status, in KiB, together."""
        found = [re.search(rf"{name}:\s+(\d+) kB", (p / "status").read_text()) for p in self._procs]
        return sum(int(line[1]) for line in found if line)


def _cpu(proc: Path) -> float:
    fields = (proc / "stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


@contextmanager
def measured(database_url: str, folder: Path, **settings: object) -> Iterator[Measured]:
    """A server process of one's own with those settings, ready when entered, ended when left."""
    with serving(database_url, folder, **settings) as server:
        time.sleep(0.5)  # what it still does after its start is no part of an import
        try:
            yield Measured(server)
        except BaseException:
            print(server.log.read_text()[-_LOG_SHOWN:], file=sys.stderr)
            raise
