import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from rollbook.v1 import imports_pb2 as _imports_pb2
from rollbook.v1 import notices_pb2 as _notices_pb2
from rollbook.v1 import options_pb2 as _options_pb2
from rollbook.v1 import results_pb2 as _results_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class UserStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    USER_STATUS_UNSPECIFIED: _ClassVar[UserStatus]
    USER_STATUS_ACTIVE: _ClassVar[UserStatus]
    USER_STATUS_SUSPENDED: _ClassVar[UserStatus]
    USER_STATUS_SUSPENDED_BY_SYNC: _ClassVar[UserStatus]

class PasswordState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PASSWORD_STATE_UNSPECIFIED: _ClassVar[PasswordState]
    PASSWORD_STATE_NONE: _ClassVar[PasswordState]
    PASSWORD_STATE_MUST_CHANGE: _ClassVar[PasswordState]
    PASSWORD_STATE_SET: _ClassVar[PasswordState]

class InvitationKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    INVITATION_KIND_UNSPECIFIED: _ClassVar[InvitationKind]
    INVITATION_KIND_LINK: _ClassVar[InvitationKind]
    INVITATION_KIND_LOGIN_DETAILS: _ClassVar[InvitationKind]

class UserChangeKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    USER_CHANGE_KIND_UNSPECIFIED: _ClassVar[UserChangeKind]
    USER_CHANGE_KIND_CREATED: _ClassVar[UserChangeKind]
    USER_CHANGE_KIND_UPDATED: _ClassVar[UserChangeKind]
    USER_CHANGE_KIND_SUSPENDED: _ClassVar[UserChangeKind]
    USER_CHANGE_KIND_REACTIVATED: _ClassVar[UserChangeKind]
USER_STATUS_UNSPECIFIED: UserStatus
USER_STATUS_ACTIVE: UserStatus
USER_STATUS_SUSPENDED: UserStatus
USER_STATUS_SUSPENDED_BY_SYNC: UserStatus
PASSWORD_STATE_UNSPECIFIED: PasswordState
PASSWORD_STATE_NONE: PasswordState
PASSWORD_STATE_MUST_CHANGE: PasswordState
PASSWORD_STATE_SET: PasswordState
INVITATION_KIND_UNSPECIFIED: InvitationKind
INVITATION_KIND_LINK: InvitationKind
INVITATION_KIND_LOGIN_DETAILS: InvitationKind
USER_CHANGE_KIND_UNSPECIFIED: UserChangeKind
USER_CHANGE_KIND_CREATED: UserChangeKind
USER_CHANGE_KIND_UPDATED: UserChangeKind
USER_CHANGE_KIND_SUSPENDED: UserChangeKind
USER_CHANGE_KIND_REACTIVATED: UserChangeKind

class UserKey(_message.Message):
    __slots__ = ("user_id", "employee_number", "email", "username")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    EMPLOYEE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    EMAIL_FIELD_NUMBER: _ClassVar[int]
    USERNAME_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    employee_number: str
    email: str
    username: str
    def __init__(self, user_id: _Optional[str] = ..., employee_number: _Optional[str] = ..., email: _Optional[str] = ..., username: _Optional[str] = ...) -> None: ...

class UserLocks(_message.Message):
    __slots__ = ("role", "location", "protected")
    ROLE_FIELD_NUMBER: _ClassVar[int]
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    PROTECTED_FIELD_NUMBER: _ClassVar[int]
    role: bool
    location: bool
    protected: bool
    def __init__(self, role: bool = ..., location: bool = ..., protected: bool = ...) -> None: ...

