"""Creates a database cluster in a data folder, and starts PostgreSQL on it.

As root, PostgreSQL runs as `nobody`, and `nobody` cannot walk to a state folder below a private
home. The data still lives there. We open the folder and hand it over as a descriptor, and
`/proc/self/fd/N` leads PostgreSQL into it without a step through the folders above. Nothing is
opened to others and nothing is stored elsewhere: deleting the state folder deletes everything.
"""

import os
import re
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from rollbook.postgres.binaries import Installation
from rollbook.postgres.errors import DataOfAnotherMajor, PostgresFailed
from rollbook.postgres.os_account import Account
from rollbook.postgres.state_folder import StateFolder, open_log
from rollbook.postgres.supervised_process import SupervisedProcess

SUPERUSER = "rollbook"

READY_WITHIN = 300.0
"""Seconds. A crash in the middle of a load leaves up to 2 GB of log to replay."""


def make_cluster(
    state: StateFolder, installation: Installation, account: Account, lock: int, *, durable: bool
) -> None:
    """Run initdb beside the data folder and move the result there, so that it is whole or absent.

    Raises PostgresFailed where initdb does.
    """
    if state.unfinished.exists():
        shutil.rmtree(state.unfinished)
    state.unfinished.mkdir(mode=0o700)
    if not account.is_ours:
        os.chown(state.unfinished, account.uid, account.gid)
    options = [
        f"--username={SUPERUSER}",
        "--encoding=UTF8",
        "--locale=C",
        "--auth-local=peer",
        "--auth-host=reject",
        *(() if durable else ("--no-sync",)),
    ]
    if installation.major >= 17:
        # Letters beyond ASCII have upper and lower case, and no system update can change how.
        options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    with _logging(state) as (log, log_from), _path_for(state.unfinished, account) as (path, keep):
        command = [str(installation.bin / "initdb"), "-D", path, *options]
        initdb = SupervisedProcess(command, account=account, lock=lock, log=log, keep=keep)
        try:
            initdb.wait(None)
        finally:
            code = initdb.stop()
        if code != 0:
            raise PostgresFailed(
                f"cannot make a database in {state.path}: {_reason(state.log, log_from)}"
            )
    state.unfinished.rename(state.data)


def check_cluster(state: StateFolder, installation: Installation, account: Account) -> None:
    """Refuse data that this PostgreSQL, run by this account, cannot serve.

    Raises DataOfAnotherMajor, or PostgresFailed where it is no cluster or belongs to another.
    """
    if state.data.stat().st_uid != account.uid:
        raise PostgresFailed(
            f"{state.data} belongs to user id {state.data.stat().st_uid} and PostgreSQL would run "
            f"as {account.uid}: start Rollbook as the user who made it, or take another folder"
        )
    try:
        major = (state.data / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        raise PostgresFailed(
            f"{state.data} holds no database: move it away, or take another folder"
        ) from None
    if major != str(installation.major):
        raise DataOfAnotherMajor(
            f"{state.data} was made by PostgreSQL {major} and {installation.bin} is "
            f"{installation.version}: set ROLLBOOK_PG_BIN to a PostgreSQL {major}, "
            "or take another folder"
        )


def run_cluster(
    state: StateFolder,
    installation: Installation,
    account: Account,
    lock: int,
    settings: Mapping[str, str],
) -> SupervisedProcess:
    """Start PostgreSQL and return it when it takes connections.

    Raises PostgresFailed, with PostgreSQL's own reason, where it ends before that.
    """
    options = [f"--{name}={value}" for name, value in settings.items()]
    with _logging(state) as (log, log_from), _path_for(state.data, account) as (path, keep):
        command = [str(installation.bin / "postgres"), "-D", path, *options]
        process = SupervisedProcess(
            command, account=account, lock=lock, log=log, keep=keep, sockets=str(state.sockets)
        )
        try:
            _wait_until_ready(state, process, log_from)
        except BaseException:
            process.stop()
            raise
    return process


def _wait_until_ready(state: StateFolder, process: SupervisedProcess, log_from: int) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while not _is_ready(state.data / "postmaster.pid", process.pid):
        if process.wait(0.004):
            raise PostgresFailed(
                f"PostgreSQL did not start in {state.path}: {_reason(state.log, log_from)}"
            )
        if time.monotonic() > deadline:
            raise PostgresFailed(
                f"PostgreSQL is not ready after {READY_WITHIN:.0f} seconds: see {state.log}"
            )


def _is_ready(postmaster_pid: Path, pid: int) -> bool:
    """Whether this postmaster is ready: line 8 has its state, line 1 its process id."""
    try:
        lines = postmaster_pid.read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"


@contextmanager
def _path_for(folder: Path, account: Account) -> Iterator[tuple[str, int | None]]:
    """Yield a path to `folder` that `account` can take, and the descriptor it needs for that.

    A descriptor rather than the current folder: up to version 15, PostgreSQL walks about while it
    looks for itself, and cannot come back.
    """
    if account.is_ours or not Path("/proc/self/fd").exists():
        yield str(folder), None
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{descriptor}", descriptor
    finally:
        os.close(descriptor)


@contextmanager
def _logging(state: StateFolder) -> Iterator[tuple[int, int]]:
    """Yield the log's descriptor, and how many bytes it had before."""
    log = open_log(state)
    try:
        yield log, os.fstat(log).st_size
    finally:
        os.close(log)


def _reason(log: Path, log_from: int) -> str:
    """Return the last complaint in the log since byte `log_from`, in one line, and where it is."""
    with log.open("rb") as file:
        file.seek(log_from)
        lines = file.read().decode("utf-8", "replace").splitlines()
    complaints = [line for line in lines if re.search(r"FATAL|PANIC|[Ee]rror|could not", line)]
    if not complaints:
        return f"see {log}"
    cause = re.sub(r"^.*?(FATAL|PANIC|ERROR|error):\s*(\w{5}: )?", "", complaints[-1])
    return f"{cause} (see {log})"
