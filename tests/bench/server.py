"""Runs a `rollbook serve` on a database, and measures its processor time and memory."""

import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.environment import Server, serving

_TICKS = os.sysconf("SC_CLK_TCK")
_LOG_SHOWN = 8_000
"""Characters of a server's log that are shown where a run fails."""


class Measured:
    """A running server, seen from /proc."""

    def __init__(self, server: Server):
        """Take what it has now for what it has when idle."""
        self.address = server.address
        self.token_file = server.token_file
        self.pid = server.process.pid
        self._proc = Path("/proc", str(server.process.pid))
        self._idle = self._memory("VmRSS")

    def cpu(self) -> float:
        """Seconds of processor time that it has used, in user and kernel mode, by all threads."""
        fields = (self._proc / "stat").read_text().rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def forget_peak(self) -> None:
        """Let the peak of its memory begin anew at what it has now."""
        (self._proc / "clear_refs").write_text("5")

    def peak_over_idle(self) -> float:
        """MiB by which its peak is above what it had right after its start."""
        return (self._memory("VmHWM") - self._idle) / 1024

    def _memory(self, name: str) -> int:
        """A line of its status, in KiB."""
        found = re.search(rf"{name}:\s+(\d+) kB", (self._proc / "status").read_text())
        assert found
        return int(found[1])


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
