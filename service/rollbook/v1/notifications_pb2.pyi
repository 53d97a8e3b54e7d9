from rollbook.v1 import notices_pb2 as _notices_pb2
from rollbook.v1 import users_pb2 as _users_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RecordBounceRequest(_message.Message):
    __slots__ = ("directory", "notice_id", "status", "reason")
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    NOTICE_ID_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    directory: str
    notice_id: str
    status: str
    reason: str
    def __init__(self, directory: _Optional[str] = ..., notice_id: _Optional[str] = ..., status: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class RecordBounceResponse(_message.Message):
    __slots__ = ("notice", "recorded")
    NOTICE_FIELD_NUMBER: _ClassVar[int]
    RECORDED_FIELD_NUMBER: _ClassVar[int]
    notice: _notices_pb2.Notice
    recorded: bool
    def __init__(self, notice: _Optional[_Union[_notices_pb2.Notice, _Mapping]] = ..., recorded: bool = ...) -> None: ...

class ResendNoticesRequest(_message.Message):
    __slots__ = ("directory", "states", "import_id", "user", "notice_id", "everybody", "validate_only", "page_size", "page_token")
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    IMPORT_ID_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    NOTICE_ID_FIELD_NUMBER: _ClassVar[int]
    EVERYBODY_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    directory: str
    states: _containers.RepeatedScalarFieldContainer[_notices_pb2.NoticeState]
    import_id: str
    user: _users_pb2.UserKey
    notice_id: str
    everybody: bool
    validate_only: bool
    page_size: int
    page_token: str
    def __init__(self, directory: _Optional[str] = ..., states: _Optional[_Iterable[_Union[_notices_pb2.NoticeState, str]]] = ..., import_id: _Optional[str] = ..., user: _Optional[_Union[_users_pb2.UserKey, _Mapping]] = ..., notice_id: _Optional[str] = ..., everybody: bool = ..., validate_only: bool = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ResendNoticesResponse(_message.Message):
    __slots__ = ("resent", "too_soon", "user_gone", "next_page_token", "has_password", "not_active")
    RESENT_FIELD_NUMBER: _ClassVar[int]
    TOO_SOON_FIELD_NUMBER: _ClassVar[int]
    USER_GONE_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    HAS_PASSWORD_FIELD_NUMBER: _ClassVar[int]
    NOT_ACTIVE_FIELD_NUMBER: _ClassVar[int]
    resent: _notices_pb2.NoticeCounts
    too_soon: int
    user_gone: int
    next_page_token: str
    has_password: int
    not_active: int
    def __init__(self, resent: _Optional[_Union[_notices_pb2.NoticeCounts, _Mapping]] = ..., too_soon: _Optional[int] = ..., user_gone: _Optional[int] = ..., next_page_token: _Optional[str] = ..., has_password: _Optional[int] = ..., not_active: _Optional[int] = ...) -> None: ...
