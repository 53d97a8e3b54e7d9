"""Sets a password by a link, which is used up in the same statement."""

import time

import structlog

from rollbook.context import AppContext
from rollbook.credentials import links
from rollbook.credentials.means import Means
from rollbook.credentials.policy import Person, Policy
from rollbook.errors import Reason, Refusal
from rollbook.store import credentials, users
from rollbook.store.credentials import Account
from rollbook.store.name_lookup import DirectoryRow

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


async def set_by_link(
    app: AppContext, means: Means, directory: DirectoryRow, token: str, password: str
) -> Account:
    """Set the password of the user whom the link is for; answers the account as it was.

    The link is used up by that alone: a password that is refused leaves it as it was.

    Raises:
        Refusal: TOKEN_REJECTED, the link is none, has expired, or the password, mailbox or status
            has changed since; PASSWORD_…, as `Policy.check`; RATE_LIMITED.
    """
    link = links.read(token)
    if link is None:
        raise rejected()
    within = app.database.within(directory.id)
    async with within.connection() as connection:
        account = await credentials.get(connection, directory.id, link.user_id)
    if account is None or account.status != users.ACTIVE:
        raise rejected()
    if not links.verified(means.keys, link, holder(directory, account), time.time()):
        raise rejected()
    policy(account).check(password, person(account))
    hash_ = await means.hasher.hash(password)
    async with within.connection() as connection:
        stored = await credentials.set_password(
            connection, directory.id, account, hash_, must_change=False
        )
    if not stored:
        raise rejected()
    _log.info(
        "password set",
        directory=directory.name,
        user_id=account.user_id,
        by=link.purpose.name.lower(),
    )
    return account


def holder(directory: DirectoryRow, account: Account) -> links.Holder:
    """What a link to the account is derived from."""
    return links.Holder(directory.id, account.user_id, account.version, account.account_version)


def policy(account: Account) -> Policy:
    """The policy of the account's directory."""
    return Policy(directory=account.directory, least_length=account.password_min_length)


def person(account: Account) -> Person:
    """Whose password it is."""
    return Person(
        employee_number=account.employee_number,
        email=account.email,
        username=account.username,
        first_name=account.first_name,
        last_name=account.last_name,
        name=account.name,
    )


def rejected() -> Refusal:
    """The same for every link, and every old password, that does not open the account."""
    return Refusal(
        Reason.TOKEN_REJECTED,
        "This link, or this old password, does not open an account: it is wrong, used, expired, or "
        "the account has changed. Ask for a new link.",
    )
