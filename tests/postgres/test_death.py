"""After any process is killed, none is left, nothing committed is lost, and it restarts.

Everything here is killed for real, and timed.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import rollbook.postgres
from tests.postgres.witness import (
    AS_ROOT,
    NOTHING,
    OURSELVES,
    ask,
    busy_with,
    embedded_in,
    left_of,
    nobody,
    parent_of,
    seconds_until,
    service_in,
)

DEADLY = [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM]


@pytest.mark.parametrize("number", DEADLY, ids=lambda number: number.name)
def test_our_death_takes_postgres_down_within_a_second(
    tmp_path: Path, number: signal.Signals
) -> None:
    """Process and socket folder are gone; what was committed is there at the next start."""
    with service_in(tmp_path) as service:
        ask(service.dsn, "create table kept as select 7 as n")
        sockets = (tmp_path / "sockets").readlink()
        service.kill(number)
        assert seconds_until(lambda: left_of(tmp_path) == NOTHING) < 1
        assert not sockets.exists()
    with embedded_in(tmp_path) as embedded:
        assert ask(embedded.dsn(), "select n from kept") == 7


def test_a_statement_that_runs_is_no_reason_to_stay(tmp_path: Path) -> None:
    """A connection that counts for minutes ends with us too."""
    count = "select count(*) from generate_series(1, 3000000000)"
    with service_in(tmp_path) as service, busy_with(service.dsn, count):
        service.kill()
        assert seconds_until(lambda: left_of(tmp_path) == NOTHING) < 1


def test_a_backend_that_does_not_listen_is_not_waited_for(tmp_path: Path) -> None:
    """One that waits for a program is deaf to an orderly end, and gets the other kind."""
    wait = """copy (select 1) to program 'trap "" TERM INT; sleep 3'"""
    with service_in(tmp_path) as service, busy_with(service.dsn, wait):
        service.kill()
        assert seconds_until(lambda: left_of(tmp_path) == NOTHING) < 1


def test_a_start_right_after_a_kill_waits_for_the_tidying(tmp_path: Path) -> None:
    """It is neither refused nor does it meet the old one."""
    with service_in(tmp_path) as service:
        service.kill()
        with embedded_in(tmp_path) as embedded:
            assert embedded.pid != service.postmaster
            assert ask(embedded.dsn(), "select 1") == 1


def test_a_child_forked_from_us_does_not_keep_postgres_alive(tmp_path: Path) -> None:
    """It inherits the pipe and the lock, and lets go of both at once."""
    fork = "note = os.fork()\nif not note: signal.pause()"
    with service_in(tmp_path, then=fork) as service:
        try:
            service.kill()
            assert seconds_until(lambda: left_of(tmp_path) == NOTHING) < 1
            with embedded_in(tmp_path) as embedded:
                assert embedded.running
        finally:
            os.kill(int(service.note), signal.SIGKILL)


def test_a_stop_in_a_forked_child_stops_nothing(tmp_path: Path) -> None:
    """Only the process that started it takes it down."""
    fork = """
child = os.fork()
if not child:
    embedded.stop()
    os._exit(embedded.running)
note = os.waitpid(child, 0)[1] == 0 and embedded.running
"""
    with service_in(tmp_path, then=fork) as service:
        assert service.note == "True"
        assert ask(service.dsn, "select 1") == 1


def test_ctrl_c_is_for_us_and_does_not_reach_postgres(tmp_path: Path) -> None:
    """The whole group of the terminal is interrupted, and the database goes on answering."""
    with service_in(tmp_path) as service:
        os.killpg(service.process.pid, signal.SIGINT)
        assert service.line() == "interrupted"
        assert ask(service.dsn, "select 1") == 1


def test_the_death_of_postgres_is_noticed_and_mended(tmp_path: Path) -> None:
    """After a kill -9 of the postmaster we know it, and the same object starts again."""
    with embedded_in(tmp_path, durable=True) as embedded:
        ask(embedded.dsn(), "create table kept as select 7 as n")
        assert embedded.pid
        assert not embedded.wait(0)
        os.kill(embedded.pid, signal.SIGKILL)
        assert embedded.wait(1)
        assert not embedded.running
        embedded.start()
        assert ask(embedded.dsn(), "select n from kept") == 7
    assert left_of(tmp_path) == NOTHING


def test_a_killed_watchdog_does_not_spare_postgres_a_stop(tmp_path: Path) -> None:
    """Its death shows as an end, and a stop still ends everything."""
    embedded = embedded_in(tmp_path)
    embedded.start()
    assert embedded.pid
    os.kill(parent_of(embedded.pid), signal.SIGKILL)
    assert embedded.wait(1)
    embedded.stop()
    assert left_of(tmp_path) == NOTHING


def test_an_orphan_is_ended_by_the_next_start(tmp_path: Path) -> None:
    """Service and watchdog killed at once leave a PostgreSQL that only a next start can end."""
    with service_in(tmp_path) as service:
        ask(service.dsn, "create table kept as select 7 as n")
        sockets = (tmp_path / "sockets").readlink()
        watchdog = parent_of(service.postmaster)
        service.process.send_signal(signal.SIGSTOP)
        os.kill(watchdog, signal.SIGKILL)
        service.kill()
        assert service.postmaster in left_of(tmp_path)[0]
        with embedded_in(tmp_path) as embedded:
            assert service.postmaster not in left_of(tmp_path)[0]
            assert ask(embedded.dsn(), "select n from kept") == 7
        assert not sockets.exists()


def test_a_stale_postmaster_pid_with_a_living_number_is_no_obstacle(tmp_path: Path) -> None:
    """The number went to another process, which PostgreSQL alone would take for its own."""
    with embedded_in(tmp_path) as embedded:
        assert embedded.pid
        written = (tmp_path / "data" / "postmaster.pid").read_text()
        number = str(embedded.pid)
    stranger = subprocess.Popen(["sleep", "60"], **(nobody() if AS_ROOT else OURSELVES))
    with stranger:
        stale = tmp_path / "data" / "postmaster.pid"
        stale.write_text(written.replace(number, str(stranger.pid), 1))
        try:
            with embedded_in(tmp_path) as embedded:
                assert ask(embedded.dsn(), "select 1") == 1
            assert stranger.poll() is None
        finally:
            stranger.kill()


def test_a_first_start_that_was_killed_is_done_again(tmp_path: Path) -> None:
    """Half a cluster never has the name of a whole one."""
    folder = tmp_path / "state"
    home = Path(rollbook.postgres.__file__).parents[2]
    start = "import sys, pathlib; from rollbook.postgres import Embedded; \
        Embedded(pathlib.Path(sys.argv[1])).start()"
    with subprocess.Popen(
        [sys.executable, "-c", start, folder], env={"PYTHONPATH": str(home)}
    ) as starter:
        seconds_until((folder / "data.unfinished" / "base").exists)
        starter.kill()
    time.sleep(0.05)
    assert not (folder / "data").exists()
    with embedded_in(folder) as embedded:
        assert ask(embedded.dsn(), "select 1") == 1
    assert not (folder / "data.unfinished").exists()
