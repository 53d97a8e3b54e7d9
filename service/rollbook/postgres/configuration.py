"""The configuration of the embedded cluster: server settings, and who may log in.

The settings are for a bulk import on a small machine with a disk that can be trusted. They are
passed on the command line, so that nothing stays in the data folder when they change.

Only the account that started the cluster may log in. The socket folder is 0700, but if we are root
it belongs to `nobody`, and `trust` would make every other program that runs as `nobody` a
superuser of the database. `peer` asks the kernel who connects, and a map ties the one account to
the roles it may take. TCP is closed by the settings, and no line here allows it.
"""

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from rollbook.postgres.os_account import Account

ALWAYS: Mapping[str, str] = {
    # No TCP: only the Unix socket.
    "listen_addresses": "",
    # Mapped, but only touched as it fills. The key indexes of a million users are larger than
    # the default of 128 MB, and every row of an import visits three of them at random.
    "shared_buffers": "256MB",
    # A first load of a million rows writes more than the default of 1 GB, and each checkpoint
    # that size alone asks for makes every page be written to the log in full once more.
    "max_wal_size": "2GB",
    # Nothing replicates from here: less is logged, and what is copied into a table made in the
    # same transaction is not logged at all.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    # A batch of 5,000 rows joined and sorted stays in memory; an index is built in one go.
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    # The statements are short. Compiling one costs more than it can win.
    "jit": "off",
    # One service with a pool of a dozen, an operator's psql, and room.
    "max_connections": "50",
    # Errors quote the row: addresses and names. They do not belong in a log file.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_timezone": "UTC",
    "timezone": "UTC",
    "cluster_name": "rollbook",
}

# For tests: whatever happens to the machine, the cluster is thrown away. A killed process loses
# nothing even so, since the pages are the kernel's by then.
NOT_DURABLE: Mapping[str, str] = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}


RULES = """\
# Written by Rollbook at every start.
local all all peer map=rollbook
"""


def server_settings(sockets: str, *, durable: bool, settings: Mapping[str, str]) -> dict[str, str]:
    """All settings of one start. `settings` win, except for the place of the socket."""
    return {
        **ALWAYS,
        **({} if durable else NOT_DURABLE),
        **settings,
        "unix_socket_directories": sockets,
        "unix_socket_permissions": "0700",
        # Only names the socket file, and keeps a PGPORT of the environment out of it.
        "port": "5432",
    }


def write_authentication(data: Path, account: Account, name: str, roles: Sequence[str]) -> None:
    """Write pg_hba.conf and pg_ident.conf: the account `name` may log in as any of `roles`."""
    lines = ["# Written by Rollbook at every start.\n"]
    lines += [f"rollbook {_quoted(name)} {_quoted(role)}\n" for role in roles]
    folder = os.open(data, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        _replace(folder, "pg_hba.conf", RULES, account)
        _replace(folder, "pg_ident.conf", "".join(lines), account)
    finally:
        os.close(folder)


def _quoted(word: str) -> str:
    return '"' + word.replace('"', '""') + '"'


def _replace(folder: int, name: str, text: str, account: Account) -> None:
    """Put a new file in the old one's place.

    We may be root in a folder of `nobody`: writing to the name that lies there would follow a
    link to wherever `nobody` likes.
    """
    fresh = f".{name}.rollbook"
    with suppress(FileNotFoundError):
        os.unlink(fresh, dir_fd=folder)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(fresh, flags, 0o600, dir_fd=folder)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        if not account.is_ours:
            os.fchown(file.fileno(), account.uid, account.gid)
        file.write(text)
    os.rename(fresh, name, src_dir_fd=folder, dst_dir_fd=folder)
