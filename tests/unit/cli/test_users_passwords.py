"""`users set-password` takes a password from a terminal or from stdin, and never as an argument."""

import os
import pty
import select
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Type


@pytest.fixture
def nobody(tmp_path: Path) -> tuple[str, ...]:
    """A server that there is not, and a token for it."""
    token = tmp_path / "token"
    token.write_text("a-token-of-some-length")
    return ("--address", "127.0.0.1:1", "--token-file", str(token), "--directory", "main")


def test_without_a_terminal_it_asks_for_from_stdin(typed: Type, nobody: tuple[str, ...]) -> None:
    said = typed("users", "set-password", "4711", *nobody)
    assert said.code == 2
    assert "there is no terminal to type a password at: give --from-stdin" in said.err


@pytest.mark.parametrize(
    ("given", "says"),
    [(b"", "there is no password on stdin"), (b"\n", "no password"), (b"\xff\n", "not in UTF-8")],
)
def test_a_password_on_stdin_is_its_first_line(
    given: bytes, says: str, nobody: tuple[str, ...]
) -> None:
    """Nothing is no password, and nor is what is not UTF-8."""
    said = subprocess.run(
        [sys.executable, "-m", "rollbook", "users", "set-password", "1", "--from-stdin", *nobody],
        input=given,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert said.returncode == 2
    assert says in said.stderr.decode()


def test_at_a_terminal_it_asks_twice_and_shows_nothing(nobody: tuple[str, ...]) -> None:
    """What differs is asked for again; no character of it is on the screen."""
    outer, inner = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "rollbook", "users", "set-password", "4711", *nobody],
        stdin=inner,
        stdout=inner,
        stderr=inner,
        start_new_session=True,
    ) as process:
        os.close(inner)
        seen = ""
        for prompt, text in (
            ("New password: ", "four silver kettles"),
            ("confirmation: ", "another one"),
            ("New password: ", "four silver kettles"),
            ("confirmation: ", "four silver kettles"),
        ):
            seen += _until(outer, prompt)
            os.write(outer, f"{text}\n".encode())
        seen += _until(outer, "127.0.0.1:1")  # where no server is
        os.close(outer)
        process.wait(timeout=60)
    assert "Repeat for confirmation" in seen
    assert "do not match" in seen
    assert "kettles" not in seen
    assert "another" not in seen


def test_bytes_that_are_no_text_are_no_password(nobody: tuple[str, ...]) -> None:
    """As a terminal of another encoding sends them: said in a line, without the password."""
    outer, inner = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "rollbook", "users", "set-password", "4711", *nobody],
        stdin=inner,
        stdout=inner,
        stderr=inner,
        start_new_session=True,
    ) as process:
        os.close(inner)
        seen = ""
        for prompt in ("New password: ", "confirmation: "):
            seen += _until(outer, prompt)
            os.write(outer, b"four silver k\xe9ttles\n")
        seen += _until(outer, "not in UTF-8")
        process.wait(timeout=60)
        os.close(outer)
    assert process.returncode == 2
    assert "silver" not in seen


def _until(terminal: int, text: str) -> str:
    """What the screen shows until it shows that text; waits 30 seconds for more of it."""
    seen = ""
    while text not in seen:
        assert select.select([terminal], [], [], 30)[0], seen
        seen += os.read(terminal, 1_000).decode()
    return seen
