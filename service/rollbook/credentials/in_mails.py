"""Makes what a mail opens an account with, anew at each attempt, so that nothing of it is stored.

A repeat of a mail that may have gone out has the same link or password. A mail that surely has not
gone out gets a link with a whole life: an outage of the relay uses up none of it.
"""

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import NamedTuple

import structlog

from rollbook.credentials import links
from rollbook.credentials.links import Holder, Purpose
from rollbook.credentials.means import Means
from rollbook.credentials.sending import missing
from rollbook.hooks import Credential
from rollbook.model import Mail
from rollbook.store import StoreError, Unavailable, credentials, users
from rollbook.store.credentials import Account
from rollbook.store.notices import ClaimedRow

_HOUR = 3600
LIFE_S: Mapping[Mail, int] = {Mail.INVITATION: 7 * 24 * _HOUR, Mail.RESET: _HOUR}
"""Seconds for which a link is good, from the first attempt that may have gone out."""
_PURPOSES = {Mail.INVITATION: Purpose.INVITATION, Mail.RESET: Purpose.RESET}

SUSPENDED = "the user is suspended"
CHANGED = "the password has been set since"
TOO_OLD = "its link is no longer good"
_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


class Pointless(NamedTuple):
    """Why a mail is not sent any more."""

    reason: str


@dataclass(slots=True)
class Made:
    """What was made, by the ids of the notices.

    `pointless`: their accounts have changed. `unsendable`: this server lacks something. A notice
    that is nowhere here is tried again later: its account could not be read or written.
    """

    credentials: dict[int, Credential] = field(default_factory=dict, repr=False)
    pointless: dict[int, Pointless] = field(default_factory=dict)
    unsendable: set[int] = field(default_factory=set)


async def make_credentials(means: Means, rows: Iterable[ClaimedRow]) -> Made:
    """Make the credential of each of these notices, whose mails open accounts.

    Stores the hash of a generated password before it answers.

    Raises:
        Unavailable: the database is away; ask again, and the answer is the same.
    """
    made = Made()
    wanted: defaultdict[int, list[ClaimedRow]] = defaultdict(list)
    for row in rows:
        if missing(means.app.settings, means.app.plugins, row.mail) or not means.keys:
            made.unsendable.add(row.id)
        else:
            wanted[row.directory_id].append(row)
    for directory_id, of_directory in wanted.items():
        try:
            await _of_directory(means, directory_id, of_directory, made)
        except Unavailable:
            raise
        except StoreError:
            _log.exception("mails with credentials are tried again", directory_id=directory_id)
    return made


async def _of_directory(
    means: Means, directory_id: int, rows: Sequence[ClaimedRow], made: Made
) -> None:
    find = partial(
        credentials.of_users, directory_id=directory_id, ids=[row.user_id for row in rows]
    )
    accounts = await means.app.database.within(directory_id).ask(find)
    for row in rows:
        account = accounts.get(row.user_id)
        if account is None:  # the user is gone, as delivery finds out itself
            continue
        if account.status != users.ACTIVE:
            found: Credential | Pointless | None = Pointless(SUSPENDED)
        elif row.mail is Mail.LOGIN_DETAILS:
            found = await _login_details(means, row, account)
        else:
            found = _link(means, row, account)
        match found:
            case Credential():
                made.credentials[row.id] = found
            case Pointless():
                made.pointless[row.id] = found


def _link(means: Means, row: ClaimedRow, account: Account) -> Credential | Pointless:
    if account.version != row.password_version:
        return Pointless(CHANGED)
    expires = int(row.opens_from.timestamp()) + LIFE_S[row.mail]
    if expires <= time.time():
        return Pointless(TOO_OLD)
    holder = Holder(row.directory_id, account.user_id, account.version, account.account_version)
    token = links.token(means.keys[0], holder, _PURPOSES[row.mail], expires)
    return Credential(
        link=links.url(means.app.settings, row.directory, token),
        expires_at=datetime.fromtimestamp(expires, UTC),
    )


async def _login_details(
    means: Means, row: ClaimedRow, account: Account
) -> Credential | Pointless | None:
    """A generated password, whose hash is stored when this answers; None: try again later.

    It is derived from the notice and the mailbox, so that an attempt after a crash finds its own
    hash. A password that nobody can have, or whose mailbox has changed, is made anew.
    """
    own = account.generated_by == row.id
    if account.version != row.password_version and not own:
        return Pointless(CHANGED)
    least = account.password_min_length
    if own and account.hash:
        found = await _again(means, row, account, [least])
        if found is None and row.may_be_out:  # the directory's least length was another then
            found = await _again(means, row, account, links.GENERATED_LENGTHS)
        if found or row.may_be_out:
            return found or Pointless(CHANGED)
    password = links.generated_password(means.keys[0], *_derived_from(row, account), least)
    hash_ = await means.hasher.hash_in_bulk(password)
    async with means.app.database.within(row.directory_id).connection() as connection:
        stored = await credentials.set_password(
            connection, row.directory_id, account, hash_, must_change=True, generated_by=row.id
        )
    return Credential(password=password) if stored else None


async def _again(
    means: Means, row: ClaimedRow, account: Account, lengths: Iterable[int]
) -> Credential | None:
    """The password that an earlier attempt made, if the directory asked for one of these lengths.

    It may be of any key.
    """
    for least in lengths:
        for key in means.keys:
            password = links.generated_password(key, *_derived_from(row, account), least)
            if (await means.hasher.check(account.hash, password, bulk=True)).right:
                return Credential(password=password)
    return None


def _derived_from(row: ClaimedRow, account: Account) -> tuple[Holder, int]:
    whose = row.directory_id, account.user_id, row.password_version, account.account_version
    return Holder(*whose), int(row.created_at.timestamp())
