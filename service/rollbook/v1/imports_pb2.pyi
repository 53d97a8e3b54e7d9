import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
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

class ImportState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    IMPORT_STATE_UNSPECIFIED: _ClassVar[ImportState]
    IMPORT_STATE_RUNNING: _ClassVar[ImportState]
    IMPORT_STATE_COMPLETED: _ClassVar[ImportState]
    IMPORT_STATE_INTERRUPTED: _ClassVar[ImportState]
    IMPORT_STATE_STOPPED: _ClassVar[ImportState]
    IMPORT_STATE_PREVIEWED: _ClassVar[ImportState]
    IMPORT_STATE_AWAITING_APPROVAL: _ClassVar[ImportState]
    IMPORT_STATE_CANCELLED: _ClassVar[ImportState]
IMPORT_STATE_UNSPECIFIED: ImportState
IMPORT_STATE_RUNNING: ImportState
IMPORT_STATE_COMPLETED: ImportState
IMPORT_STATE_INTERRUPTED: ImportState
IMPORT_STATE_STOPPED: ImportState
IMPORT_STATE_PREVIEWED: ImportState
IMPORT_STATE_AWAITING_APPROVAL: ImportState
IMPORT_STATE_CANCELLED: ImportState

class ImportUsersRequest(_message.Message):
    __slots__ = ("start", "csv", "rows", "end")
    START_FIELD_NUMBER: _ClassVar[int]
    CSV_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    start: ImportStart
    csv: bytes
    rows: UserRows
    end: ImportEnd
    def __init__(self, start: _Optional[_Union[ImportStart, _Mapping]] = ..., csv: _Optional[bytes] = ..., rows: _Optional[_Union[UserRows, _Mapping]] = ..., end: _Optional[_Union[ImportEnd, _Mapping]] = ...) -> None: ...

class ImportStart(_message.Message):
    __slots__ = ("import_id", "directory", "profile", "source", "skip_results", "options", "results_after_line", "compact_results", "file_name")
    IMPORT_ID_FIELD_NUMBER: _ClassVar[int]
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    PROFILE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    SKIP_RESULTS_FIELD_NUMBER: _ClassVar[int]
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    RESULTS_AFTER_LINE_FIELD_NUMBER: _ClassVar[int]
    COMPACT_RESULTS_FIELD_NUMBER: _ClassVar[int]
    FILE_NAME_FIELD_NUMBER: _ClassVar[int]
    import_id: str
    directory: str
    profile: str
    source: str
    skip_results: bool
    options: _options_pb2.ImportOptions
    results_after_line: int
    compact_results: bool
    file_name: str
    def __init__(self, import_id: _Optional[str] = ..., directory: _Optional[str] = ..., profile: _Optional[str] = ..., source: _Optional[str] = ..., skip_results: bool = ..., options: _Optional[_Union[_options_pb2.ImportOptions, _Mapping]] = ..., results_after_line: _Optional[int] = ..., compact_results: bool = ..., file_name: _Optional[str] = ...) -> None: ...

class UserRows(_message.Message):
    __slots__ = ("rows",)
    ROWS_FIELD_NUMBER: _ClassVar[int]
    rows: _containers.RepeatedCompositeFieldContainer[UserRow]
    def __init__(self, rows: _Optional[_Iterable[_Union[UserRow, _Mapping]]] = ...) -> None: ...

class UserRow(_message.Message):
    __slots__ = ("employee_number", "email", "username", "first_name", "last_name", "name", "role", "location", "organizational_unit", "job_title", "department", "phone", "password", "change_password_next_time", "attributes")
    class AttributesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
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
    PASSWORD_FIELD_NUMBER: _ClassVar[int]
    CHANGE_PASSWORD_NEXT_TIME_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTES_FIELD_NUMBER: _ClassVar[int]
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
    password: str
    change_password_next_time: str
    attributes: _containers.ScalarMap[str, str]
    def __init__(self, employee_number: _Optional[str] = ..., email: _Optional[str] = ..., username: _Optional[str] = ..., first_name: _Optional[str] = ..., last_name: _Optional[str] = ..., name: _Optional[str] = ..., role: _Optional[str] = ..., location: _Optional[str] = ..., organizational_unit: _Optional[str] = ..., job_title: _Optional[str] = ..., department: _Optional[str] = ..., phone: _Optional[str] = ..., password: _Optional[str] = ..., change_password_next_time: _Optional[str] = ..., attributes: _Optional[_Mapping[str, str]] = ...) -> None: ...

