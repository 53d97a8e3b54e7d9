"""Signs users in: a right password, and a grant that says what the user may do."""

from typing import NamedTuple

from rollbook.access.caller import Caller, denied
from rollbook.access.scopes import Scope
from rollbook.access.sessions import Opened, make
from rollbook.credentials.login import Attempt, verify
from rollbook.credentials.means import Means
from rollbook.errors import Reason, Refusal
from rollbook.store import sessions
from rollbook.store.credentials import Account
from rollbook.store.name_lookup import DirectoryRow
from rollbook.store.sessions import NewSession


class SignedIn(NamedTuple):
    """What a login came to. `account` None: no; `opened` None: there is no session."""

    account: Account | None = None
    opened: Opened | None = None


async def sign_in(
    means: Means, caller: Caller, directory: DirectoryRow, attempt: Attempt, password: str
) -> SignedIn:
    """Open a session for a user; none where the password is wrong or must be changed first.

    It has the rights of the newest grant of the user's that is in force.

    Raises:
        Refusal: PERMISSION_DENIED, the caller may verify no passwords, or the password is right
            and the user has no grant; RATE_LIMITED.
    """
    if caller.session_hash or not caller.may(Scope.CREDENTIALS_VERIFY):
        raise denied()
    account = await verify(means, directory, attempt, password)
    if account is None or account.must_change:
        return SignedIn(account)
    async with means.app.database.transaction() as connection:
        grant = await sessions.grant_of(connection, account.user_id, directory.id)
        if grant is None:
            raise Refusal(
                Reason.PERMISSION_DENIED,
                "The password is right, but no grant lets this user sign in here: ask an "
                "administrator for one.",
                {"grant": "none"},
            )
        opened = await make(connection, _session(means, directory, account, grant))
    return SignedIn(account, opened)


def _session(
    means: Means, directory: DirectoryRow, account: Account, grant: sessions.Grant
) -> NewSession:
    return NewSession(
        hash=b"",
        token_hash=grant.token_hash,
        principal=grant.principal,
        hours=means.app.settings.session_hours,
        until=grant.expires_at,
        directory_id=directory.id,
        user_id=account.user_id,
        password_version=account.version,
        account_version=account.account_version,
    )
