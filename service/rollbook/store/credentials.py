"""Credentials: the hash of a user's password, and what links to the account are derived from."""

from collections.abc import Collection, Mapping
from dataclasses import astuple
from datetime import datetime
from typing import NamedTuple, Self

from rollbook.model import Lane, Mail
from rollbook.store.database import Connection, Record
from rollbook.store.statements import sql
from rollbook.store.users import Who


class Account(NamedTuple):
    """A user as credentials see one.

    `hash` None: no password. `generated_by`: the notice whose mail has the password; None: somebody
    chose it. One that was generated ends with a change of mailbox or status. `version` counts
    changes of the password, 0: there never was one; `account_version` those of mailbox and status.
    `must_change`: the next login is to choose another password. `first_login_at` None: the user has
    never got in.
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
    generated_by: int | None
    must_change: bool
    first_login_at: datetime | None
    directory: str
    password_min_length: int

    @classmethod
    def of(cls, found: Record | None) -> Self | None:
        """The account that a statement with `credentials/account` answered."""
        return None if found is None else cls(*(found[name] for name in cls._fields))


async def get(connection: Connection, directory_id: int, who: Who) -> Account | None:
    """The account of a user; None: there is no such user."""
    return Account.of(
        await connection.fetchrow(sql("credentials/credential_get"), directory_id, *astuple(who))
    )


async def of_users(
    connection: Connection, directory_id: int, ids: Collection[int]
) -> dict[int, Account]:
    """The accounts of users, by id; deleted users are missing."""
    rows = await connection.fetch(sql("credentials/accounts_get"), directory_id, list(ids))
    return {row["user_id"]: account for row in rows if (account := Account.of(row))}


async def set_password(
    connection: Connection,
    directory_id: int,
    account: Account,
    hash_: str,
    *,
    must_change: bool,
    whatever: bool = False,
    notify: bool = False,
    generated_by: int | None = None,
) -> bool:
    """Store the hash of a new password, in one statement, if nothing has changed the account since.

    False: its password, mailbox or status have changed, or the user is not active. Nothing is
    stored then. `whatever`: it is stored all the same. `notify`: notices of PASSWORD_CHANGED are
    written with it, to the user and to the mailbox that the account had with the old password.
    `generated_by`: the notice whose mail has the password.
    """
    version = await connection.fetchval(
        sql("credentials/credential_set"),
        directory_id,
        account.user_id,
        account.version,
        account.account_version,
        hash_,
        must_change,
        whatever,
        Mail.PASSWORD_CHANGED.lane if notify else None,
        generated_by,
    )
    return version is not None


async def end_links(connection: Connection, directory_id: int, account: Account) -> None:
    """End every link to the account, if its mailbox and status are as they were read."""
    await connection.execute(
        sql("credentials/links_end"), directory_id, account.user_id, account.account_version
    )


async def write_first(connection: Connection, directory_id: int, hashes: Mapping[int, str]) -> None:
    """Write the hashes of first passwords, by the ids of new users, in their transaction."""
    await connection.execute(
        sql("credentials/credentials_first"), directory_id, list(hashes), list(hashes.values())
    )


async def renew_hash(
    connection: Connection, directory_id: int, account: Account, hash_: str
) -> None:
    """Store another hash of the same password, unless the password was changed meanwhile."""
    await connection.execute(
        sql("credentials/credential_renew"),
        directory_id,
        account.user_id,
        account.version,
        hash_,
    )


async def got_in(connection: Connection, directory_id: int, account: Account) -> None:
    """Record that a user has logged in for the first time."""
    await connection.execute(sql("credentials/login_first"), directory_id, account.user_id)


async def ask_for_reset(
    connection: Connection, directory_id: int, who: Who, most: int
) -> int | None:
    """Write a notice of a link for an active user, in a transaction; the user's id.

    None: there is no such user, or `most` were written within the hour.
    """
    user_id = await connection.fetchval(
        sql("credentials/reset_holder"), directory_id, *astuple(who)
    )
    if user_id is None:
        return None
    written: int | None = await connection.fetchval(
        sql("credentials/reset_write"), directory_id, user_id, most, Mail.RESET.lane
    )
    return written


async def ask_for_login_details(connection: Connection, directory_id: int, user_id: int) -> bool:
    """Write a notice of login details, which somebody waits for; False: the user is not active."""
    written = await connection.fetchval(
        sql("credentials/login_details_write"), directory_id, user_id, Lane.URGENT
    )
    return written is not None
