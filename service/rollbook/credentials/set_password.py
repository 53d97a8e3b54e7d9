"""Sets passwords: by a link, by the old password, or by an administrator."""

import time
from dataclasses import dataclass

import structlog

from rollbook.access import Caller
from rollbook.credentials import links
from rollbook.credentials.login import Attempt, verify, waited
from rollbook.credentials.means import Means
from rollbook.credentials.policy import Person, Policy, refusal
from rollbook.credentials.sending import check_sent
from rollbook.credentials.tries import MOST_TRIES
from rollbook.errors import Reason, Refusal
from rollbook.model import Code, Field, Issue, Mail
from rollbook.store import Connection, credentials, staging, users
from rollbook.store.credentials import Account
from rollbook.store.name_lookup import DirectoryRow
from rollbook.store.users import Who
from rollbook.users.find import UserKey, find_user
from rollbook.users.policy import Deed, check_by_hand, standing

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


async def set_by_link(
    means: Means,
    directory: DirectoryRow,
    token: str,
    password: str,
    client: str = "",
) -> Account:
    """Set the password of the user whom the link is for; answers the account as it was.

    The link is used up by that, or by the last of `MOST_TRIES` passwords that are refused, which
    ends every link to the account.

    Raises:
        Refusal: TOKEN_REJECTED, the link is none, has expired, or the password, mailbox or status
            has changed since; PASSWORD_…, as `Policy.check`; RATE_LIMITED.
    """
    link = links.read(token)
    account = None
    if link is not None:
        async with means.app.database.within(directory.id).connection() as connection:
            account = await credentials.get(connection, directory.id, Who(id=link.user_id))
    if (
        link is None
        or account is None
        or account.status != users.ACTIVE
        or not links.verified(means.keys, link, holder(directory, account), time.time())
    ):
        if client:  # who guesses links
            await waited(means, "", client)
        raise _rejected()
    if means.tries.over(link):  # and the store was away when that was to end the links
        await _end_links(means, directory, account)
        raise _rejected()
    try:
        policy(account).check(password, person(account))
    except Refusal as weak:
        raise await _tried(means, directory, account, link, weak) from None
    await _store(means, directory, account, password)
    _log_set(directory, account, link.purpose.name.lower())
    return account


async def _tried(
    means: Means, directory: DirectoryRow, account: Account, link: links.Link, weak: Refusal
) -> Refusal:
    """What a link's weak password is refused with; the last one ends every link."""
    if means.tries.refused(link) < MOST_TRIES:
        return weak
    await _end_links(means, directory, account)
    text = f"{weak.message} This was the last of {MOST_TRIES} tries: ask for a new link."
    return Refusal(weak.reason, text, weak.facts)


async def _end_links(means: Means, directory: DirectoryRow, account: Account) -> None:
    async with means.app.database.within(directory.id).connection() as connection:
        await credentials.end_links(connection, directory.id, account)
    _log.info("links ended", directory=directory.name, user_id=account.user_id)


async def set_by_old(
    means: Means,
    directory: DirectoryRow,
    attempt: Attempt,
    old: str,
    password: str,
) -> Account:
    """Set the password of the user whose old one is given; answers the account as it was.

    Raises:
        Refusal: TOKEN_REJECTED, the user or the old password is wrong, or the user is suspended;
            PASSWORD_…, as `Policy.check`, or it is the old one; RATE_LIMITED.
    """
    account = await verify(means, directory, attempt, old)
    if account is None:
        raise _rejected()
    if (await means.hasher.check(account.hash, password)).right:
        message = "The new password is the old one: choose another."
        raise refusal([Issue(Code.PASSWORD_NOT_ALLOWED, Field.PASSWORD.value, message)])
    policy(account).check(password, person(account))
    await _store(means, directory, account, password)
    _log_set(directory, account, "old password")
    return account