class ImportEnd(_message.Message):
    __slots__ = ("total_bytes", "sha256", "total_rows")
    TOTAL_BYTES_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    TOTAL_ROWS_FIELD_NUMBER: _ClassVar[int]
    total_bytes: int
    sha256: bytes
    total_rows: int
    def __init__(self, total_bytes: _Optional[int] = ..., sha256: _Optional[bytes] = ..., total_rows: _Optional[int] = ...) -> None: ...

class ImportUsersResponse(_message.Message):
    __slots__ = ("accepted", "understood", "results", "progress", "summary")
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    UNDERSTOOD_FIELD_NUMBER: _ClassVar[int]
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    accepted: ImportAccepted
    understood: ImportUnderstood
    results: RowResults
    progress: ImportProgress
    summary: ImportSummary
    def __init__(self, accepted: _Optional[_Union[ImportAccepted, _Mapping]] = ..., understood: _Optional[_Union[ImportUnderstood, _Mapping]] = ..., results: _Optional[_Union[RowResults, _Mapping]] = ..., progress: _Optional[_Union[ImportProgress, _Mapping]] = ..., summary: _Optional[_Union[ImportSummary, _Mapping]] = ...) -> None: ...

class ImportAccepted(_message.Message):
    __slots__ = ("options", "resumed_after_line")
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    RESUMED_AFTER_LINE_FIELD_NUMBER: _ClassVar[int]
    options: _options_pb2.ImportOptions
    resumed_after_line: int
    def __init__(self, options: _Optional[_Union[_options_pb2.ImportOptions, _Mapping]] = ..., resumed_after_line: _Optional[int] = ...) -> None: ...

class UnderstoodColumn(_message.Message):
    __slots__ = ("header", "field")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    FIELD_FIELD_NUMBER: _ClassVar[int]
    header: str
    field: str
    def __init__(self, header: _Optional[str] = ..., field: _Optional[str] = ...) -> None: ...

class ImportUnderstood(_message.Message):
    __slots__ = ("encoding", "delimiter", "columns", "ignored_columns", "warnings")
    ENCODING_FIELD_NUMBER: _ClassVar[int]
    DELIMITER_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    IGNORED_COLUMNS_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    encoding: str
    delimiter: str
    columns: _containers.RepeatedCompositeFieldContainer[UnderstoodColumn]
    ignored_columns: _containers.RepeatedScalarFieldContainer[str]
    warnings: _containers.RepeatedCompositeFieldContainer[_results_pb2.Issue]
    def __init__(self, encoding: _Optional[str] = ..., delimiter: _Optional[str] = ..., columns: _Optional[_Iterable[_Union[UnderstoodColumn, _Mapping]]] = ..., ignored_columns: _Optional[_Iterable[str]] = ..., warnings: _Optional[_Iterable[_Union[_results_pb2.Issue, _Mapping]]] = ...) -> None: ...

class RowResults(_message.Message):
    __slots__ = ("results", "clean")
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    CLEAN_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[_results_pb2.RowResult]
    clean: CleanResults
    def __init__(self, results: _Optional[_Iterable[_Union[_results_pb2.RowResult, _Mapping]]] = ..., clean: _Optional[_Union[CleanResults, _Mapping]] = ...) -> None: ...

class CleanResults(_message.Message):
    __slots__ = ("lines", "rows", "outcomes", "counts", "employee_numbers", "user_ids", "replayed")
    LINES_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    OUTCOMES_FIELD_NUMBER: _ClassVar[int]
    COUNTS_FIELD_NUMBER: _ClassVar[int]
    EMPLOYEE_NUMBERS_FIELD_NUMBER: _ClassVar[int]
    USER_IDS_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    lines: _containers.RepeatedScalarFieldContainer[int]
    rows: _containers.RepeatedScalarFieldContainer[int]
    outcomes: _containers.RepeatedScalarFieldContainer[_results_pb2.Outcome]
    counts: _containers.RepeatedScalarFieldContainer[int]
    employee_numbers: str
    user_ids: _containers.RepeatedScalarFieldContainer[int]
    replayed: bool
    def __init__(self, lines: _Optional[_Iterable[int]] = ..., rows: _Optional[_Iterable[int]] = ..., outcomes: _Optional[_Iterable[_Union[_results_pb2.Outcome, str]]] = ..., counts: _Optional[_Iterable[int]] = ..., employee_numbers: _Optional[str] = ..., user_ids: _Optional[_Iterable[int]] = ..., replayed: bool = ...) -> None: ...

