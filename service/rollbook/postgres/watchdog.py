"""Runs a command and ends it when the pipe from its parent closes.

The watchdog is PostgreSQL's parent and our child. It reads the pipe whose other end we hold; the
kernel closes that end when we die, of whatever signal, so that our stopping and our dying are the
same event. As the parent it knows of PostgreSQL's death too, and there is no moment at which
PostgreSQL runs unwatched. It leads a session of its own: a Ctrl-C in the terminal is for us.

Run as a script, with the standard library's C modules only: it is up in 15 ms.

    watchdog.py LOCK UID GID SOCKETS COMMAND...

LOCK is a descriptor to keep open, SOCKETS the link to the socket folder that is removed in the
end ("" for none). Descriptor 0 is the pipe, 1 takes the command's process id, 2 is the log.
"""

# pathlib and contextlib would take longer to load than all the rest.
# ruff: noqa: PTH108, PTH106, PTH115, PTH123, SIM105

import os
import select
import signal
import sys
import time

ASKED = b"."
"""Written to the pipe before it is closed on purpose: take the time for an orderly end."""

# Seconds for an orderly shutdown, which ends with a checkpoint: after a large load on a slow disk
# that takes a while. When we have died there is no need to wait: the log has everything, and the
# next start replays it.
PATIENCE_ASKED = 60.0
PATIENCE_DEAD = 0.35
PATIENCE_HARD = 6.0

SOCKET_FOLDER = "/tmp/rollbook-"  # noqa: S108 -- mkdtemp ends the name
_FILES = (".s.PGSQL.5432", ".s.PGSQL.5432.lock")


def main(arguments: list[str]) -> int:
    """Run the command until it ends or the pipe does; return 0 where it ended well."""
    lock, uid, gid, sockets, *command = arguments
    os.set_inheritable(int(lock), False)
    news, bell = os.pipe()
    os.set_blocking(bell, False)
    signal.set_wakeup_fd(bell, warn_on_full_buffer=False)
    # Handlers, not SIG_IGN: an ignored signal would stay ignored in PostgreSQL.
    for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stay)
    child = _start(command, int(uid), int(gid))
    try:
        os.write(1, b"%d\n" % child)
    except OSError:
        pass  # The reader has died already: the pipe shows it next.
    status = _watch(child, news)
    if sockets:
        clear_sockets(sockets)
    return 0 if status == 0 else 1


def clear_sockets(link: str) -> None:
    """Remove the socket folder that `link` leads to, what PostgreSQL left in it, and the link.

    The folder is emptied of known names only, through a descriptor: as root we are in a folder
    that belongs to another account, in /tmp.
    """
    try:
        folder = os.readlink(link)
    except OSError:
        return
    if folder.startswith(SOCKET_FOLDER) and "/" not in folder[len(SOCKET_FOLDER) :]:
        _remove(folder)
    os.unlink(link)


def _remove(folder: str) -> None:
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return
    try:
        for name in _FILES:
            try:
                os.unlink(name, dir_fd=descriptor)
            except OSError:
                continue
        os.rmdir(folder)
    except OSError:
        return
    finally:
        os.close(descriptor)


def _stay(number: int, frame: object) -> None:
    """Do nothing: the wake-up descriptor has the news."""


def _start(command: list[str], uid: int, gid: int) -> int:
    child = os.fork()
    if child:
        return child
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        # A session of its own, so that the last resort reaches what initdb has started too.
        os.setsid()
        if uid != os.geteuid():
            os.setgroups([])
            os.setgid(gid)
            os.setuid(uid)
        os.umask(0o077)
        with open(os.devnull, "r+b", buffering=0) as nothing:
            os.dup2(nothing.fileno(), 0)
        os.dup2(2, 1)
        os.execv(command[0], command)  # noqa: S606 -- no shell is the point
    except BaseException as error:
        os.write(2, f"FATAL:  cannot run {command[0]}: {error}\n".encode())
    os._exit(127)


def _watch(child: int, news: int) -> int:
    while True:
        ready, _, _ = select.select([0, news], [], [])
        status = _ended(child)
        if status is not None:
            return status
        if 0 in ready:
            return _stop(child, news, asked=os.read(0, 1) == ASKED)
        os.read(news, 64)


def _stop(child: int, news: int, *, asked: bool) -> int:
    for number, patience in (
        (signal.SIGINT, PATIENCE_ASKED if asked else PATIENCE_DEAD),
        (signal.SIGQUIT, PATIENCE_HARD),
    ):
        os.kill(child, number)
        status = _ended_within(child, news, patience)
        if status is not None:
            return status
    os.killpg(child, signal.SIGKILL)
    return os.waitpid(child, 0)[1]


def _ended_within(child: int, news: int, patience: float) -> int | None:
    deadline = time.monotonic() + patience
    while (left := deadline - time.monotonic()) > 0:
        if select.select([news], [], [], left)[0]:
            os.read(news, 64)
        status = _ended(child)
        if status is not None:
            return status
    return None


def _ended(child: int) -> int | None:
    found, status = os.waitpid(child, os.WNOHANG)
    return status if found else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
