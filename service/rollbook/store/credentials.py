"""Credentials: the hash of a user's password, and what links to the account are derived from."""

from typing import NamedTuple, Self

from rollbook.store.database import Connection, Record
from rollbook.store.statements import sql


class Account(NamedTuple):
    """A user as credentials see one.

    `hash` None: no password. `version` counts changes of the password, 0: there never was one;
    `account_version` those of mailbox and status. `must_change`: the next login is to choose
    another password.
    """

    user_id: int
    employee_number: str
    email: str
    username: str
    first_name: str
    last_name: str
    name: str
    status: str
    role_id: int
    protected: bool
    account_version: int
    version: int
    hash: str | None
    must_change: bool
    directory: str
    password_min_length: int

    @classmethod
    def of(cls, found: Record | None) -> Self | None:
        """The account that a statement with `credentials/account` answered."""
        return None if found is None else cls(*(found[name] for name in cls._fields))


async def get(connection: Connection, directory_id: int, user_id: int) -> Account | None:
    """The account of a user; None: there is no such user."""
    return Account.of(
        await connection.fetchrow(sql("credentials/credential_get"), directory_id, user_id)
    )


async def set_password(
    connection: Connection, directory_id: int, account: Account, hash_: str, *, must_change: bool
) -> bool:
    """Store the hash of a new password, in one statement, if nothing has changed the account since.

    False: its password, mailbox or status have changed, or the user is not active. Nothing is
    stored then.
    """
    version = await connection.fetchval(
        sql("credentials/credential_set"),
        directory_id,
        account.user_id,
        account.version,
        account.account_version,
        hash_,
        must_change,
    )
    return version is not None
