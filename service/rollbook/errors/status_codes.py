"""Every reason for a refusal, with its gRPC status, its HTTP status and the command's exit code.

One table, so that the wire, the command line and the documents cannot differ.
"""

from enum import StrEnum
from typing import NamedTuple


class Reason(StrEnum):
    """A reason by its word; on the wire it is `ErrorInfo.reason` in upper case. Append-only."""

    EMPTY_FILE = "empty_file"
    HEADER_MISSING_COLUMN = "header_missing_column"
    HEADER_DUPLICATE_COLUMN = "header_duplicate_column"
    HEADER_UNKNOWN_COLUMN = "header_unknown_column"
    HEADER_FORBIDDEN_COLUMN = "header_forbidden_column"
    HEADER_EMPTY_NAME = "header_empty_name"
    HEADER_TOO_LONG = "header_too_long"
    TOO_MANY_COLUMNS = "too_many_columns"
    ENCODING_ERROR = "encoding_error"
    UNSUPPORTED_CONTENT = "unsupported_content"
    DELIMITER_MISMATCH = "delimiter_mismatch"
    UNTERMINATED_QUOTE = "unterminated_quote"
    TOO_MANY_ROWS = "too_many_rows"
    INVALID_OPTIONS = "invalid_options"
    SEQUENCE_ERROR = "sequence_error"
    REQUEST_MALFORMED = "request_malformed"
    IDEMPOTENCY_CONFLICT = "idempotency_conflict"
    RESOURCE_EXISTS = "resource_exists"
    RESOURCE_NOT_FOUND = "resource_not_found"
    RESOURCE_IN_USE = "resource_in_use"
    SEAT_LIMIT_REACHED = "seat_limit_reached"
    TARGET_PROTECTED = "target_protected"
    IMPORT_ALREADY_RUNNING = "import_already_running"
    TRUNCATED_STREAM = "truncated_stream"
    CHECKSUM_MISMATCH = "checksum_mismatch"
    TOO_MANY_FAILED_ROWS = "too_many_failed_rows"
    IMPORT_CANCELLED = "import_cancelled"
    SAFEGUARD_TRIPPED = "safeguard_tripped"
    PLAN_STALE = "plan_stale"
    IMPORT_NOT_RESUMABLE = "import_not_resumable"
    MESSAGE_TOO_LARGE = "message_too_large"
    QUOTA_EXCEEDED = "quota_exceeded"
    RATE_LIMITED = "rate_limited"
    STORAGE_FULL = "storage_full"
    SERVER_DRAINING = "server_draining"
    PLUGIN_UNAVAILABLE = "plugin_unavailable"
    STREAM_IDLE = "stream_idle"
    TOKEN_MISSING = "token_missing"  # noqa: S105 -- a reason
    TOKEN_INVALID = "token_invalid"  # noqa: S105 -- a reason
    TOKEN_EXPIRED = "token_expired"  # noqa: S105 -- a reason
    CLIENT_CERTIFICATE_REQUIRED = "client_certificate_required"
    PERMISSION_DENIED = "permission_denied"
    TOKEN_REJECTED = "token_rejected"  # noqa: S105 -- a reason
    INTERNAL_ERROR = "internal_error"
    SOURCE_TAKEN = "source_taken"
    PASSWORD_NOT_ALLOWED = "password_not_allowed"  # noqa: S105 -- a reason
    PASSWORD_TOO_SHORT = "password_too_short"  # noqa: S105 -- a reason
    PASSWORD_TOO_LONG = "password_too_long"  # noqa: S105 -- a reason
    PASSWORD_COMMON = "password_common"  # noqa: S105 -- a reason
    PASSWORD_CONTAINS_IDENTITY = "password_contains_identity"  # noqa: S105 -- a reason


class Verdict(NamedTuple):
    """`status`: gRPC's, by name. `exit_code`: the command's. `resumable`: the same id continues.

    `http` is the status over HTTP.
    """

    status: str
    exit_code: int
    http: int
    resumable: bool = False


_OF_THE_FILE = Verdict("INVALID_ARGUMENT", 3, 422)
_OF_THE_CALL = Verdict("INVALID_ARGUMENT", 2, 400)
_OF_A_ROW = Verdict("INVALID_ARGUMENT", 6, 422)  # a row's code, of a unary call
_BY_RULE = Verdict("FAILED_PRECONDITION", 6, 409)
_STOPPED = Verdict("ABORTED", 6, 409)
_NOT_YOU = Verdict("UNAUTHENTICATED", 5, 401)
_LATER = Verdict("UNAVAILABLE", 4, 503, resumable=True)