class ImportProgress(_message.Message):
    __slots__ = ("bytes_received", "rows_answered", "end_received")
    BYTES_RECEIVED_FIELD_NUMBER: _ClassVar[int]
    ROWS_ANSWERED_FIELD_NUMBER: _ClassVar[int]
    END_RECEIVED_FIELD_NUMBER: _ClassVar[int]
    bytes_received: int
    rows_answered: int
    end_received: bool
    def __init__(self, bytes_received: _Optional[int] = ..., rows_answered: _Optional[int] = ..., end_received: bool = ...) -> None: ...

class StoppedBy(_message.Message):
    __slots__ = ("code", "line", "safeguard")
    CODE_FIELD_NUMBER: _ClassVar[int]
    LINE_FIELD_NUMBER: _ClassVar[int]
    SAFEGUARD_FIELD_NUMBER: _ClassVar[int]
    code: str
    line: int
    safeguard: SafeguardTrip
    def __init__(self, code: _Optional[str] = ..., line: _Optional[int] = ..., safeguard: _Optional[_Union[SafeguardTrip, _Mapping]] = ...) -> None: ...

class SafeguardTrip(_message.Message):
    __slots__ = ("what", "count", "limit", "message")
    WHAT_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    what: str
    count: int
    limit: int
    message: str
    def __init__(self, what: _Optional[str] = ..., count: _Optional[int] = ..., limit: _Optional[int] = ..., message: _Optional[str] = ...) -> None: ...

class ImportSummary(_message.Message):
    __slots__ = ("import_id", "state", "rows", "created", "updated", "unchanged", "failed", "not_applied", "suspended", "codes", "warnings", "stopped_by", "digest", "reactivated", "released", "protected")
    class CodesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    IMPORT_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    CREATED_FIELD_NUMBER: _ClassVar[int]
    UPDATED_FIELD_NUMBER: _ClassVar[int]
    UNCHANGED_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    NOT_APPLIED_FIELD_NUMBER: _ClassVar[int]
    SUSPENDED_FIELD_NUMBER: _ClassVar[int]
    CODES_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    STOPPED_BY_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    REACTIVATED_FIELD_NUMBER: _ClassVar[int]
    RELEASED_FIELD_NUMBER: _ClassVar[int]
    PROTECTED_FIELD_NUMBER: _ClassVar[int]
    import_id: str
    state: ImportState
    rows: int
    created: int
    updated: int
    unchanged: int
    failed: int
    not_applied: int
    suspended: int
    codes: _containers.ScalarMap[str, int]
    warnings: _containers.RepeatedCompositeFieldContainer[_results_pb2.Issue]
    stopped_by: StoppedBy
    digest: bytes
    reactivated: int
    released: int
    protected: int
    def __init__(self, import_id: _Optional[str] = ..., state: _Optional[_Union[ImportState, str]] = ..., rows: _Optional[int] = ..., created: _Optional[int] = ..., updated: _Optional[int] = ..., unchanged: _Optional[int] = ..., failed: _Optional[int] = ..., not_applied: _Optional[int] = ..., suspended: _Optional[int] = ..., codes: _Optional[_Mapping[str, int]] = ..., warnings: _Optional[_Iterable[_Union[_results_pb2.Issue, _Mapping]]] = ..., stopped_by: _Optional[_Union[StoppedBy, _Mapping]] = ..., digest: _Optional[bytes] = ..., reactivated: _Optional[int] = ..., released: _Optional[int] = ..., protected: _Optional[int] = ...) -> None: ...

class GetImportRequest(_message.Message):
    __slots__ = ("directory", "import_id")
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    IMPORT_ID_FIELD_NUMBER: _ClassVar[int]
    directory: str
    import_id: str
    def __init__(self, directory: _Optional[str] = ..., import_id: _Optional[str] = ...) -> None: ...

