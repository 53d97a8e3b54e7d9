"""Describes the machine of a benchmark, for its figures."""

import os
import platform
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

_SHARED = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")


def facts(postgres: str) -> list[str]:
    """One fact a line: when, on what, how loaded it was before."""
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    load = ", ".join(f"{value:.2f}" for value in os.getloadavg())
    return [
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        f"{os.cpu_count()} × {model[1] if model else platform.machine()}, {memory:.0f} GiB, "
        f"{platform.system()} {platform.release()}",
        f"Python {platform.python_version()}, PostgreSQL {postgres}, fsync on",
        f"load before: {load}",
    ]


class Processors:
    """What the processors did since this was made: for us, for others, nothing."""

    def __init__(self) -> None:
        self._before = self._read()
        self._ours_before = sum(os.times()[:4])

    def shares(self) -> dict[str, float]:
        """In percent. Ours is known once every process that we started has ended."""
        spent = {name: now - self._before[name] for name, now in self._read().items()}
        whole = sum(spent.values()) or 1
        ours = (sum(os.times()[:4]) - self._ours_before) * os.sysconf("SC_CLK_TCK")
        idle = spent["idle"] + spent["iowait"]
        others = max(0.0, whole - idle - spent["steal"] - ours)
        counts = {"ours": ours, "others": others, "stolen": spent["steal"], "idle": idle}
        return {name: 100 * count / whole for name, count in counts.items()}

    def summary(self) -> str:
        """The shares in a line."""
        return said_of(self.shares())

    @staticmethod
    def _read() -> dict[str, int]:
        first = Path("/proc/stat").read_text().partition("\n")[0].split()[1:]
        return dict(zip(_SHARED, map(int, first), strict=False))


def said_of(shares: Mapping[str, float]) -> str:
    """What `Processors.shares` found, in a line."""
    return (
        f"processors: {shares['ours']:.0f} % this benchmark, {shares['others']:.0f} % other work, "
        f"{shares['stolen']:.0f} % stolen, {shares['idle']:.0f} % idle"
    )