VERDICTS: dict[Reason, Verdict] = {
    Reason.EMPTY_FILE: _OF_THE_FILE,
    Reason.HEADER_MISSING_COLUMN: _OF_THE_FILE,
    Reason.HEADER_DUPLICATE_COLUMN: _OF_THE_FILE,
    Reason.HEADER_UNKNOWN_COLUMN: _OF_THE_FILE,
    Reason.HEADER_FORBIDDEN_COLUMN: _OF_THE_FILE,
    Reason.HEADER_EMPTY_NAME: _OF_THE_FILE,
    Reason.HEADER_TOO_LONG: _OF_THE_FILE,
    Reason.TOO_MANY_COLUMNS: _OF_THE_FILE,
    Reason.ENCODING_ERROR: _OF_THE_FILE,
    Reason.UNSUPPORTED_CONTENT: Verdict("INVALID_ARGUMENT", 3, 415),
    Reason.DELIMITER_MISMATCH: _OF_THE_FILE,
    Reason.UNTERMINATED_QUOTE: _OF_THE_FILE,
    Reason.TOO_MANY_ROWS: _OF_THE_FILE,
    Reason.INVALID_OPTIONS: _OF_THE_CALL,
    Reason.SEQUENCE_ERROR: _OF_THE_CALL,
    Reason.REQUEST_MALFORMED: _OF_THE_CALL,
    Reason.IDEMPOTENCY_CONFLICT: Verdict("ALREADY_EXISTS", 6, 409),
    Reason.RESOURCE_EXISTS: Verdict("ALREADY_EXISTS", 6, 409),
    Reason.RESOURCE_NOT_FOUND: Verdict("NOT_FOUND", 6, 404),
    Reason.RESOURCE_IN_USE: _BY_RULE,
    Reason.SEAT_LIMIT_REACHED: _OF_A_ROW,
    Reason.TARGET_PROTECTED: Verdict("INVALID_ARGUMENT", 5, 403),  # a row's code, too
    Reason.IMPORT_ALREADY_RUNNING: Verdict("ABORTED", 8, 409),
    Reason.TRUNCATED_STREAM: Verdict("ABORTED", 4, 400, resumable=True),
    Reason.CHECKSUM_MISMATCH: Verdict("ABORTED", 6, 422),
    Reason.TOO_MANY_FAILED_ROWS: Verdict("ABORTED", 6, 422),
    Reason.IMPORT_CANCELLED: _STOPPED,
    Reason.SAFEGUARD_TRIPPED: _BY_RULE,
    Reason.PLAN_STALE: _BY_RULE,
    Reason.IMPORT_NOT_RESUMABLE: _BY_RULE,
    Reason.MESSAGE_TOO_LARGE: Verdict("RESOURCE_EXHAUSTED", 2, 413),
    Reason.QUOTA_EXCEEDED: Verdict("RESOURCE_EXHAUSTED", 8, 429),
    Reason.RATE_LIMITED: Verdict("RESOURCE_EXHAUSTED", 8, 429),
    Reason.STORAGE_FULL: Verdict("RESOURCE_EXHAUSTED", 4, 507, resumable=True),
    Reason.SERVER_DRAINING: _LATER,
    Reason.PLUGIN_UNAVAILABLE: _LATER,
    Reason.STREAM_IDLE: Verdict("DEADLINE_EXCEEDED", 4, 408, resumable=True),
    Reason.TOKEN_MISSING: _NOT_YOU,
    Reason.TOKEN_INVALID: _NOT_YOU,
    Reason.TOKEN_EXPIRED: _NOT_YOU,
    Reason.CLIENT_CERTIFICATE_REQUIRED: _NOT_YOU,
    Reason.PERMISSION_DENIED: Verdict("PERMISSION_DENIED", 5, 403),
    Reason.TOKEN_REJECTED: Verdict("INVALID_ARGUMENT", 5, 400),
    Reason.SOURCE_TAKEN: Verdict("PERMISSION_DENIED", 5, 403),
    Reason.PASSWORD_NOT_ALLOWED: _OF_A_ROW,
    Reason.PASSWORD_TOO_SHORT: _OF_A_ROW,
    Reason.PASSWORD_TOO_LONG: _OF_A_ROW,
    Reason.PASSWORD_COMMON: _OF_A_ROW,
    Reason.PASSWORD_CONTAINS_IDENTITY: _OF_A_ROW,
    Reason.INTERNAL_ERROR: Verdict("INTERNAL", 7, 500),
}
