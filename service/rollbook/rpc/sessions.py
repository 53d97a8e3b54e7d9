"""SessionService: converts messages of sessions."""

from datetime import datetime

from google.protobuf.timestamp_pb2 import Timestamp

from rollbook.access.sessions import Opened, end_session, open_session
from rollbook.credentials.means import Means
from rollbook.credentials.sign_in import sign_in
from rollbook.rpc.credentials import NAMES, attempt_of
from rollbook.rpc.wire.servicer import Part, caller, directory_of
from rollbook.rpc.wire.status import Context
from rollbook.users.find import opaque_id
from rollbook.v1 import sessions_pb2 as v1
from rollbook.v1.credentials_pb2 import LOGIN_RESULT_MUST_CHANGE, LOGIN_RESULT_NO, LOGIN_RESULT_OK


class SessionService(Part):
    """See the contract."""

    def __init__(self, means: Means):
        super().__init__(means.app)
        self._means = means

    async def CreateSession(
        self, request: v1.CreateSessionRequest, _context: Context
    ) -> v1.CreateSessionResponse:
        """See the contract."""
        if not request.HasField("user"):
            return _opened(await open_session(self._app, caller()))
        user = request.user
        directory = await directory_of(self._app, user.directory)
        attempt = attempt_of(user.user, user.client, NAMES)
        found = await sign_in(self._means, caller(), directory, attempt, user.password)
        if found.opened:
            return _opened(found.opened)
        result = LOGIN_RESULT_NO if found.account is None else LOGIN_RESULT_MUST_CHANGE
        return v1.CreateSessionResponse(result=result)

    async def GetCaller(
        self, _request: v1.GetCallerRequest, _context: Context
    ) -> v1.GetCallerResponse:
        """See the contract."""
        found = caller()
        return v1.GetCallerResponse(
            principal=found.principal,
            scopes=sorted(found.scopes),
            directories=sorted(found.directories or ()),
            all_directories=found.directories is None,
            user_id=opaque_id(found.user_id) if found.user_id else "",
            session=bool(found.session_hash),
            expire_time=_timestamp(found.expires_at) if found.expires_at else None,
        )

    async def EndSession(
        self, _request: v1.EndSessionRequest, _context: Context
    ) -> v1.EndSessionResponse:
        """See the contract."""
        await end_session(self._app, caller())
        return v1.EndSessionResponse()


def _opened(opened: Opened) -> v1.CreateSessionResponse:
    ends = _timestamp(opened.expires_at)
    return v1.CreateSessionResponse(result=LOGIN_RESULT_OK, secret=opened.secret, expire_time=ends)


def _timestamp(at: datetime) -> Timestamp:
    timestamp = Timestamp()
    timestamp.FromDatetime(at)
    return timestamp
