import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class NoticeEvent(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    NOTICE_EVENT_UNSPECIFIED: _ClassVar[NoticeEvent]
    NOTICE_EVENT_CREATED: _ClassVar[NoticeEvent]
    NOTICE_EVENT_UPDATED: _ClassVar[NoticeEvent]
    NOTICE_EVENT_SUSPENDED: _ClassVar[NoticeEvent]
    NOTICE_EVENT_REACTIVATED: _ClassVar[NoticeEvent]
    NOTICE_EVENT_RESET_REQUESTED: _ClassVar[NoticeEvent]
    NOTICE_EVENT_PASSWORD_CHANGED: _ClassVar[NoticeEvent]
    NOTICE_EVENT_INVITED: _ClassVar[NoticeEvent]

class NoticeMail(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    NOTICE_MAIL_UNSPECIFIED: _ClassVar[NoticeMail]
    NOTICE_MAIL_NONE: _ClassVar[NoticeMail]
    NOTICE_MAIL_WELCOME: _ClassVar[NoticeMail]
    NOTICE_MAIL_RESET: _ClassVar[NoticeMail]
    NOTICE_MAIL_INVITATION: _ClassVar[NoticeMail]
    NOTICE_MAIL_LOGIN_DETAILS: _ClassVar[NoticeMail]
    NOTICE_MAIL_PASSWORD_CHANGED: _ClassVar[NoticeMail]

class NoticeState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    NOTICE_STATE_UNSPECIFIED: _ClassVar[NoticeState]
    NOTICE_STATE_PENDING: _ClassVar[NoticeState]
    NOTICE_STATE_SENT: _ClassVar[NoticeState]
    NOTICE_STATE_UNDELIVERABLE: _ClassVar[NoticeState]
    NOTICE_STATE_UNHANDLED: _ClassVar[NoticeState]
    NOTICE_STATE_IN_DOUBT: _ClassVar[NoticeState]
    NOTICE_STATE_EXPIRED: _ClassVar[NoticeState]
    NOTICE_STATE_RESENT: _ClassVar[NoticeState]
NOTICE_EVENT_UNSPECIFIED: NoticeEvent
NOTICE_EVENT_CREATED: NoticeEvent
NOTICE_EVENT_UPDATED: NoticeEvent
NOTICE_EVENT_SUSPENDED: NoticeEvent
NOTICE_EVENT_REACTIVATED: NoticeEvent
NOTICE_EVENT_RESET_REQUESTED: NoticeEvent
NOTICE_EVENT_PASSWORD_CHANGED: NoticeEvent
NOTICE_EVENT_INVITED: NoticeEvent
NOTICE_MAIL_UNSPECIFIED: NoticeMail
NOTICE_MAIL_NONE: NoticeMail
NOTICE_MAIL_WELCOME: NoticeMail
NOTICE_MAIL_RESET: NoticeMail
NOTICE_MAIL_INVITATION: NoticeMail
NOTICE_MAIL_LOGIN_DETAILS: NoticeMail
NOTICE_MAIL_PASSWORD_CHANGED: NoticeMail
NOTICE_STATE_UNSPECIFIED: NoticeState
NOTICE_STATE_PENDING: NoticeState
NOTICE_STATE_SENT: NoticeState
NOTICE_STATE_UNDELIVERABLE: NoticeState
NOTICE_STATE_UNHANDLED: NoticeState
NOTICE_STATE_IN_DOUBT: NoticeState
NOTICE_STATE_EXPIRED: NoticeState
NOTICE_STATE_RESENT: NoticeState

class NoticeCounts(_message.Message):
    __slots__ = ("pending", "sent", "undeliverable", "unhandled", "in_doubt", "expired", "resent")
    PENDING_FIELD_NUMBER: _ClassVar[int]
    SENT_FIELD_NUMBER: _ClassVar[int]
    UNDELIVERABLE_FIELD_NUMBER: _ClassVar[int]
    UNHANDLED_FIELD_NUMBER: _ClassVar[int]
    IN_DOUBT_FIELD_NUMBER: _ClassVar[int]
    EXPIRED_FIELD_NUMBER: _ClassVar[int]
    RESENT_FIELD_NUMBER: _ClassVar[int]
    pending: int
    sent: int
    undeliverable: int
    unhandled: int
    in_doubt: int
    expired: int
    resent: int
    def __init__(self, pending: _Optional[int] = ..., sent: _Optional[int] = ..., undeliverable: _Optional[int] = ..., unhandled: _Optional[int] = ..., in_doubt: _Optional[int] = ..., expired: _Optional[int] = ..., resent: _Optional[int] = ...) -> None: ...

class Notice(_message.Message):
    __slots__ = ("notice_id", "user_id", "employee_number", "event", "mail", "state", "reason", "attempts", "in_doubt", "line", "import_id", "create_time", "due_time", "settle_time")
    NOTICE_ID_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    EMPLOYEE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    MAIL_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    IN_DOUBT_FIELD_NUMBER: _ClassVar[int]
    LINE_FIELD_NUMBER: _ClassVar[int]
    IMPORT_ID_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    DUE_TIME_FIELD_NUMBER: _ClassVar[int]
    SETTLE_TIME_FIELD_NUMBER: _ClassVar[int]
    notice_id: str
    user_id: str
    employee_number: str
    event: NoticeEvent
    mail: NoticeMail
    state: NoticeState
    reason: str
    attempts: int
    in_doubt: bool
    line: int
    import_id: str
    create_time: _timestamp_pb2.Timestamp
    due_time: _timestamp_pb2.Timestamp
    settle_time: _timestamp_pb2.Timestamp
    def __init__(self, notice_id: _Optional[str] = ..., user_id: _Optional[str] = ..., employee_number: _Optional[str] = ..., event: _Optional[_Union[NoticeEvent, str]] = ..., mail: _Optional[_Union[NoticeMail, str]] = ..., state: _Optional[_Union[NoticeState, str]] = ..., reason: _Optional[str] = ..., attempts: _Optional[int] = ..., in_doubt: bool = ..., line: _Optional[int] = ..., import_id: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., due_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., settle_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
