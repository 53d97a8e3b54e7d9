"""Ends the PostgreSQL processes that a killed predecessor left behind in a data folder.

Called under the lock of the state folder, so no other Rollbook and no watchdog is at work. A
PostgreSQL that still runs has lost both, and nothing else will ever stop it.
"""

import os
import signal
import time
from pathlib import Path

from rollbook.postgres.errors import StateInUse

# What is sent, and the seconds then waited. First nothing: the children of a killed postmaster
# notice by themselves. Then fast, immediate (the log has everything) and forced.
_STEPS: tuple[tuple[signal.Signals | None, float], ...] = (
    (None, 0.3),
    (signal.SIGINT, 1.0),
    (signal.SIGQUIT, 3.0),
    (signal.SIGKILL, 3.0),
)


def end_orphans(data: Path) -> None:
    """Stop every PostgreSQL that works in `data` and remove the postmaster.pid left there.

    PostgreSQL removes a stale postmaster.pid itself, except if a zombie or a foreign process has
    its number. In a container whose first process reaps no children, that is so after every kill.
    The file may be removed only when no process works in the folder, which /proc shows. Without
    /proc (not Linux) the file is left to PostgreSQL.

    Raises StateInUse where a process cannot be ended.
    """
    if not Path("/proc/self/cwd").exists():
        return
    for number, patience in _STEPS:
        deadline = time.monotonic() + patience
        workers = at_work(data)
        for pid in workers if number else ():
            _send(pid, number)
        while workers and time.monotonic() < deadline:
            time.sleep(0.01)
            workers = at_work(data)
        if not workers:
            (data / "postmaster.pid").unlink(missing_ok=True)
            return
    raise StateInUse(f"PostgreSQL processes {workers} still work in {data}: end them, then retry")


def at_work(data: Path) -> list[int]:
    """Return the process ids of every PostgreSQL working in `data`: it is their current folder."""
    place = data.stat()
    return [
        int(process.name)
        for process in Path("/proc").iterdir()
        if process.name.isdecimal() and _works_in(process, place.st_dev, place.st_ino)
    ]


def _works_in(process: Path, device: int, inode: int) -> bool:
    try:
        # Zombies and the processes of others have neither link for us.
        if not (process / "exe").readlink().name.startswith("postgres"):
            return False
        place = (process / "cwd").stat()
    except OSError:
        return False
    return (place.st_dev, place.st_ino) == (device, inode)


def _send(pid: int, number: signal.Signals | None) -> None:
    if number is None:
        return
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
