"""`rollbook import` on pipes and terminals, also if one of them breaks off."""

import json
import re
import shlex
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.command import HEADER, Said, at, on_a_terminal, rollbook, started
from tests.environment import Server


@pytest.fixture
def env(server: Server) -> dict[str, str]:
    """Which server, and whose token."""
    return at(server)


@pytest.fixture
def staff(tmp_path: Path) -> Path:
    """A file of 20,000 users."""
    path = tmp_path / "staff.csv"
    rows = [f"{n},user{n}@example.com,First,Last" for n in range(1, 20_001)]
    path.write_text("\n".join([HEADER, *rows, ""]))
    return path


def test_a_pipe_is_answered_while_it_is_still_open(env: dict[str, str], directory: str) -> None:
    """A single row waits for no other."""
    with started("import", "-", "--directory", directory, "--output", "ndjson", env=env) as command:
        assert command.stdin
        assert command.stdout
        command.stdin.write(f"{HEADER}\n1,a@example.com,A,B\n".encode())
        command.stdin.flush()
        first = json.loads(command.stdout.readline())
        rest, _ = command.communicate(b"2,b@example.com,A,B\n", timeout=30)
    assert (first["line"], first["outcome"]) == (2, "OUTCOME_CREATED")
    assert [json.loads(line).get("line") for line in rest.splitlines()] == [3, None]
    assert command.returncode == 0


def test_a_reader_who_has_seen_enough_does_not_stop_an_import(
    env: dict[str, str], directory: str, staff: Path
) -> None:
    """`rollbook import staff.csv | head -1`: half a file would be the worst of all ends."""
    arguments = ("import", str(staff), "--directory", directory)
    with started(*arguments, "--output", "ndjson", env=env) as command:
        assert command.stdout
        assert command.stderr
        command.stdout.readline()
        command.stdout.close()
        assert (command.stderr.read(), command.wait(60)) == (b"", 0)
    again = rollbook(*arguments, env=env)
    assert "20,000: 0 created, 0 updated, 20,000 unchanged, 0 failed" in again.out


def test_ctrl_c_leaves_what_was_answered_and_says_how_to_go_on(
    env: dict[str, str], directory: str
) -> None:
    """Exit code 130, at once, without a traceback; and the command that it prints works."""
    first, second = "1,a@example.com,A,B", "2,b@example.com,A,B"
    with started("import", "-", "--directory", directory, "--output", "ndjson", env=env) as command:
        assert command.stdin
        assert command.stdout
        assert command.stderr
        command.stdin.write(f"{HEADER}\n{first}\n".encode())
        command.stdin.flush()
        command.stdout.readline()
        command.send_signal(signal.SIGINT)
        assert command.wait(10) == 130
        said = command.stderr.read().decode()
    assert said.startswith("rollbook import: interrupted; to go on: rollbook import - ")
    again = shlex.split(said.partition(" to go on: rollbook ")[2])
    shown = _until(
        lambda: rollbook("imports", "show", again[-1], "--directory", directory, env=env),
        lambda told: "INTERRUPTED" in told.out,
    )
    assert "1: 1 created" in shown.out
    resumed = rollbook(*again, env=env, stdin=f"{HEADER}\n{first}\n{second}\n".encode())
    *rows, summary = map(json.loads, resumed.out.splitlines())
    assert {row["line"]: row["replayed"] for row in rows} == {2: True, 3: False}
    assert (resumed.code, summary["created"]) == (0, 2)


def test_a_bar_on_a_terminal_and_none_in_a_pipe(
    env: dict[str, str], directory: str, staff: Path
) -> None:
    """The line goes when the import is done; NO_COLOR takes the colours, not the bar."""
    arguments = ("import", str(staff), "--directory", directory)
    piped = rollbook(*arguments, env=env)
    seen = on_a_terminal(*arguments, env=env)
    plain = on_a_terminal(*arguments, env={**env, "NO_COLOR": "1"})
    assert (seen.code, plain.code) == (0, 0)
    assert "━" not in piped.out + piped.err
    assert "\x1b" not in piped.out + piped.err
    assert "sending" in seen.out
    assert "━" in seen.out
    assert "0 created, 0 updated, 20,000 unchanged" in re.sub(r"\x1b\[[\d;]*m", "", plain.out)
    assert "\x1b[32m" in seen.out
    assert "\x1b[3" not in plain.out


def _until(ask: Callable[[], Said], is_so: Callable[[Said], bool]) -> Said:
    """The first answer that is so; what it is after ten seconds, where none was."""
    for _ in range(50):
        said = ask()
        if is_so(said):
            return said
        time.sleep(0.2)
    return ask()
