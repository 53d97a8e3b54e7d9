from rollbook.v1 import users_pb2 as _users_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class LoginResult(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LOGIN_RESULT_UNSPECIFIED: _ClassVar[LoginResult]
    LOGIN_RESULT_NO: _ClassVar[LoginResult]
    LOGIN_RESULT_OK: _ClassVar[LoginResult]
    LOGIN_RESULT_MUST_CHANGE: _ClassVar[LoginResult]
LOGIN_RESULT_UNSPECIFIED: LoginResult
LOGIN_RESULT_NO: LoginResult
LOGIN_RESULT_OK: LoginResult
LOGIN_RESULT_MUST_CHANGE: LoginResult

class VerifyPasswordRequest(_message.Message):
    __slots__ = ("directory", "user", "password", "client")
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    PASSWORD_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    directory: str
    user: _users_pb2.UserKey
    password: str
    client: str
    def __init__(self, directory: _Optional[str] = ..., user: _Optional[_Union[_users_pb2.UserKey, _Mapping]] = ..., password: _Optional[str] = ..., client: _Optional[str] = ...) -> None: ...

class VerifyPasswordResponse(_message.Message):
    __slots__ = ("result", "user_id")
    RESULT_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    result: LoginResult
    user_id: str
    def __init__(self, result: _Optional[_Union[LoginResult, str]] = ..., user_id: _Optional[str] = ...) -> None: ...

class RequestPasswordResetRequest(_message.Message):
    __slots__ = ("directory", "user", "client")
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    directory: str
    user: _users_pb2.UserKey
    client: str
    def __init__(self, directory: _Optional[str] = ..., user: _Optional[_Union[_users_pb2.UserKey, _Mapping]] = ..., client: _Optional[str] = ...) -> None: ...

class RequestPasswordResetResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class SetPasswordRequest(_message.Message):
    __slots__ = ("directory", "link_token", "old", "new_password", "client")
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    LINK_TOKEN_FIELD_NUMBER: _ClassVar[int]
    OLD_FIELD_NUMBER: _ClassVar[int]
    NEW_PASSWORD_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    directory: str
    link_token: str
    old: OldPassword
    new_password: str
    client: str
    def __init__(self, directory: _Optional[str] = ..., link_token: _Optional[str] = ..., old: _Optional[_Union[OldPassword, _Mapping]] = ..., new_password: _Optional[str] = ..., client: _Optional[str] = ...) -> None: ...

class OldPassword(_message.Message):
    __slots__ = ("user", "password")
    USER_FIELD_NUMBER: _ClassVar[int]
    PASSWORD_FIELD_NUMBER: _ClassVar[int]
    user: _users_pb2.UserKey
    password: str
    def __init__(self, user: _Optional[_Union[_users_pb2.UserKey, _Mapping]] = ..., password: _Optional[str] = ...) -> None: ...

class SetPasswordResponse(_message.Message):
    __slots__ = ("user_id",)
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    def __init__(self, user_id: _Optional[str] = ...) -> None: ...

class SetUserPasswordRequest(_message.Message):
    __slots__ = ("directory", "user", "new_password", "must_change", "mail_login_details")
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    NEW_PASSWORD_FIELD_NUMBER: _ClassVar[int]
    MUST_CHANGE_FIELD_NUMBER: _ClassVar[int]
    MAIL_LOGIN_DETAILS_FIELD_NUMBER: _ClassVar[int]
    directory: str
    user: _users_pb2.UserKey
    new_password: str
    must_change: bool
    mail_login_details: bool
    def __init__(self, directory: _Optional[str] = ..., user: _Optional[_Union[_users_pb2.UserKey, _Mapping]] = ..., new_password: _Optional[str] = ..., must_change: bool = ..., mail_login_details: bool = ...) -> None: ...

class SetUserPasswordResponse(_message.Message):
    __slots__ = ("user_id",)
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    def __init__(self, user_id: _Optional[str] = ...) -> None: ...

class GetPasswordPolicyRequest(_message.Message):
    __slots__ = ("directory",)
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    directory: str
    def __init__(self, directory: _Optional[str] = ...) -> None: ...

class GetPasswordPolicyResponse(_message.Message):
    __slots__ = ("min_length", "max_length", "max_bytes", "rules")
    MIN_LENGTH_FIELD_NUMBER: _ClassVar[int]
    MAX_LENGTH_FIELD_NUMBER: _ClassVar[int]
    MAX_BYTES_FIELD_NUMBER: _ClassVar[int]
    RULES_FIELD_NUMBER: _ClassVar[int]
    min_length: int
    max_length: int
    max_bytes: int
    rules: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, min_length: _Optional[int] = ..., max_length: _Optional[int] = ..., max_bytes: _Optional[int] = ..., rules: _Optional[_Iterable[str]] = ...) -> None: ...
