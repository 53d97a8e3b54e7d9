"""The keys for links are read from a file that nobody else can read."""

import stat
from pathlib import Path

import pytest

from rollbook.credentials.keys import made_keys, open_keys, read_keys
from rollbook.settings import Settings

KEY = "a" * 43


def _file(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "keys"
    path.write_text(text)
    path.chmod(mode)
    return path


def test_each_line_is_a_key_and_the_first_signs(tmp_path: Path) -> None:
    path = _file(tmp_path, f"# changed in May\n{KEY}1\n\n  {KEY}2\r\n")
    assert read_keys(path) == (f"{KEY}1".encode(), f"{KEY}2".encode())


@pytest.mark.parametrize("mode", [0o604, 0o602, 0o644, 0o666, 0o601])
def test_a_file_that_everybody_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    """Who reads it can open every account. A group of its own may read it."""
    path = _file(tmp_path, KEY, mode)
    with pytest.raises(ValueError, match=f"ROLLBOOK_CREDENTIAL_KEYS_FILE: {path} can be read"):
        read_keys(path)
    path.chmod(0o640)
    assert read_keys(path)


@pytest.mark.parametrize(
    ("text", "why"),
    [("", "has no key"), ("# none yet\n", "has no key"), (f"{KEY}\nshort\n", "less than 32")],
)
def test_a_file_without_good_keys_is_refused(tmp_path: Path, text: str, why: str) -> None:
    """It says how one is made, and never what is in the file."""
    path = _file(tmp_path, text)
    with pytest.raises(ValueError, match=why) as refused:
        read_keys(path)
    assert "head -c 32 /dev/urandom" in str(refused.value)
    assert "short" not in str(refused.value)


def test_a_file_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"KEYS_FILE: .*nowhere cannot be read"):
        open_keys(Settings(credential_keys_file=tmp_path / "nowhere"))
    assert open_keys(Settings()) is None


def test_a_change_that_cannot_be_used_keeps_the_keys(tmp_path: Path) -> None:
    """A half-written file, or one that everybody can read, is logged, and the last one stays."""
    path = _file(tmp_path, KEY)
    keys = open_keys(Settings(credential_keys_file=path))
    assert keys
    path.write_text("")
    assert keys.current() == (KEY.encode(),)
    path.write_text(f"{KEY}2\n{KEY}\n")
    assert keys.current()[0] == f"{KEY}2".encode()


def test_a_server_of_its_own_makes_a_key_once(tmp_path: Path) -> None:
    """For its owner alone; and never takes one that others could have put there."""
    path = made_keys(tmp_path / "keys")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    first = read_keys(path)
    assert len(first) == 1
    assert read_keys(made_keys(path)) == first
    path.chmod(0o666)
    with pytest.raises(ValueError, match="can be changed by other users"):
        made_keys(path)


def test_the_path_of_the_keys_is_a_secret_setting() -> None:
    """Plugins do not get it, and no log has it."""
    assert "credential_keys_file" in Settings.secret_fields()
