"""The operating-system account that PostgreSQL runs under.

PostgreSQL refuses to run as root. A plain user runs it under the same account; root runs it as
`nobody`, because every machine has that account and we add no account to a user's machine.

Other programs that run as `nobody` can signal or trace our PostgreSQL. They cannot reach the data
(the state folder is closed to them) or log in (`configuration.py`). If that is not enough, do not
run as root.
"""

import os
import pwd
from dataclasses import dataclass

from rollbook.postgres.errors import PostgresFailed


@dataclass(frozen=True, slots=True)
class Account:
    """An operating-system account by its numbers."""

    uid: int
    gid: int

    @property
    def is_ours(self) -> bool:
        """Whether a child needs no change of user to run under it."""
        return self.uid == os.geteuid()


def account_for_postgres() -> Account:
    """Return the account that initdb and postgres are to run under.

    Raises PostgresFailed where we are root and the machine has no account `nobody`.
    """
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        raise PostgresFailed(
            "PostgreSQL does not run as root and this machine has no account 'nobody': "
            "start Rollbook as a plain user"
        ) from None
    return Account(entry.pw_uid, entry.pw_gid)


def our_name() -> str:
    """Return the name of the account that we run as.

    Raises PostgresFailed where the user id has no name: neither initdb nor `peer` works then.
    """
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        raise PostgresFailed(
            f"user id {os.geteuid()} has no name in /etc/passwd, which PostgreSQL needs: "
            "add one, or set ROLLBOOK_DATABASE_URL to a database of your own"
        ) from None
