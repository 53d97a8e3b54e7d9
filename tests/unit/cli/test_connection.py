"""Which server, and which token: the nearest word wins, and a token goes only where it belongs."""

from pathlib import Path

import click
import pytest

from rollbook.cli import connection
from rollbook.cli.connection import Where, connection_options, find
from rollbook.errors import Reason, Refusal

HERE, THERE = "127.0.0.1:5000", "10.0.0.1:5000"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, and nothing in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in ("ROLLBOOK_ADDRESS", "ROLLBOOK_TOKEN", "ROLLBOOK_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def embedded(folder: Path) -> None:
    """What `serve --embedded` leaves in its folder."""
    (folder / connection.STATE).mkdir()
    (folder / connection.STATE / "address").write_text(f"{HERE}\n")
    (folder / connection.STATE / "token").write_text("local\n")


def found(*arguments: str) -> Where:
    """What `find` says after a group's and a command's own options."""
    seen: list[Where] = []

    @click.group()
    @connection_options
    def group() -> None: ...

    @group.command()
    @connection_options
    def command() -> None:
        seen.append(find())

    group.main(list(arguments), standalone_mode=False)
    return seen[0]


def test_beside_an_embedded_server_nothing_has_to_be_said(folder: Path) -> None:
    embedded(folder)
    assert found("command") == Where(HERE, "local")


def test_a_local_token_is_shown_to_the_local_server_alone(folder: Path) -> None:
    """Any other server would learn a secret."""
    embedded(folder)
    with pytest.raises(Refusal) as refused:
        found("command", "--address", THERE)
    assert refused.value.reason == Reason.TOKEN_MISSING
    assert found("command", "--address", HERE).token == "local"


def test_what_is_typed_wins_over_the_environment_and_both_over_the_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedded(folder)
    monkeypatch.setenv("ROLLBOOK_ADDRESS", THERE)
    monkeypatch.setenv("ROLLBOOK_TOKEN", "environment")
    (folder / "mine").write_text("typed\n")
    assert found("command") == Where(THERE, "environment")
    assert found("command", "--token-file", "mine").token == "typed"
    assert found("--address", "a:1", "command").address == "a:1"
    assert found("--address", "a:1", "command", "--address", "b:1").address == "b:1"


def test_a_token_file_of_the_environment_wins_over_its_token(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "file").write_text("of the file\n")
    monkeypatch.setenv("ROLLBOOK_TOKEN", "environment")
    monkeypatch.setenv("ROLLBOOK_TOKEN_FILE", str(folder / "file"))
    assert found("command", "--address", THERE).token == "of the file"


@pytest.mark.parametrize("address", ["host:1", "127.0.0.1:65535", "[::1]:50051", "unix:/tmp/a"])
def test_addresses(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROLLBOOK_TOKEN", "t")
    assert found("command", "--address", address).address == address


@pytest.mark.parametrize("address", ["host", "host:", "http://host:1", ":1", "a b:1", "::1"])
def test_what_is_no_address(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROLLBOOK_TOKEN", "t")
    with pytest.raises(click.UsageError):
        found("command", "--address", address)