@dataclass(frozen=True, slots=True, kw_only=True)
class ByAdministrator:
    """Who sets a password, and whether another is to be chosen at the next login."""

    caller: Caller
    must_change: bool


async def set_by_administrator(
    means: Means, directory: DirectoryRow, key: UserKey, password: str, by: ByAdministrator
) -> Account:
    """Set the password of a user, also of a suspended one; answers the account as it was.

    Raises:
        Refusal: as `find_user` and `users.policy.check_by_hand`; PASSWORD_…; RATE_LIMITED.
    """
    within = means.app.database.within(directory.id)
    async with within.connection() as connection:
        account = await _permitted(connection, directory, key, by.caller)
    policy(account).check(password, person(account))
    hash_ = await means.hasher.hash(password)
    async with within.transaction() as connection:
        account = await _permitted(connection, directory, key, by.caller)
        await credentials.set_password(
            connection,
            directory.id,
            account,
            hash_,
            must_change=by.must_change,
            whatever=True,
            notify=True,
        )
    means.app.noticed.ring()
    _log_set(directory, account, "administrator", principal=by.caller.principal)
    return account


async def mail_login_details(
    means: Means, directory: DirectoryRow, key: UserKey, password: str, by: ByAdministrator
) -> Account:
    """Ask for login details by mail, with a password that is made when the mail is sent.

    Nobody but the user gets to know it, and it must be changed at the first login: `password` is
    to be empty, and `by.must_change` true. Answers the account, which is as it was until then.

    Raises:
        Refusal: INVALID_OPTIONS, as `check_sent`, or the mail cannot be as it is asked for; as
            `find_user` and `users.policy.check_by_hand`.
    """
    if password:
        raise _no_details("new_password", "A password that you choose is never mailed.")
    if not by.must_change:
        raise _no_details("must_change", "A password that is mailed must be changed.")
    check_sent(means.app.settings, means.app.plugins, Mail.LOGIN_DETAILS)
    async with means.app.database.within(directory.id).transaction() as connection:
        account = await _permitted(connection, directory, key, by.caller)
        if not await credentials.ask_for_login_details(connection, directory.id, account.user_id):
            raise _no_details("user", "This user is suspended: reactivate the user first.")
    means.app.noticed.ring()
    _log.info(
        "login details asked for",
        directory=directory.name,
        user_id=account.user_id,
        principal=by.caller.principal,
    )
    return account


def _no_details(option: str, why: str) -> Refusal:
    message = f"With mail_login_details the service makes the password. {why}"
    return Refusal(Reason.INVALID_OPTIONS, message, {"option": option})


async def _permitted(
    connection: Connection, directory: DirectoryRow, key: UserKey, caller: Caller
) -> Account:
    """The account, whose password the caller may set."""
    row = await find_user(connection, directory.id, key)
    room = await staging.room(connection, directory.id)
    check_by_hand(Deed.PASSWORD, standing(row, room, caller), caller)
    account = await credentials.get(connection, directory.id, Who(id=row.id))
    if account is None:
        raise _rejected()
    return account


async def _store(means: Means, directory: DirectoryRow, account: Account, password: str) -> None:
    """Store the user's own choice, if the account is still as it was read."""
    hash_ = await means.hasher.hash(password)
    async with means.app.database.within(directory.id).connection() as connection:
        stored = await credentials.set_password(
            connection, directory.id, account, hash_, must_change=False, notify=True
        )
    if not stored:
        raise _rejected()
    means.app.noticed.ring()


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


def _log_set(directory: DirectoryRow, account: Account, by: str, **facts: str) -> None:
    _log.info("password set", directory=directory.name, user_id=account.user_id, by=by, **facts)


def _rejected() -> Refusal:
    """The same for every link, and every old password, that does not open the account."""
    return Refusal(
        Reason.TOKEN_REJECTED,
        "This link, or this old password, does not open an account: it is wrong, used, expired, or "
        "the account has changed. Ask for a new link.",
    )
