"""A state folder becomes a running PostgreSQL, for any account and any folder."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import asyncpg
import pytest

from rollbook.postgres import Embedded, PostgresFailed
from tests.postgres.witness import (
    AS_ROOT,
    NOBODY,
    NOTHING,
    ask,
    ask_as_nobody,
    busy_with,
    copy_of_house,
    embedded_in,
    left_of,
    nobody,
    seconds_until,
    service_in,
)

only_as_root = pytest.mark.skipif(not AS_ROOT, reason="takes root to become somebody else")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that `nobody` may use; pytest's own are closed to other accounts."""
    folder = Path(tempfile.mkdtemp())
    os.chown(folder, NOBODY.pw_uid, NOBODY.pw_gid)
    yield folder
    shutil.rmtree(folder)


def test_first_start_makes_a_cluster_and_later_ones_keep_what_is_in_it(tmp_path: Path) -> None:
    """The folder is made, the role rollbook owns the cluster, and rows outlive a stop."""
    folder = tmp_path / "not" / "there"
    with Embedded(folder) as embedded:
        assert embedded.running
        ask(embedded.dsn(), "create table kept as select 7 as n")
    with Embedded(folder) as embedded:
        assert ask(embedded.dsn(), "select n from kept") == 7
        assert ask(embedded.dsn(), "select current_user || usesuper from pg_user") == "rollbooktrue"
        assert ask(embedded.dsn(), "show server_version_num") >= f"{embedded.major}0000"  # type: ignore[operator]
        assert ask(embedded.dsn(), "show fsync") == "on"


def test_stop_leaves_no_process_and_no_socket_folder(tmp_path: Path) -> None:
    """Only the state folder stays; a second stop has nothing to do."""
    embedded = embedded_in(tmp_path)
    embedded.start()
    sockets = (tmp_path / "sockets").readlink()
    assert sockets.is_dir()
    embedded.stop()
    embedded.stop()
    assert left_of(tmp_path) == NOTHING
    assert not sockets.exists()
    assert not embedded.running
    assert embedded.pid is None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "lock", "postgres.log"]


def test_who_waits_for_the_end_hears_of_a_stop(tmp_path: Path) -> None:
    """A thread that waits for the death of PostgreSQL does not outlive an orderly stop."""
    embedded = embedded_in(tmp_path)
    embedded.start()
    with ThreadPoolExecutor() as pool:
        end = pool.submit(embedded.wait)
        with pytest.raises(TimeoutError):
            end.result(0.05)
        embedded.stop()
        assert end.result(1)


def test_a_statement_that_runs_does_not_hold_up_a_stop(tmp_path: Path) -> None:
    """A client that sleeps is put out, in well under its ten minutes."""
    embedded = embedded_in(tmp_path)
    embedded.start()
    with busy_with(embedded.dsn(), "select pg_sleep(600)"):
        start = time.monotonic()
        embedded.stop()
        assert time.monotonic() - start < 2
    assert left_of(tmp_path) == NOTHING


