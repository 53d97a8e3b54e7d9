"""Measures the memory of a process, now and at most."""

import re
from pathlib import Path

MIB = 1024 * 1024


class Memory:
    """The memory of a process, in bytes, by /proc."""

    def __init__(self, pid: int):
        self._folder = Path(f"/proc/{pid}")

    def now(self) -> int:
        """What is resident."""
        return self._read("VmRSS")

    def peak(self) -> int:
        """The most that was, since `forget_peak`."""
        return self._read("VmHWM")

    def forget_peak(self) -> None:
        """The peak begins anew at what is resident now."""
        (self._folder / "clear_refs").write_text("5")

    def _read(self, name: str) -> int:
        status = (self._folder / "status").read_text()
        found = re.search(rf"^{name}:\s+(\d+) kB$", status, re.MULTILINE)
        assert found, f"no {name}"
        return int(found[1]) * 1024
