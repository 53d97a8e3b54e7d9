"""Each error ends with its exit code and one line on stderr, without a traceback."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import click
import grpc
import pytest

from rollbook.cli.exit_codes import run
from rollbook.errors import VERDICTS, Reason
from tests.unit.cli.conftest import Answering, Type
from tests.unit.client.peer import refusal


@pytest.mark.parametrize("reason", list(Reason))
def test_a_refusal_exits_with_its_reasons_code(
    typed: Type, answering: Answering, reason: Reason
) -> None:
    """One table decides, for gRPC and for the shell; the code is in brackets."""
    verdict = VERDICTS[reason]
    answering([refusal(grpc.StatusCode[verdict.status], reason.name, "Because.")])
    said = typed("import", "-")  # not a file, which would be sent again
    assert (said.code, said.out) == (verdict.exit_code, "")
    first, *more = said.err.splitlines()
    assert first.startswith("rollbook import: Because")
    assert first.endswith(f" [{reason}]")
    assert len(more) == verdict.resumable


def test_a_wait_that_the_server_asks_for_is_told(typed: Type, answering: Answering) -> None:
    answering([refusal(grpc.StatusCode.RESOURCE_EXHAUSTED, "RATE_LIMITED", "Too many.", retry=90)])
    (Path.cwd() / "staff.csv").write_text("a")
    said = typed("import", "staff.csv")
    assert (said.code, said.err) == (
        8,
        "rollbook import: Too many; try again in 90 s [rate_limited]\n",
    )


@click.command()
def broken() -> None:
    """A command with a bug."""
    raise KeyError("who\nknows")


def test_a_bug_is_one_line_and_how_to_see_more(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ROLLBOOK_DEBUG", raising=False)
    assert run([], broken) == 7
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert "ROLLBOOK_DEBUG=1" in line
    monkeypatch.setenv("ROLLBOOK_DEBUG", "1")
    assert run([], broken) == 7
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["users", "reset", b"10\xff01"],
        ["users", "show", b"\xff", "--by", "email"],
        ["locations", "add", b"B\xfcrgi"],
        ["roles", "add", b"\xe9"],
        ["users", "reset", "1001", "--directory", b"\xe9"],
    ],
)
def test_an_argument_that_is_no_text_is_named(words: list[str | bytes]) -> None:
    """It is no bug, but an argument of another encoding."""
    done = subprocess.run(
        [sys.executable, "-m", "rollbook", *words, "--address", "127.0.0.1:1"],
        capture_output=True,
        env=os.environ | {"ROLLBOOK_TOKEN": "t" * 40, "ROLLBOOK_DIRECTORY": "main"},
        timeout=60,
        check=False,
    )
    said = done.stderr.decode()
    assert done.returncode == 2
    assert "is not in UTF-8" in said
    assert said.count("\n") == 1


def test_ctrl_c_is_130(tmp_path: Path) -> None:
    """While a file is read that does not come to an end."""
    pipe = tmp_path / "roles.csv"
    os.mkfifo(pipe)
    command = subprocess.Popen(
        [sys.executable, "-m", "rollbook", "roles", "load", str(pipe), "--directory", "main"],
        stderr=subprocess.PIPE,
    )
    with pipe.open("wb"):  # which waits until the command reads
        command.send_signal(signal.SIGINT)
        assert command.wait(30) == 130
    assert command.stderr
    assert command.stderr.read() == b"rollbook: interrupted\n"
    command.stderr.close()


def test_what_an_operator_set_wrongly_is_usage(
    typed: Type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROLLBOOK_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    monkeypatch.setenv("ROLLBOOK_TOKEN_FILES", "mine")
    said = typed("serve")
    assert (said.code, said.err.count("\n")) == (2, 1)
    assert "entry 1 is not PRINCIPAL=FILE" in said.err
    assert "mine" not in said.err  # it may be a token


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("LISTEN", "localhost", "'localhost' does not fit: HOST:PORT"),
        ("LEASE", "inf", "less than or equal to"),
        ("TURN_WAIT", "1e30", "less than or equal to"),
        ("TOKEN_FILES", "admin=a-token-and-no-path", "the file of 'admin': No such file"),
        ("PLUGINS", "nosuch", "There is no plugin nosuch"),
        ("PG_BIN", "/nosuch", "no working postgres"),
    ],
)
def test_a_wrong_setting_is_usage_and_names_what_is_wrong(
    typed: Type, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, value: str, reason: str
) -> None:
    """Exit code 2, for no second try helps. A value that may be a token is not shown."""
    monkeypatch.setenv(f"ROLLBOOK_{name}", value)
    said = typed("serve", "--embedded", "--state", str(tmp_path / "state"))
    assert (said.code, said.err.count("\n")) == (2, 1)
    assert reason in said.err
    assert "a-token" not in said.err


def test_a_database_that_is_away_is_exit_code_4(
    typed: Type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROLLBOOK_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    said = typed("migrate")
    assert said.code == 4
    assert "nothing answers at 127.0.0.1:1" in said.err
    assert "[" not in said.err  # no server has given a reason


@pytest.mark.parametrize("command", ["serve", "migrate"])
def test_an_address_that_is_none_is_usage(
    typed: Type, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("ROLLBOOK_DATABASE_URL", "somewhere")
    said = typed(command)
    assert (said.code, said.err.count("\n")) == (2, 1)
    assert "ROLLBOOK_DATABASE_URL is no address" in said.err


def test_a_reader_who_has_seen_enough_is_no_error(tmp_path: Path) -> None:
    """`rollbook … | head -1` ends quietly, whatever is still to be printed."""
    typed = [sys.executable, "-c", "from rollbook.cli import main; main()", "--help"]
    command = subprocess.Popen(typed, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path)
    assert command.stdout
    command.stdout.close()
    assert command.wait(30) == 0
    assert command.stderr
    assert command.stderr.read() == b""
    command.stderr.close()


def test_importing_never_loads_the_server() -> None:
    """Callers of a server do not have one installed."""
    server = {"asyncpg", "pydantic", "pluggy", "numpy", "rollbook.server"}
    loaded = f"import sys, rollbook.cli.imports.import_file; print({server} & {{*sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", loaded], check=True, capture_output=True, text=True
    )
    assert done.stdout == "set()\n"
