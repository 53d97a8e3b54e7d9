"""Runs the command `rollbook` as a process, on a terminal or not."""

import fcntl
import os
import pty
import shlex
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen
from typing import NamedTuple

from tests.environment import Server

ROLLBOOK = (sys.executable, "-m", "rollbook")
HEADER = "employee_number,email,first_name,last_name"


class Said(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


def environment(**given: str) -> dict[str, str]:
    """This process's, without anything that names a server, and with what is given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ROLLBOOK_")}
    return kept | {"COLUMNS": "80"} | given


def at(server: Server) -> dict[str, str]:
    """The environment of the administrator of `server`."""
    return environment(ROLLBOOK_ADDRESS=server.address, ROLLBOOK_TOKEN_FILE=str(server.token_file))


def rollbook(
    *arguments: str, env: Mapping[str, str], cwd: Path | None = None, stdin: bytes = b""
) -> Said:
    """Run it to its end, its output in pipes."""
    done = subprocess.run(
        [*ROLLBOOK, *arguments], input=stdin, capture_output=True, env=env, cwd=cwd, check=False
    )
    return Said(done.returncode, done.stdout.decode(), done.stderr.decode())


def next_steps(said: Said) -> list[list[str]]:
    """The commands that a page ends with, in words without `rollbook`, as a shell takes them."""
    joined = said.out.replace("\\\n", " ")
    lines = [line for line in joined.splitlines() if line.startswith("   rollbook ")]
    return [shlex.split(line)[1:] for line in lines]


def started(*arguments: str, env: Mapping[str, str], cwd: Path | None = None) -> Popen[bytes]:
    """Start it, each of its streams a pipe; to be used with `with`."""
    return Popen([*ROLLBOOK, *arguments], stdin=PIPE, stdout=PIPE, stderr=PIPE, env=env, cwd=cwd)


def on_a_terminal(*arguments: str, env: Mapping[str, str]) -> Said:
    """Run it to its end on a terminal of 80 columns; `out` is all that was printed."""
    screen, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    command = Popen(
        [*ROLLBOOK, *arguments],
        stdin=DEVNULL,
        stdout=terminal,
        stderr=terminal,
        env={**env, "TERM": "xterm-256color"},
    )
    os.close(terminal)
    told = bytearray()

    def watch() -> None:
        try:
            while piece := os.read(screen, 65536):
                told.extend(piece)
        except OSError:  # Linux reports so that no process has the terminal open any more
            return

    watcher = threading.Thread(target=watch)
    watcher.start()
    code = command.wait(60)
    watcher.join(10)
    os.close(screen)
    return Said(code, told.decode(), "")


@contextmanager
def embedded(folder: Path, **settings: str) -> Iterator[tuple[Popen[bytes], list[bytes]]]:
    """A server in `folder`, as a person starts it, and the lines that it printed."""
    is_new = not (folder / ".rollbook/token").exists()
    arguments = ("serve", "--embedded", "--listen", "127.0.0.1:0")
    with started(*arguments, env=environment(**settings), cwd=folder) as command:
        assert command.stdout
        try:
            yield command, [command.stdout.readline() for _ in range(1 + is_new)]
        finally:
            command.terminate()