def test_the_environment_of_the_user_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PG… variables and locales of a shell neither move the socket nor change the server."""
    for name in ("PGPORT", "PGUSER", "PGDATABASE", "PGDATA", "PGHOST"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("LC_ALL", "xx_XX.UTF-8")
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    monkeypatch.setenv("ROLLBOOK_TOKEN", "secret")
    with embedded_in(tmp_path) as embedded:
        assert ask(embedded.dsn(), "select current_user || current_database()") == (
            "rollbookpostgres"
        )
        assert ask(embedded.dsn(), "show timezone") == "UTC"
        assert ask(embedded.dsn(), "show server_encoding") == "UTF8"
        given = Path(f"/proc/{embedded.pid}/environ").read_bytes()
    assert b"secret" not in given


def test_a_long_path_is_no_obstacle(tmp_path: Path) -> None:
    """The socket is elsewhere, so that its limit of 107 bytes does not bind the state folder."""
    folder = tmp_path / ("long " * 30).strip() / ("länger" * 20)
    with embedded_in(folder) as embedded:
        assert len(os.fsencode(folder)) > 250
        assert ask(embedded.dsn(), "select 1") == 1


def test_settings_of_the_caller_win_and_tcp_stays_closed(tmp_path: Path) -> None:
    """What is given is in force, except over where the socket is."""
    given = {"work_mem": "5MB", "port": "1", "unix_socket_directories": "/tmp"}
    with embedded_in(tmp_path, settings=given) as embedded:
        assert ask(embedded.dsn(), "show work_mem") == "5MB"
        assert ask(embedded.dsn(), "show listen_addresses") == ""
        assert ask(embedded.dsn(), "show port") == "5432"
        assert ask(embedded.dsn(), "show fsync") == "off"
    assert not Path("/tmp/.s.PGSQL.1").exists()


def test_a_wrong_setting_is_named_and_leaves_nothing_running(tmp_path: Path) -> None:
    """The reason that PostgreSQL gave is in the one line that we give."""
    embedded = embedded_in(tmp_path, settings={"work_mem": "much"})
    with pytest.raises(PostgresFailed, match=r'invalid value for parameter "work_mem": "much"'):
        embedded.start()
    assert left_of(tmp_path) == NOTHING
    with embedded_in(tmp_path) as again:
        assert again.running


def test_the_log_quotes_no_row(tmp_path: Path) -> None:
    """A refused row is in the log by its error, and not by its values."""
    with embedded_in(tmp_path) as embedded:
        ask(embedded.dsn(), "create table users (email text unique)")
        ask(embedded.dsn(), "insert into users values ('jane@example.org')")
        with pytest.raises(asyncpg.UniqueViolationError):
            ask(embedded.dsn(), "insert into users values ('jane@example.org')")
    log = (tmp_path / "postgres.log").read_text()
    assert "duplicate key" in log
    assert "jane" not in log


def test_only_the_named_roles_may_be_taken(tmp_path: Path) -> None:
    """A role that was asked for can log in once it is made; another is refused, here and there."""
    with embedded_in(tmp_path, roles=["reader", 'o"dd']) as embedded:
        ask(embedded.dsn(), "create role reader login")
        ask(embedded.dsn(), 'create role "o""dd" login')
        ask(embedded.dsn(), "create role stranger login")
        assert ask(embedded.dsn(user="reader"), "select current_user") == "reader"
        assert ask(embedded.dsn(user='o"dd'), "select current_user") == 'o"dd'
        with pytest.raises(ValueError, match="stranger"):
            embedded.dsn(user="stranger")
        with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError):
            ask(embedded.dsn().replace("//rollbook@", "//stranger@"), "select 1")


def test_there_is_no_address_before_the_start(tmp_path: Path) -> None:
    """Asking for one is a mistake of the caller, and the error is clear."""
    embedded = embedded_in(tmp_path)
    with pytest.raises(RuntimeError, match="not been started"):
        embedded.dsn()
    assert not embedded.running
    assert embedded.major >= 14


@only_as_root
def test_as_root_the_data_stays_in_a_folder_that_is_closed_to_all(tmp_path: Path) -> None:
    """PostgreSQL runs as `nobody` in a folder that `nobody` cannot reach, and none is opened."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    folder = home / "state"
    with embedded_in(folder) as embedded:
        assert Path(f"/proc/{embedded.pid}").stat().st_uid == NOBODY.pw_uid
        assert ask(embedded.dsn(), "select 1") == 1
    assert (folder / "data").stat().st_uid == NOBODY.pw_uid
    assert not (folder / "data").is_symlink()
    for path in (home, folder, folder / "data"):
        assert path.stat().st_mode & 0o077 == 0
    assert home.stat().st_uid == folder.stat().st_uid == 0


@only_as_root
def test_another_program_of_nobody_cannot_log_in(tmp_path: Path) -> None:
    """It can reach the socket, which is its own account's, but the kernel reports its account."""
    with embedded_in(tmp_path) as embedded:
        refused = ask_as_nobody(embedded.dsn(), "select 1")
        assert refused.stdout == ""
        assert "Peer authentication failed" in refused.stderr


@only_as_root
def test_a_plain_user_needs_no_right_that_he_lacks(open_folder: Path) -> None:
    """Started, asked, killed and started again by an account that may do nothing else."""
    house = copy_of_house(open_folder)
    folder = open_folder / "state"
    with service_in(folder, user=nobody(), house=house) as service:
        assert ask_as_nobody(service.dsn, "create table kept as select 7 as n").returncode == 0
        service.kill()
        assert seconds_until(lambda: left_of(folder) == NOTHING) < 1
    with service_in(folder, user=nobody(), house=house) as service:
        assert ask_as_nobody(service.dsn, "select n from kept").stdout == "7\n"
        with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError):
            ask(service.dsn, "select 'root is nobody special'")
    assert seconds_until(lambda: left_of(folder) == NOTHING) < 1
