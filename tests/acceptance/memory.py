"""Measures the memory of a process, now and at most."""

import re
from pathlib import Path

MIB = 1024 * 1024


class Memory:
    """The memory of a process and of those that it has forked, in bytes, by /proc."""

    def __init__(self, pid: int):
        self._folders = [Path(f"/proc/{one}") for one in (pid, *children(pid))]

    def now(self) -> int:
        """What is resident."""
        return self._read("VmRSS")

    def peak(self) -> int:
        """The most that was, since `forget_peak`; each process by itself."""
        return self._read("VmHWM")

    def forget_peak(self) -> None:
        """The peak begins anew at what is resident now."""
        for folder in self._folders:
            (folder / "clear_refs").write_text("5")

    def _read(self, name: str) -> int:
        return sum(_line(folder, name) for folder in self._folders)


def children(pid: int) -> list[int]:
    """The processes that a process has forked, and that run no other program."""
    found = map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
    return [child for child in found if _command(child) == _command(pid)]


def _command(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def _line(folder: Path, name: str) -> int:
    status = (folder / "status").read_text()
    found = re.search(rf"^{name}:\s+(\d+) kB$", status, re.MULTILINE)
    assert found, f"no {name}"
    return int(found[1]) * 1024
