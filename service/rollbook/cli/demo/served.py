"""Runs a real server in a folder, as a process, for the demo."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rollbook.cli.exit_codes import CannotStart

_START_WITHIN, _STOP_WITHIN = 60.0, 15.0
_SERVE = (sys.executable, "-m", "rollbook", "serve", "--embedded")
_READY = b"listening on "


@dataclass(frozen=True, slots=True)
class Served:
    """A running server: its address, the administrator's token, and how long its start took."""

    address: str
    token: str
    seconds: float


@contextmanager
def served(state: Path, settings: Mapping[str, str]) -> Iterator[Served]:
    """Run `rollbook serve --embedded` in the folder `state`, on a free port, set up by these alone.

    Raises:
        CannotStart: it did not start; the message has the last line of its log.
    """
    log = state.with_suffix(".log")
    began = time.monotonic()
    with log.open("wb") as stderr:
        child = subprocess.Popen(
            [*_SERVE, "--state", str(state), "--listen", "127.0.0.1:0", "--no-web"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env={**_environment(), **settings},
        )
    try:
        address = _address(child)
        if not address:
            raise CannotStart(f"the server did not start: {_last_line(log)}")
        token = (state / "token").read_text("utf-8").strip()
        yield Served(address, token, time.monotonic() - began)
    except Exception:
        if os.environ.get("ROLLBOOK_DEBUG"):
            sys.stderr.write(log.read_text("utf-8", "replace"))
        raise
    finally:
        _stop(child)


def _address(child: subprocess.Popen[bytes]) -> str:
    """The address that it listens on; '' if it ended, or was ended, before it printed one."""
    too_long = threading.Timer(_START_WITHIN, child.kill)
    too_long.start()
    try:
        for line in child.stdout or ():
            if line.startswith(_READY):
                return line.removeprefix(_READY).decode().strip()
        return ""
    finally:
        too_long.cancel()


def _stop(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(_STOP_WITHIN)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    if child.stdout:
        child.stdout.close()


def _environment() -> dict[str, str]:
    # What this machine's operator has set is for a server that stays, not for this one.
    kept = {"ROLLBOOK_PG_BIN", "ROLLBOOK_DEBUG"}
    return {
        name: value
        for name, value in os.environ.items()
        if name in kept or not name.startswith("ROLLBOOK_")
    }


def _last_line(log: Path) -> str:
    lines = log.read_text("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "it printed nothing"
