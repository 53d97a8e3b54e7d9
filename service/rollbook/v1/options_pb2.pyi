from rollbook.v1 import results_pb2 as _results_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Mode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MODE_UNSPECIFIED: _ClassVar[Mode]
    MODE_UPSERT: _ClassVar[Mode]
    MODE_CREATE_ONLY: _ClassVar[Mode]
    MODE_UPDATE_ONLY: _ClassVar[Mode]

class Commit(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    COMMIT_UNSPECIFIED: _ClassVar[Commit]
    COMMIT_PER_BATCH: _ClassVar[Commit]
    COMMIT_WHOLE_FILE: _ClassVar[Commit]
    COMMIT_NONE: _ClassVar[Commit]

class Blanks(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BLANKS_UNSPECIFIED: _ClassVar[Blanks]
    BLANKS_KEEP: _ClassVar[Blanks]
    BLANKS_CLEAR: _ClassVar[Blanks]

class UnknownRole(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    UNKNOWN_ROLE_UNSPECIFIED: _ClassVar[UnknownRole]
    UNKNOWN_ROLE_REJECT: _ClassVar[UnknownRole]
    UNKNOWN_ROLE_DEFAULT: _ClassVar[UnknownRole]
    UNKNOWN_ROLE_IGNORE_COLUMN: _ClassVar[UnknownRole]

class UnknownLocation(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    UNKNOWN_LOCATION_UNSPECIFIED: _ClassVar[UnknownLocation]
    UNKNOWN_LOCATION_REJECT: _ClassVar[UnknownLocation]
    UNKNOWN_LOCATION_WARN: _ClassVar[UnknownLocation]
    UNKNOWN_LOCATION_CREATE: _ClassVar[UnknownLocation]

class UnknownUnit(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    UNKNOWN_UNIT_UNSPECIFIED: _ClassVar[UnknownUnit]
    UNKNOWN_UNIT_REJECT: _ClassVar[UnknownUnit]
    UNKNOWN_UNIT_WARN: _ClassVar[UnknownUnit]
    UNKNOWN_UNIT_CREATE: _ClassVar[UnknownUnit]

class UnknownColumns(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    UNKNOWN_COLUMNS_UNSPECIFIED: _ClassVar[UnknownColumns]
    UNKNOWN_COLUMNS_WARN: _ClassVar[UnknownColumns]
    UNKNOWN_COLUMNS_REJECT: _ClassVar[UnknownColumns]
    UNKNOWN_COLUMNS_STORE: _ClassVar[UnknownColumns]

class FirstPassword(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FIRST_PASSWORD_UNSPECIFIED: _ClassVar[FirstPassword]
    FIRST_PASSWORD_NONE: _ClassVar[FirstPassword]
    FIRST_PASSWORD_FROM_FILE: _ClassVar[FirstPassword]
    FIRST_PASSWORD_GENERATE: _ClassVar[FirstPassword]

class Notify(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    NOTIFY_UNSPECIFIED: _ClassVar[Notify]
    NOTIFY_NOBODY: _ClassVar[Notify]
    NOTIFY_WELCOME_NEW: _ClassVar[Notify]
    NOTIFY_INVITE_NEW: _ClassVar[Notify]
    NOTIFY_LOGIN_DETAILS: _ClassVar[Notify]

class MissingUsers(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MISSING_USERS_UNSPECIFIED: _ClassVar[MissingUsers]
    MISSING_USERS_IGNORE: _ClassVar[MissingUsers]
    MISSING_USERS_SUSPEND: _ClassVar[MissingUsers]

class Identity(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    IDENTITY_UNSPECIFIED: _ClassVar[Identity]
    IDENTITY_EMPLOYEE_NUMBER: _ClassVar[Identity]
    IDENTITY_USERNAME: _ClassVar[Identity]
    IDENTITY_EMAIL: _ClassVar[Identity]

class Results(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RESULTS_UNSPECIFIED: _ClassVar[Results]
    RESULTS_ALL: _ClassVar[Results]
    RESULTS_WITH_ISSUES: _ClassVar[Results]
    RESULTS_NONE: _ClassVar[Results]
MODE_UNSPECIFIED: Mode
MODE_UPSERT: Mode
MODE_CREATE_ONLY: Mode
MODE_UPDATE_ONLY: Mode
COMMIT_UNSPECIFIED: Commit
COMMIT_PER_BATCH: Commit
COMMIT_WHOLE_FILE: Commit
COMMIT_NONE: Commit
BLANKS_UNSPECIFIED: Blanks
BLANKS_KEEP: Blanks
BLANKS_CLEAR: Blanks
UNKNOWN_ROLE_UNSPECIFIED: UnknownRole
UNKNOWN_ROLE_REJECT: UnknownRole
UNKNOWN_ROLE_DEFAULT: UnknownRole
UNKNOWN_ROLE_IGNORE_COLUMN: UnknownRole
UNKNOWN_LOCATION_UNSPECIFIED: UnknownLocation
UNKNOWN_LOCATION_REJECT: UnknownLocation
UNKNOWN_LOCATION_WARN: UnknownLocation
UNKNOWN_LOCATION_CREATE: UnknownLocation
UNKNOWN_UNIT_UNSPECIFIED: UnknownUnit
UNKNOWN_UNIT_REJECT: UnknownUnit
UNKNOWN_UNIT_WARN: UnknownUnit
UNKNOWN_UNIT_CREATE: UnknownUnit
UNKNOWN_COLUMNS_UNSPECIFIED: UnknownColumns
UNKNOWN_COLUMNS_WARN: UnknownColumns
UNKNOWN_COLUMNS_REJECT: UnknownColumns
UNKNOWN_COLUMNS_STORE: UnknownColumns
FIRST_PASSWORD_UNSPECIFIED: FirstPassword
FIRST_PASSWORD_NONE: FirstPassword
FIRST_PASSWORD_FROM_FILE: FirstPassword
FIRST_PASSWORD_GENERATE: FirstPassword
NOTIFY_UNSPECIFIED: Notify
NOTIFY_NOBODY: Notify
NOTIFY_WELCOME_NEW: Notify
NOTIFY_INVITE_NEW: Notify
NOTIFY_LOGIN_DETAILS: Notify
MISSING_USERS_UNSPECIFIED: MissingUsers
MISSING_USERS_IGNORE: MissingUsers
MISSING_USERS_SUSPEND: MissingUsers
IDENTITY_UNSPECIFIED: Identity
IDENTITY_EMPLOYEE_NUMBER: Identity
IDENTITY_USERNAME: Identity
IDENTITY_EMAIL: Identity
RESULTS_UNSPECIFIED: Results
RESULTS_ALL: Results
RESULTS_WITH_ISSUES: Results
RESULTS_NONE: Results

class ColumnMapping(_message.Message):
    __slots__ = ("header", "field")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    FIELD_FIELD_NUMBER: _ClassVar[int]
    header: str
    field: str
    def __init__(self, header: _Optional[str] = ..., field: _Optional[str] = ...) -> None: ...

class LineRange(_message.Message):
    __slots__ = ("first", "last")
    FIRST_FIELD_NUMBER: _ClassVar[int]
    LAST_FIELD_NUMBER: _ClassVar[int]
    first: int
    last: int
    def __init__(self, first: _Optional[int] = ..., last: _Optional[int] = ...) -> None: ...

class ImportOptions(_message.Message):
    __slots__ = ("mode", "commit", "blanks", "unknown_role", "unknown_location", "unknown_unit", "unknown_columns", "columns", "delimiter", "encoding", "first_password", "notify", "missing_users", "only_lines", "only_outcomes", "include_changes", "results", "max_failed_rows", "encoding_certain", "identity", "single_names")
    MODE_FIELD_NUMBER: _ClassVar[int]
    COMMIT_FIELD_NUMBER: _ClassVar[int]
    BLANKS_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_ROLE_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_LOCATION_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_UNIT_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_COLUMNS_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    DELIMITER_FIELD_NUMBER: _ClassVar[int]
    ENCODING_FIELD_NUMBER: _ClassVar[int]
    FIRST_PASSWORD_FIELD_NUMBER: _ClassVar[int]
    NOTIFY_FIELD_NUMBER: _ClassVar[int]
    MISSING_USERS_FIELD_NUMBER: _ClassVar[int]
    ONLY_LINES_FIELD_NUMBER: _ClassVar[int]
    ONLY_OUTCOMES_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_CHANGES_FIELD_NUMBER: _ClassVar[int]
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    MAX_FAILED_ROWS_FIELD_NUMBER: _ClassVar[int]
    ENCODING_CERTAIN_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_FIELD_NUMBER: _ClassVar[int]
    SINGLE_NAMES_FIELD_NUMBER: _ClassVar[int]
    mode: Mode
    commit: Commit
    blanks: Blanks
    unknown_role: UnknownRole
    unknown_location: UnknownLocation
    unknown_unit: UnknownUnit
    unknown_columns: UnknownColumns
    columns: _containers.RepeatedCompositeFieldContainer[ColumnMapping]
    delimiter: str
    encoding: str
    first_password: FirstPassword
    notify: Notify
    missing_users: MissingUsers
    only_lines: _containers.RepeatedCompositeFieldContainer[LineRange]
    only_outcomes: _containers.RepeatedScalarFieldContainer[_results_pb2.Outcome]
    include_changes: bool
    results: Results
    max_failed_rows: int
    encoding_certain: bool
    identity: Identity
    single_names: bool
    def __init__(self, mode: _Optional[_Union[Mode, str]] = ..., commit: _Optional[_Union[Commit, str]] = ..., blanks: _Optional[_Union[Blanks, str]] = ..., unknown_role: _Optional[_Union[UnknownRole, str]] = ..., unknown_location: _Optional[_Union[UnknownLocation, str]] = ..., unknown_unit: _Optional[_Union[UnknownUnit, str]] = ..., unknown_columns: _Optional[_Union[UnknownColumns, str]] = ..., columns: _Optional[_Iterable[_Union[ColumnMapping, _Mapping]]] = ..., delimiter: _Optional[str] = ..., encoding: _Optional[str] = ..., first_password: _Optional[_Union[FirstPassword, str]] = ..., notify: _Optional[_Union[Notify, str]] = ..., missing_users: _Optional[_Union[MissingUsers, str]] = ..., only_lines: _Optional[_Iterable[_Union[LineRange, _Mapping]]] = ..., only_outcomes: _Optional[_Iterable[_Union[_results_pb2.Outcome, str]]] = ..., include_changes: bool = ..., results: _Optional[_Union[Results, str]] = ..., max_failed_rows: _Optional[int] = ..., encoding_certain: bool = ..., identity: _Optional[_Union[Identity, str]] = ..., single_names: bool = ...) -> None: ...
