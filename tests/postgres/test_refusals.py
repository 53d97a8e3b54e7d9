"""What cannot start is refused in one line: what, where and what to do."""

import os
from pathlib import Path

import pytest

from rollbook.postgres import (
    DataOfAnotherMajor,
    EmbeddedPostgresError,
    PostgresFailed,
    PostgresMissing,
    StateInUse,
)
from tests.postgres.witness import AS_ROOT, NOTHING, ask, embedded_in, left_of, service_in


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder with a cluster that is not running."""
    folder = tmp_path_factory.mktemp("state")
    with embedded_in(folder):
        pass
    return folder


def test_two_at_once_are_refused_and_the_first_goes_on(made: Path) -> None:
    """At once, not after a wait, and with the number of the one that has it."""
    with service_in(made) as service:
        with pytest.raises(StateInUse, match=rf"already running.*process {service.process.pid}\)"):
            embedded_in(made).start()
        assert ask(service.dsn, "select 1") == 1


def test_two_in_one_process_are_refused_too(made: Path) -> None:
    """So is a second start of the same one."""
    with embedded_in(made) as embedded:
        for second in (embedded_in(made), embedded):
            with pytest.raises(StateInUse, match="already running"):
                second.start()
        assert ask(embedded.dsn(), "select 1") == 1
    assert left_of(made) == NOTHING


def test_data_of_another_major_is_refused_and_not_touched(made: Path) -> None:
    """Both versions are named, and the way out."""
    version = made / "data" / "PG_VERSION"
    ours = version.read_text()
    version.write_text("13\n")
    try:
        with pytest.raises(DataOfAnotherMajor, match=r"made by PostgreSQL 13 .*ROLLBOOK_PG_BIN"):
            embedded_in(made).start()
    finally:
        version.write_text(ours)
    with embedded_in(made) as embedded:
        assert embedded.running


def test_a_data_folder_without_a_database_is_refused(tmp_path: Path) -> None:
    """The file there may be a user's: it is not overwritten."""
    (tmp_path / "data").mkdir()
    if AS_ROOT:
        os.chown(tmp_path / "data", 65534, 65534)
    with pytest.raises(PostgresFailed, match="holds no database"):
        embedded_in(tmp_path).start()
    assert list((tmp_path / "data").iterdir()) == []


@pytest.mark.skipif(not AS_ROOT, reason="takes root to give a folder away")
def test_data_of_another_account_is_refused(made: Path) -> None:
    """A folder made by a plain user is not run by root, and not given away either."""
    data = made / "data"
    owner = data.stat()
    os.chown(data, 4242, 4242)
    try:
        with pytest.raises(PostgresFailed, match="belongs to user id 4242"):
            embedded_in(made).start()
    finally:
        os.chown(data, owner.st_uid, owner.st_gid)


def test_a_state_folder_that_cannot_be_one_is_named(tmp_path: Path) -> None:
    """A file in its place is the user's to move."""
    (tmp_path / "file").touch()
    with pytest.raises(PostgresFailed, match=r"cannot use the state folder .*file"):
        embedded_in(tmp_path / "file" / "state").start()


def test_a_folder_without_postgres_is_refused_and_not_passed_over(tmp_path: Path) -> None:
    """Who names a PostgreSQL gets that one or none."""
    with pytest.raises(PostgresMissing, match=r"no working postgres and initdb in .*nowhere"):
        embedded_in(tmp_path / "state", binaries=tmp_path / "nowhere").start()
    assert not (tmp_path / "state").exists()


def test_a_postgres_that_is_too_old_is_refused(tmp_path: Path) -> None:
    """It is asked for its version before anything is made."""
    for name in ("initdb", "postgres"):
        program = tmp_path / name
        program.write_text("#!/bin/sh\necho 'initdb (PostgreSQL) 13.9'\n")
        program.chmod(0o755)
    with pytest.raises(PostgresMissing, match=r"PostgreSQL 13\.9, older than 14"):
        embedded_in(tmp_path / "state", binaries=tmp_path).start()


@pytest.mark.parametrize(
    "kind", [EmbeddedPostgresError, *EmbeddedPostgresError.__subclasses__()], ids=str
)
def test_every_fault_has_a_sentence_for_its_reader(kind: type[Exception]) -> None:
    """The docstring is what a user reads."""
    assert kind.__doc__
    assert kind.__doc__.endswith(".")
    assert "\n" not in kind.__doc__
