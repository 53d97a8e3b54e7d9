"""Verifies passwords: the same work and the same answer, whatever is wrong."""

import asyncio
from dataclasses import dataclass

from rollbook.credentials.means import Means
from rollbook.errors import Reason, Refusal
from rollbook.store import credentials, users
from rollbook.store.credentials import Account
from rollbook.store.name_lookup import DirectoryRow
from rollbook.store.users import Who

_NOBODY = Who()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """Who somebody says they are, from which client; `client` '': not known.

    `who` None: no user can be called so.
    """

    who: Who | None
    client: str = ""


async def verify(
    means: Means, directory: DirectoryRow, attempt: Attempt, password: str
) -> Account | None:
    """The account that the password opens; None: none, for whatever reason.

    Raises:
        Refusal: RATE_LIMITED, too many others wait.
    """
    who = attempt.who or _NOBODY
    async with means.app.database.within(directory.id).connection() as connection:
        account = await credentials.get(connection, directory.id, who)
    user = f"{directory.id} {attempt.who}"
    await waited(means, user, attempt.client)
    active = account is not None and account.status == users.ACTIVE
    found = await means.hasher.check(account.hash if account and active else None, password)
    if account is None or not found.right:
        return None
    means.delays.succeeded(user, attempt.client)
    if account.first_login_at is None:
        async with means.app.database.within(directory.id).connection() as connection:
            await credentials.got_in(connection, directory.id, account)
    if found.renewed:
        async with means.app.database.within(directory.id).connection() as connection:
            await credentials.renew_hash(connection, directory.id, account, found.renewed)
    return account


async def waited(means: Means, user: str, client: str) -> None:
    """Count an attempt, and wait as long as its answer is to be delayed.

    `user` is the user's name as it was typed. Either is '' where it is not known.

    Raises:
        Refusal: RATE_LIMITED, too many others wait, or too many of this client.
    """
    seconds = means.delays.attempt(user, client)
    if not seconds:
        return
    if means.waiting.is_full(client):
        raise Refusal(
            Reason.RATE_LIMITED,
            "Too many logins fail at once; try again in a moment.",
            {"retry_after_s": "10"},
        )
    with means.waiting.place(client):
        await asyncio.sleep(seconds)
