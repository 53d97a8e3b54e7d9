"""Who may log in to the embedded cluster: the account that started it, and nobody else.

The socket folder is 0700, but as root it belongs to `nobody`, and so `trust` would make every
other program that runs as `nobody` a superuser of the database. `peer` asks the kernel who is at
the other end instead. It needs no password and no setting at the client, and a map ties the one
account that started the cluster to the roles it may take. TCP is closed by the settings, and by
the absence of any line for it here.
"""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from rollbook.postgres.os_account import Account

RULES = """\
# Written by Rollbook at every start.
local all all peer map=rollbook
"""


def write_access(data: Path, account: Account, name: str, roles: Sequence[str]) -> None:
    """Write the cluster's rules: the account called `name` may log in as any of `roles`."""
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
