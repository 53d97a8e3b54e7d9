"""CredentialService: calls `rollbook.credentials` for each request."""

from rollbook.checking.request_text import REQUEST
from rollbook.credentials import policy
from rollbook.credentials.login import Attempt, verify
from rollbook.credentials.means import Means
from rollbook.credentials.resets import ResetRequests
from rollbook.credentials.set_password import (
    ByAdministrator,
    mail_login_details,
    set_by_administrator,
    set_by_link,
    set_by_old,
)
from rollbook.model.passwords import MOST_BYTES, MOST_LENGTH
from rollbook.rpc.users.messages import key_of
from rollbook.rpc.wire.servicer import Part, caller, directory_of
from rollbook.rpc.wire.status import Context
from rollbook.store import directories
from rollbook.users.find import opaque_id, who_of
from rollbook.v1 import credentials_pb2 as v1
from rollbook.v1.users_pb2 import UserKey

NAMES = ("username", "email")
"""What people say who they are by."""
_KEYS = (*NAMES, "user_id", "employee_number")


class CredentialService(Part):
    """See the contract."""

    def __init__(self, means: Means):
        super().__init__(means.app)
        self._means = means
        self._resets = ResetRequests(means)

    async def VerifyPassword(
        self, request: v1.VerifyPasswordRequest, _context: Context
    ) -> v1.VerifyPasswordResponse:
        """See the contract."""
        directory = await directory_of(self._app, request.directory)
        attempt = attempt_of(request.user, request.client, NAMES)
        account = await verify(self._means, directory, attempt, request.password)
        if account is None:
            return v1.VerifyPasswordResponse(result=v1.LOGIN_RESULT_NO)
        result = v1.LOGIN_RESULT_MUST_CHANGE if account.must_change else v1.LOGIN_RESULT_OK
        return v1.VerifyPasswordResponse(result=result, user_id=opaque_id(account.user_id))

    async def RequestPasswordReset(
        self, request: v1.RequestPasswordResetRequest, _context: Context
    ) -> v1.RequestPasswordResetResponse:
        """See the contract."""
        directory = await directory_of(self._app, request.directory)
        await self._resets.ask(directory, attempt_of(request.user, request.client, _KEYS))
        return v1.RequestPasswordResetResponse()

    async def SetPassword(
        self, request: v1.SetPasswordRequest, _context: Context
    ) -> v1.SetPasswordResponse:
        """See the contract."""
        directory = await directory_of(self._app, request.directory)
        client = REQUEST.text("client", request.client)
        match request.WhichOneof("proof"):
            case "link_token":
                account = await set_by_link(
                    self._means, directory, request.link_token, request.new_password, client
                )
            case "old":
                attempt = attempt_of(request.old.user, request.client, NAMES)
                account = await set_by_old(
                    self._means, directory, attempt, request.old.password, request.new_password
                )
            case _:
                raise REQUEST.wrong("proof", "Send a link_token, or the old password.")
        return v1.SetPasswordResponse(user_id=opaque_id(account.user_id))

    async def SetUserPassword(
        self, request: v1.SetUserPasswordRequest, _context: Context
    ) -> v1.SetUserPasswordResponse:
        """See the contract."""
        directory = await directory_of(self._app, request.directory)
        by = ByAdministrator(
            caller=caller(),
            must_change=request.must_change if request.HasField("must_change") else True,
        )
        write = mail_login_details if request.mail_login_details else set_by_administrator
        account = await write(
            self._means, directory, key_of(request.user), request.new_password, by
        )
        return v1.SetUserPasswordResponse(user_id=opaque_id(account.user_id))

    async def GetPasswordPolicy(
        self, request: v1.GetPasswordPolicyRequest, _context: Context
    ) -> v1.GetPasswordPolicyResponse:
        """See the contract."""
        directory = await directory_of(self._app, request.directory)
        async with self._app.database.within(directory.id).connection() as connection:
            settings = (await directories.facts(connection, directory.id)).settings
        return v1.GetPasswordPolicyResponse(
            min_length=settings.password_min_length,
            max_length=MOST_LENGTH,
            max_bytes=MOST_BYTES,
            rules=policy.rules(settings.password_min_length),
        )

    async def drain(self) -> None:
        """Wait until the links that were asked for are written."""
        await self._resets.drain()


def attempt_of(key: UserKey, client: str, kinds: tuple[str, ...]) -> Attempt:
    """Whom a request is about, by one of these keys."""
    who = key_of(key)
    if who.kind not in kinds:
        raise REQUEST.wrong("user", f"Name the user by {' or '.join(kinds)}.")
    return Attempt(who=who_of(who), client=REQUEST.text("client", client))
