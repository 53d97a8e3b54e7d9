"""What the parts of a servicer share: the context, the caller, the directory of a request.

The auth interceptor sets the caller of each call.
"""

from contextvars import ContextVar
from datetime import UTC, datetime

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from rollbook.access import Caller, enter
from rollbook.checking.request_text import REQUEST
from rollbook.context import AppContext
from rollbook.store.name_lookup import DirectoryRow

_CALLER: ContextVar[Caller] = ContextVar("caller")


def admit(caller: Caller) -> None:
    """Set the caller of this call. gRPC runs each call in its own task, and so in its context."""
    _CALLER.set(caller)


def principal() -> str:
    """The name of the caller; empty if the call is not authenticated."""
    known = _CALLER.get(None)
    return known.principal if known else ""


def caller() -> Caller:
    """The caller."""
    return _CALLER.get()


class Part:
    """The methods of one noun; a service is the class of all its parts."""

    def __init__(self, app: AppContext):
        self._app = app


async def directory_of(app: AppContext, name: str) -> DirectoryRow:
    """The directory that a request names, as `enter` finds it for the caller of the call."""
    return await enter(app, caller(), name)


def time_of(request: Message, field: str) -> datetime | None:
    """A time that a request names; None: it names none.

    Raises:
        Refusal: INVALID_OPTIONS, it is out of the range of times.
    """
    if not request.HasField(field):
        return None
    timestamp: Timestamp = getattr(request, field)
    try:
        return timestamp.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise REQUEST.wrong(field, f"{field} is no time from the years 1 to 9999.") from None
