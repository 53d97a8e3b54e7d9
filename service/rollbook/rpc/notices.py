"""Converts notices to messages, and the events in a request to values."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from google.protobuf.timestamp_pb2 import Timestamp

from rollbook.checking.request_text import REQUEST
from rollbook.model import Event, Mail, NoticeState
from rollbook.model.notices import SUBSCRIBED
from rollbook.store.notices import NoticeRow
from rollbook.users.find import opaque_id
from rollbook.v1 import notices_pb2 as v1

_EVENTS = {
    Event.CREATED: v1.NOTICE_EVENT_CREATED,
    Event.UPDATED: v1.NOTICE_EVENT_UPDATED,
    Event.SUSPENDED: v1.NOTICE_EVENT_SUSPENDED,
    Event.REACTIVATED: v1.NOTICE_EVENT_REACTIVATED,
    Event.RESET_REQUESTED: v1.NOTICE_EVENT_RESET_REQUESTED,
    Event.PASSWORD_CHANGED: v1.NOTICE_EVENT_PASSWORD_CHANGED,
    Event.INVITED: v1.NOTICE_EVENT_INVITED,
}
_EVENT_NAMES = {number: event for event, number in _EVENTS.items() if event in SUBSCRIBED}
MAILS = {
    Mail.NONE: v1.NOTICE_MAIL_NONE,
    Mail.WELCOME: v1.NOTICE_MAIL_WELCOME,
    Mail.RESET: v1.NOTICE_MAIL_RESET,
    Mail.INVITATION: v1.NOTICE_MAIL_INVITATION,
    Mail.LOGIN_DETAILS: v1.NOTICE_MAIL_LOGIN_DETAILS,
    Mail.PASSWORD_CHANGED: v1.NOTICE_MAIL_PASSWORD_CHANGED,
}
_STATES = {
    NoticeState.PENDING: v1.NOTICE_STATE_PENDING,
    NoticeState.SENT: v1.NOTICE_STATE_SENT,
    NoticeState.UNDELIVERABLE: v1.NOTICE_STATE_UNDELIVERABLE,
    NoticeState.UNHANDLED: v1.NOTICE_STATE_UNHANDLED,
    NoticeState.IN_DOUBT: v1.NOTICE_STATE_IN_DOUBT,
    NoticeState.EXPIRED: v1.NOTICE_STATE_EXPIRED,
    NoticeState.RESENT: v1.NOTICE_STATE_RESENT,
}
_STATE_NAMES = {number: state for state, number in _STATES.items()}


def message(row: NoticeRow) -> v1.Notice:
    """A notice on the wire."""
    pending = row.state is NoticeState.PENDING
    return v1.Notice(
        notice_id=str(row.key),
        user_id=opaque_id(row.user_id),
        employee_number=row.employee_number,
        event=_EVENTS[row.event],
        mail=MAILS[row.mail],
        state=_STATES[row.state],
        reason=row.reason,
        attempts=row.attempts,
        in_doubt=row.in_doubt,
        line=row.line,
        import_id=str(row.import_id or ""),
        create_time=_time(row.created_at),
        due_time=_time(row.due_at) if pending else None,
        settle_time=_time(row.settled_at) if row.settled_at else None,
    )


def counts_message(counts: Mapping[NoticeState, int]) -> v1.NoticeCounts | None:
    """How many stand where; None: there are none at all."""
    if not counts:
        return None
    return v1.NoticeCounts(**{state.value: count for state, count in counts.items()})


def state(number: int) -> NoticeState | None:
    """The state that is asked for; None: any.

    Raises:
        Refusal: INVALID_OPTIONS, there is none of that number.
    """
    if not number:
        return None
    if number not in _STATE_NAMES:
        raise REQUEST.wrong("state", f"state = {number} is none of this version.")
    return _STATE_NAMES[number]  # type: ignore[index]  # asked just now


def events(numbers: Iterable[int]) -> tuple[Event, ...]:
    """The events that a directory reports, each once, in their own order.

    Raises:
        Refusal: INVALID_OPTIONS, there is none of that number.
    """
    given = set(numbers)
    if unknown := given - _EVENT_NAMES.keys():
        raise REQUEST.wrong("notices", f"There is no event {min(unknown)}.")
    return tuple(event for event, number in _EVENTS.items() if number in given)


def event_numbers(names: Iterable[str]) -> list[v1.NoticeEvent]:
    """Events as they are stored, on the wire."""
    return [_EVENTS[Event(name)] for name in names]


def _time(at: datetime) -> Timestamp:
    timestamp = Timestamp()
    timestamp.FromDatetime(at)
    return timestamp