class User(_message.Message):
    __slots__ = ("user_id", "employee_number", "email", "username", "first_name", "last_name", "name", "role", "location", "organizational_unit", "job_title", "department", "phone", "attributes", "change_password_next_time", "status", "locks", "source", "created_import", "updated_import", "create_time", "update_time", "version", "last_notice", "sources", "password_state", "first_login_time")
    class AttributesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    EMPLOYEE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    EMAIL_FIELD_NUMBER: _ClassVar[int]
    USERNAME_FIELD_NUMBER: _ClassVar[int]
    FIRST_NAME_FIELD_NUMBER: _ClassVar[int]
    LAST_NAME_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    ORGANIZATIONAL_UNIT_FIELD_NUMBER: _ClassVar[int]
    JOB_TITLE_FIELD_NUMBER: _ClassVar[int]
    DEPARTMENT_FIELD_NUMBER: _ClassVar[int]
    PHONE_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTES_FIELD_NUMBER: _ClassVar[int]
    CHANGE_PASSWORD_NEXT_TIME_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    LOCKS_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    CREATED_IMPORT_FIELD_NUMBER: _ClassVar[int]
    UPDATED_IMPORT_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    LAST_NOTICE_FIELD_NUMBER: _ClassVar[int]
    SOURCES_FIELD_NUMBER: _ClassVar[int]
    PASSWORD_STATE_FIELD_NUMBER: _ClassVar[int]
    FIRST_LOGIN_TIME_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    employee_number: str
    email: str
    username: str
    first_name: str
    last_name: str
    name: str
    role: str
    location: str
    organizational_unit: str
    job_title: str
    department: str
    phone: str
    attributes: _containers.ScalarMap[str, str]
    change_password_next_time: bool
    status: UserStatus
    locks: UserLocks
    source: str
    created_import: str
    updated_import: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    version: int
    last_notice: _notices_pb2.Notice
    sources: _containers.RepeatedScalarFieldContainer[str]
    password_state: PasswordState
    first_login_time: _timestamp_pb2.Timestamp
    def __init__(self, user_id: _Optional[str] = ..., employee_number: _Optional[str] = ..., email: _Optional[str] = ..., username: _Optional[str] = ..., first_name: _Optional[str] = ..., last_name: _Optional[str] = ..., name: _Optional[str] = ..., role: _Optional[str] = ..., location: _Optional[str] = ..., organizational_unit: _Optional[str] = ..., job_title: _Optional[str] = ..., department: _Optional[str] = ..., phone: _Optional[str] = ..., attributes: _Optional[_Mapping[str, str]] = ..., change_password_next_time: bool = ..., status: _Optional[_Union[UserStatus, str]] = ..., locks: _Optional[_Union[UserLocks, _Mapping]] = ..., source: _Optional[str] = ..., created_import: _Optional[str] = ..., updated_import: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., version: _Optional[int] = ..., last_notice: _Optional[_Union[_notices_pb2.Notice, _Mapping]] = ..., sources: _Optional[_Iterable[str]] = ..., password_state: _Optional[_Union[PasswordState, str]] = ..., first_login_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetUserRequest(_message.Message):
    __slots__ = ("directory", "user")
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    directory: str
    user: UserKey
    def __init__(self, directory: _Optional[str] = ..., user: _Optional[_Union[UserKey, _Mapping]] = ...) -> None: ...

class GetUserResponse(_message.Message):
    __slots__ = ("user",)
    USER_FIELD_NUMBER: _ClassVar[int]
    user: User
    def __init__(self, user: _Optional[_Union[User, _Mapping]] = ...) -> None: ...

class ListUsersRequest(_message.Message):
    __slots__ = ("directory", "page_size", "page_token", "text", "import_id", "created_from", "created_until", "updated_from", "updated_until", "role", "location", "organizational_unit", "status")
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    IMPORT_ID_FIELD_NUMBER: _ClassVar[int]
    CREATED_FROM_FIELD_NUMBER: _ClassVar[int]
    CREATED_UNTIL_FIELD_NUMBER: _ClassVar[int]
    UPDATED_FROM_FIELD_NUMBER: _ClassVar[int]
    UPDATED_UNTIL_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    ORGANIZATIONAL_UNIT_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    directory: str
    page_size: int
    page_token: str
    text: str
    import_id: str
    created_from: _timestamp_pb2.Timestamp
    created_until: _timestamp_pb2.Timestamp
    updated_from: _timestamp_pb2.Timestamp
    updated_until: _timestamp_pb2.Timestamp
    role: str
    location: str
    organizational_unit: str
    status: UserStatus
    def __init__(self, directory: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., text: _Optional[str] = ..., import_id: _Optional[str] = ..., created_from: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., created_until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., updated_from: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., updated_until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., role: _Optional[str] = ..., location: _Optional[str] = ..., organizational_unit: _Optional[str] = ..., status: _Optional[_Union[UserStatus, str]] = ...) -> None: ...

class ListUsersResponse(_message.Message):
    __slots__ = ("users", "next_page_token")
    USERS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    users: _containers.RepeatedCompositeFieldContainer[User]
    next_page_token: str
    def __init__(self, users: _Optional[_Iterable[_Union[User, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListUserChangesRequest(_message.Message):
    __slots__ = ("directory", "user", "page_size", "page_token", "field")
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    FIELD_FIELD_NUMBER: _ClassVar[int]
    directory: str
    user: UserKey
    page_size: int
    page_token: str
    field: str
    def __init__(self, directory: _Optional[str] = ..., user: _Optional[_Union[UserKey, _Mapping]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., field: _Optional[str] = ...) -> None: ...

class UserChange(_message.Message):
    __slots__ = ("version", "change_time", "kind", "import_id", "source", "principal", "changes")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    CHANGE_TIME_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    IMPORT_ID_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    PRINCIPAL_FIELD_NUMBER: _ClassVar[int]
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    version: int
    change_time: _timestamp_pb2.Timestamp
    kind: UserChangeKind
    import_id: str
    source: str
    principal: str
    changes: _containers.RepeatedCompositeFieldContainer[_results_pb2.FieldChange]
    def __init__(self, version: _Optional[int] = ..., change_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., kind: _Optional[_Union[UserChangeKind, str]] = ..., import_id: _Optional[str] = ..., source: _Optional[str] = ..., principal: _Optional[str] = ..., changes: _Optional[_Iterable[_Union[_results_pb2.FieldChange, _Mapping]]] = ...) -> None: ...

class ListUserChangesResponse(_message.Message):
    __slots__ = ("changes", "next_page_token")
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    changes: _containers.RepeatedCompositeFieldContainer[UserChange]
    next_page_token: str
    def __init__(self, changes: _Optional[_Iterable[_Union[UserChange, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class WriteUserRequest(_message.Message):
    __slots__ = ("directory", "request_id", "profile", "mode", "row", "validate_only", "blanks")
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    PROFILE_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    ROW_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    BLANKS_FIELD_NUMBER: _ClassVar[int]
    directory: str
    request_id: str
    profile: str
    mode: _options_pb2.Mode
    row: _imports_pb2.UserRow
    validate_only: bool
    blanks: _options_pb2.Blanks
    def __init__(self, directory: _Optional[str] = ..., request_id: _Optional[str] = ..., profile: _Optional[str] = ..., mode: _Optional[_Union[_options_pb2.Mode, str]] = ..., row: _Optional[_Union[_imports_pb2.UserRow, _Mapping]] = ..., validate_only: bool = ..., blanks: _Optional[_Union[_options_pb2.Blanks, str]] = ...) -> None: ...

class WriteUserResponse(_message.Message):
    __slots__ = ("result", "user", "import_id")
    RESULT_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    IMPORT_ID_FIELD_NUMBER: _ClassVar[int]
    result: _results_pb2.RowResult
    user: User
    import_id: str
    def __init__(self, result: _Optional[_Union[_results_pb2.RowResult, _Mapping]] = ..., user: _Optional[_Union[User, _Mapping]] = ..., import_id: _Optional[str] = ...) -> None: ...

class SetLocksRequest(_message.Message):
    __slots__ = ("directory", "user", "role", "location", "protected")
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    PROTECTED_FIELD_NUMBER: _ClassVar[int]
    directory: str
    user: UserKey
    role: bool
    location: bool
    protected: bool
    def __init__(self, directory: _Optional[str] = ..., user: _Optional[_Union[UserKey, _Mapping]] = ..., role: bool = ..., location: bool = ..., protected: bool = ...) -> None: ...

class SetLocksResponse(_message.Message):
    __slots__ = ("user",)
    USER_FIELD_NUMBER: _ClassVar[int]
    user: User
    def __init__(self, user: _Optional[_Union[User, _Mapping]] = ...) -> None: ...

class SuspendUserRequest(_message.Message):
    __slots__ = ("directory", "user")
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    directory: str
    user: UserKey
    def __init__(self, directory: _Optional[str] = ..., user: _Optional[_Union[UserKey, _Mapping]] = ...) -> None: ...

class SuspendUserResponse(_message.Message):
    __slots__ = ("user",)
    USER_FIELD_NUMBER: _ClassVar[int]
    user: User
    def __init__(self, user: _Optional[_Union[User, _Mapping]] = ...) -> None: ...

class ReactivateUserRequest(_message.Message):
    __slots__ = ("directory", "user")
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    directory: str
    user: UserKey
    def __init__(self, directory: _Optional[str] = ..., user: _Optional[_Union[UserKey, _Mapping]] = ...) -> None: ...

class ReactivateUserResponse(_message.Message):
    __slots__ = ("user",)
    USER_FIELD_NUMBER: _ClassVar[int]
    user: User
    def __init__(self, user: _Optional[_Union[User, _Mapping]] = ...) -> None: ...

class SetSourcesRequest(_message.Message):
    __slots__ = ("directory", "user", "sources")
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    SOURCES_FIELD_NUMBER: _ClassVar[int]
    directory: str
    user: UserKey
    sources: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, directory: _Optional[str] = ..., user: _Optional[_Union[UserKey, _Mapping]] = ..., sources: _Optional[_Iterable[str]] = ...) -> None: ...

class SetSourcesResponse(_message.Message):
    __slots__ = ("user",)
    USER_FIELD_NUMBER: _ClassVar[int]
    user: User
    def __init__(self, user: _Optional[_Union[User, _Mapping]] = ...) -> None: ...

class SendInvitationsRequest(_message.Message):
    __slots__ = ("directory", "import_id", "users", "kind", "validate_only", "page_size", "page_token")
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    IMPORT_ID_FIELD_NUMBER: _ClassVar[int]
    USERS_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    directory: str
    import_id: str
    users: _containers.RepeatedCompositeFieldContainer[UserKey]
    kind: InvitationKind
    validate_only: bool
    page_size: int
    page_token: str
    def __init__(self, directory: _Optional[str] = ..., import_id: _Optional[str] = ..., users: _Optional[_Iterable[_Union[UserKey, _Mapping]]] = ..., kind: _Optional[_Union[InvitationKind, str]] = ..., validate_only: bool = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class SendInvitationsResponse(_message.Message):
    __slots__ = ("invited", "not_active", "signed_in", "not_permitted", "too_soon", "next_page_token")
    INVITED_FIELD_NUMBER: _ClassVar[int]
    NOT_ACTIVE_FIELD_NUMBER: _ClassVar[int]
    SIGNED_IN_FIELD_NUMBER: _ClassVar[int]
    NOT_PERMITTED_FIELD_NUMBER: _ClassVar[int]
    TOO_SOON_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    invited: int
    not_active: int
    signed_in: int
    not_permitted: int
    too_soon: int
    next_page_token: str
    def __init__(self, invited: _Optional[int] = ..., not_active: _Optional[int] = ..., signed_in: _Optional[int] = ..., not_permitted: _Optional[int] = ..., too_soon: _Optional[int] = ..., next_page_token: _Optional[str] = ...) -> None: ...