class Import(_message.Message):
    __slots__ = ("import_id", "directory", "profile", "source", "principal", "state", "options", "create_time", "update_time", "summary", "last_line", "end_received", "approved_by", "notices", "rows_deleted", "missing_names", "encoding", "delimiter", "file_name")
    IMPORT_ID_FIELD_NUMBER: _ClassVar[int]
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    PROFILE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    PRINCIPAL_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    LAST_LINE_FIELD_NUMBER: _ClassVar[int]
    END_RECEIVED_FIELD_NUMBER: _ClassVar[int]
    APPROVED_BY_FIELD_NUMBER: _ClassVar[int]
    NOTICES_FIELD_NUMBER: _ClassVar[int]
    ROWS_DELETED_FIELD_NUMBER: _ClassVar[int]
    MISSING_NAMES_FIELD_NUMBER: _ClassVar[int]
    ENCODING_FIELD_NUMBER: _ClassVar[int]
    DELIMITER_FIELD_NUMBER: _ClassVar[int]
    FILE_NAME_FIELD_NUMBER: _ClassVar[int]
    import_id: str
    directory: str
    profile: str
    source: str
    principal: str
    state: ImportState
    options: _options_pb2.ImportOptions
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    summary: ImportSummary
    last_line: int
    end_received: bool
    approved_by: str
    notices: _notices_pb2.NoticeCounts
    rows_deleted: bool
    missing_names: _containers.RepeatedCompositeFieldContainer[MissingName]
    encoding: str
    delimiter: str
    file_name: str
    def __init__(self, import_id: _Optional[str] = ..., directory: _Optional[str] = ..., profile: _Optional[str] = ..., source: _Optional[str] = ..., principal: _Optional[str] = ..., state: _Optional[_Union[ImportState, str]] = ..., options: _Optional[_Union[_options_pb2.ImportOptions, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., summary: _Optional[_Union[ImportSummary, _Mapping]] = ..., last_line: _Optional[int] = ..., end_received: bool = ..., approved_by: _Optional[str] = ..., notices: _Optional[_Union[_notices_pb2.NoticeCounts, _Mapping]] = ..., rows_deleted: bool = ..., missing_names: _Optional[_Iterable[_Union[MissingName, _Mapping]]] = ..., encoding: _Optional[str] = ..., delimiter: _Optional[str] = ..., file_name: _Optional[str] = ...) -> None: ...

class MissingName(_message.Message):
    __slots__ = ("field", "name", "rows", "suggestion")
    FIELD_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    SUGGESTION_FIELD_NUMBER: _ClassVar[int]
    field: str
    name: str
    rows: int
    suggestion: str
    def __init__(self, field: _Optional[str] = ..., name: _Optional[str] = ..., rows: _Optional[int] = ..., suggestion: _Optional[str] = ...) -> None: ...

class GetImportResponse(_message.Message):
    __slots__ = ()
    IMPORT_FIELD_NUMBER: _ClassVar[int]
    def __init__(self, **kwargs) -> None: ...

class ListImportsRequest(_message.Message):
    __slots__ = ("directory", "page_size", "page_token", "state", "file_name", "principal", "profile", "created_from", "created_until")
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    FILE_NAME_FIELD_NUMBER: _ClassVar[int]
    PRINCIPAL_FIELD_NUMBER: _ClassVar[int]
    PROFILE_FIELD_NUMBER: _ClassVar[int]
    CREATED_FROM_FIELD_NUMBER: _ClassVar[int]
    CREATED_UNTIL_FIELD_NUMBER: _ClassVar[int]
    directory: str
    page_size: int
    page_token: str
    state: ImportState
    file_name: str
    principal: str
    profile: str
    created_from: _timestamp_pb2.Timestamp
    created_until: _timestamp_pb2.Timestamp
    def __init__(self, directory: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., state: _Optional[_Union[ImportState, str]] = ..., file_name: _Optional[str] = ..., principal: _Optional[str] = ..., profile: _Optional[str] = ..., created_from: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., created_until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListImportsResponse(_message.Message):
    __slots__ = ("imports", "next_page_token")
    IMPORTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    imports: _containers.RepeatedCompositeFieldContainer[Import]
    next_page_token: str
    def __init__(self, imports: _Optional[_Iterable[_Union[Import, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListImportIssuesRequest(_message.Message):
    __slots__ = ("directory", "import_id", "page_size", "page_token", "code", "severity")
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    IMPORT_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    directory: str
    import_id: str
    page_size: int
    page_token: str
    code: str
    severity: _results_pb2.Severity
    def __init__(self, directory: _Optional[str] = ..., import_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., code: _Optional[str] = ..., severity: _Optional[_Union[_results_pb2.Severity, str]] = ...) -> None: ...

class ImportIssue(_message.Message):
    __slots__ = ("line", "row", "issue")
    LINE_FIELD_NUMBER: _ClassVar[int]
    ROW_FIELD_NUMBER: _ClassVar[int]
    ISSUE_FIELD_NUMBER: _ClassVar[int]
    line: int
    row: int
    issue: _results_pb2.Issue
    def __init__(self, line: _Optional[int] = ..., row: _Optional[int] = ..., issue: _Optional[_Union[_results_pb2.Issue, _Mapping]] = ...) -> None: ...

class ListImportIssuesResponse(_message.Message):
    __slots__ = ("issues", "next_page_token")
    ISSUES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    issues: _containers.RepeatedCompositeFieldContainer[ImportIssue]
    next_page_token: str
    def __init__(self, issues: _Optional[_Iterable[_Union[ImportIssue, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListImportRowsRequest(_message.Message):
    __slots__ = ("directory", "import_id", "page_size", "page_token", "outcomes", "code", "only_with_issues", "lines")
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    IMPORT_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    OUTCOMES_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    ONLY_WITH_ISSUES_FIELD_NUMBER: _ClassVar[int]
    LINES_FIELD_NUMBER: _ClassVar[int]
    directory: str
    import_id: str
    page_size: int
    page_token: str
    outcomes: _containers.RepeatedScalarFieldContainer[_results_pb2.Outcome]
    code: str
    only_with_issues: bool
    lines: _options_pb2.LineRange
    def __init__(self, directory: _Optional[str] = ..., import_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., outcomes: _Optional[_Iterable[_Union[_results_pb2.Outcome, str]]] = ..., code: _Optional[str] = ..., only_with_issues: bool = ..., lines: _Optional[_Union[_options_pb2.LineRange, _Mapping]] = ...) -> None: ...

class ImportRow(_message.Message):
    __slots__ = ("result", "cells")
    RESULT_FIELD_NUMBER: _ClassVar[int]
    CELLS_FIELD_NUMBER: _ClassVar[int]
    result: _results_pb2.RowResult
    cells: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, result: _Optional[_Union[_results_pb2.RowResult, _Mapping]] = ..., cells: _Optional[_Iterable[str]] = ...) -> None: ...

class ListImportRowsResponse(_message.Message):
    __slots__ = ("rows", "next_page_token", "columns")
    ROWS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    rows: _containers.RepeatedCompositeFieldContainer[ImportRow]
    next_page_token: str
    columns: _containers.RepeatedCompositeFieldContainer[UnderstoodColumn]
    def __init__(self, rows: _Optional[_Iterable[_Union[ImportRow, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., columns: _Optional[_Iterable[_Union[UnderstoodColumn, _Mapping]]] = ...) -> None: ...

class ListImportNoticesRequest(_message.Message):
    __slots__ = ("directory", "import_id", "page_size", "page_token", "state")
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    IMPORT_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    directory: str
    import_id: str
    page_size: int
    page_token: str
    state: _notices_pb2.NoticeState
    def __init__(self, directory: _Optional[str] = ..., import_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., state: _Optional[_Union[_notices_pb2.NoticeState, str]] = ...) -> None: ...

class ListImportNoticesResponse(_message.Message):
    __slots__ = ("notices", "next_page_token")
    NOTICES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    notices: _containers.RepeatedCompositeFieldContainer[_notices_pb2.Notice]
    next_page_token: str
    def __init__(self, notices: _Optional[_Iterable[_Union[_notices_pb2.Notice, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class DownloadReportRequest(_message.Message):
    __slots__ = ("directory", "import_id")
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    IMPORT_ID_FIELD_NUMBER: _ClassVar[int]
    directory: str
    import_id: str
    def __init__(self, directory: _Optional[str] = ..., import_id: _Optional[str] = ...) -> None: ...

class DownloadReportResponse(_message.Message):
    __slots__ = ("csv",)
    CSV_FIELD_NUMBER: _ClassVar[int]
    csv: bytes
    def __init__(self, csv: _Optional[bytes] = ...) -> None: ...

class WatchImportRequest(_message.Message):
    __slots__ = ("directory", "import_id")
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    IMPORT_ID_FIELD_NUMBER: _ClassVar[int]
    directory: str
    import_id: str
    def __init__(self, directory: _Optional[str] = ..., import_id: _Optional[str] = ...) -> None: ...

class WatchImportResponse(_message.Message):
    __slots__ = ()
    IMPORT_FIELD_NUMBER: _ClassVar[int]
    def __init__(self, **kwargs) -> None: ...

class CancelImportRequest(_message.Message):
    __slots__ = ("directory", "import_id")
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    IMPORT_ID_FIELD_NUMBER: _ClassVar[int]
    directory: str
    import_id: str
    def __init__(self, directory: _Optional[str] = ..., import_id: _Optional[str] = ...) -> None: ...

class CancelImportResponse(_message.Message):
    __slots__ = ()
    IMPORT_FIELD_NUMBER: _ClassVar[int]
    def __init__(self, **kwargs) -> None: ...

class ApproveImportRequest(_message.Message):
    __slots__ = ("directory", "import_id")
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    IMPORT_ID_FIELD_NUMBER: _ClassVar[int]
    directory: str
    import_id: str
    def __init__(self, directory: _Optional[str] = ..., import_id: _Optional[str] = ...) -> None: ...

class ApproveImportResponse(_message.Message):
    __slots__ = ()
    IMPORT_FIELD_NUMBER: _ClassVar[int]
    def __init__(self, **kwargs) -> None: ...

class ApplyImportRequest(_message.Message):
    __slots__ = ("directory", "import_id", "only_lines", "only_outcomes", "compact_results")
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    IMPORT_ID_FIELD_NUMBER: _ClassVar[int]
    ONLY_LINES_FIELD_NUMBER: _ClassVar[int]
    ONLY_OUTCOMES_FIELD_NUMBER: _ClassVar[int]
    COMPACT_RESULTS_FIELD_NUMBER: _ClassVar[int]
    directory: str
    import_id: str
    only_lines: _containers.RepeatedCompositeFieldContainer[_options_pb2.LineRange]
    only_outcomes: _containers.RepeatedScalarFieldContainer[_results_pb2.Outcome]
    compact_results: bool
    def __init__(self, directory: _Optional[str] = ..., import_id: _Optional[str] = ..., only_lines: _Optional[_Iterable[_Union[_options_pb2.LineRange, _Mapping]]] = ..., only_outcomes: _Optional[_Iterable[_Union[_results_pb2.Outcome, str]]] = ..., compact_results: bool = ...) -> None: ...

class ApplyImportResponse(_message.Message):
    __slots__ = ("results", "summary")
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    results: RowResults
    summary: ImportSummary
    def __init__(self, results: _Optional[_Union[RowResults, _Mapping]] = ..., summary: _Optional[_Union[ImportSummary, _Mapping]] = ...) -> None: ...

class GetSampleRequest(_message.Message):
    __slots__ = ("directory", "profile")
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    PROFILE_FIELD_NUMBER: _ClassVar[int]
    directory: str
    profile: str
    def __init__(self, directory: _Optional[str] = ..., profile: _Optional[str] = ...) -> None: ...

class GetSampleResponse(_message.Message):
    __slots__ = ("csv", "locations", "organizational_units")
    CSV_FIELD_NUMBER: _ClassVar[int]
    LOCATIONS_FIELD_NUMBER: _ClassVar[int]
    ORGANIZATIONAL_UNITS_FIELD_NUMBER: _ClassVar[int]
    csv: bytes
    locations: _containers.RepeatedScalarFieldContainer[str]
    organizational_units: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, csv: _Optional[bytes] = ..., locations: _Optional[_Iterable[str]] = ..., organizational_units: _Optional[_Iterable[str]] = ...) -> None: ...
