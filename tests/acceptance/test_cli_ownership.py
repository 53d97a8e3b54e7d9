"""No command takes an address, a token or state from a folder of another account."""

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.acceptance.command import environment, rollbook

NOBODY = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


@pytest.fixture
def trap() -> Iterator[socket.socket]:
    """An attacker's port, which notes each connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        yield listener


def _came(trap: socket.socket) -> bool:
    try:
        trap.accept()[0].close()
    except TimeoutError:
        return False
    return True


def _prepared(folder: Path, trap: socket.socket, *, token: str = "theirs") -> Path:
    state = folder / ".rollbook"
    state.mkdir(mode=0o700)
    (state / "address").write_text(f"127.0.0.1:{trap.getsockname()[1]}\n")
    (state / "address").chmod(0o600)
    if token:
        (state / "token").write_text(token)
        (state / "token").chmod(0o600)
    return state


@pytest.mark.parametrize("said", ["ROLLBOOK_TOKEN", "ROLLBOOK_TOKEN_FILE", "--token-file"])
def test_no_token_of_ours_goes_to_the_address_of_a_folder(
    tmp_path: Path, trap: socket.socket, said: str
) -> None:
    """An attacker leaves an address without a token, and waits for ours to be sent there."""
    _prepared(tmp_path, trap, token="")
    mine = tmp_path / "mine"
    mine.write_text("a-token-of-ours")
    options = ("--token-file", str(mine)) if said == "--token-file" else ()
    values = {"ROLLBOOK_TOKEN": "a-token-of-ours", "ROLLBOOK_TOKEN_FILE": str(mine)}
    env = environment(**{name: text for name, text in values.items() if name == said})
    answer = rollbook("roles", "list", *options, env=env, cwd=tmp_path)
    assert answer.code in (2, 5), answer.err
    assert not _came(trap)


def _give_away(path: Path) -> None:
    os.chown(path, NOBODY, NOBODY, follow_symlinks=False)


def _open_to_all(path: Path) -> None:
    path.chmod(path.stat().st_mode | 0o022)


def _link(path: Path) -> None:
    """Put a link of another user's in its place, which leads to the same content."""
    moved = path.with_name(f"{path.name}-moved")
    path.rename(moved)
    path.symlink_to(moved.name)
    _give_away(path)


@as_root
@pytest.mark.parametrize("what", [".", "address", "token"])
@pytest.mark.parametrize("how", [_give_away, _open_to_all, _link])
@pytest.mark.few(4)
def test_a_folder_that_others_could_have_written_is_not_used(
    tmp_path: Path, trap: socket.socket, what: str, how: Callable[[Path], None]
) -> None:
    """Whose the folder or a file in it is, and who may write it, is looked at before it is read."""
    state = _prepared(tmp_path, trap)
    how(state / what if what != "." else state)
    answer = rollbook("roles", "list", env=environment(COLUMNS="300"), cwd=tmp_path)
    assert answer.code == 2
    assert "so its address is not used; give --address and --token-file" in answer.err
    assert not _came(trap)


@as_root
@pytest.mark.parametrize("what", [".", "token", "address", "postgres", "postgres/lock"])
@pytest.mark.parametrize("how", [_give_away, _open_to_all, _link])
@pytest.mark.few(4)
def test_a_server_takes_no_state_that_others_could_have_written(
    tmp_path: Path, what: str, how: Callable[[Path], None]
) -> None:
    """Else an attacker would know the administrator's token, or lead what is written elsewhere."""
    state = tmp_path / "state"
    (state / "postgres").mkdir(parents=True, mode=0o700)
    state.chmod(0o700)
    for name in ("token", "address", "postgres/lock"):
        (state / name).write_text("known-to-the-attacker")
        (state / name).chmod(0o600)
    how(state / what if what != "." else state)
    arguments = ("serve", "--embedded", "--state", str(state), "--listen", "127.0.0.1:0")
    answer = rollbook(*arguments, env=environment(COLUMNS="300"), cwd=tmp_path)
    assert answer.code not in (0, 7), answer.err
    assert "the state folder is not used" in answer.err
    assert "listening" not in answer.out
