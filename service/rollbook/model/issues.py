"""What may be said of one row: a code, where, and why. An answer, never an exception."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Severity(StrEnum):
    """ERROR: the row is not applied. WARNING: it is applied, and there is something to know."""

    ERROR = "error"
    WARNING = "warning"


class Code(StrEnum):
    """Every code that an issue may carry. Append-only: clients build on these words."""

    # errors: keys
    DUPLICATE_EMAIL = "duplicate_email"
    DUPLICATE_USERNAME = "duplicate_username"
    DUPLICATE_EMPLOYEE_NUMBER = "duplicate_employee_number"
    INVALID_EMPLOYEE_NUMBER = "invalid_employee_number"
    INVALID_USERNAME = "invalid_username"
    ALREADY_EXISTS = "already_exists"
    NOT_FOUND = "not_found"
    SEAT_LIMIT_REACHED = "seat_limit_reached"
    CONFLICT_RETRY_EXHAUSTED = "conflict_retry_exhausted"
    # errors: fields
    INVALID_EMAIL = "invalid_email"
    MISSING_REQUIRED_FIELD = "missing_required_field"
    INVALID_ROLE = "invalid_role"
    INVALID_LOCATION = "invalid_location"
    UNKNOWN_ORGANIZATIONAL_UNIT = "unknown_organizational_unit"
    INVALID_NAME = "invalid_name"
    INVALID_BOOLEAN = "invalid_boolean"
    FIELD_TOO_LONG = "field_too_long"
    RECORD_TOO_LARGE = "record_too_large"
    TOO_FEW_FIELDS = "too_few_fields"
    TOO_MANY_FIELDS = "too_many_fields"
    MALFORMED_QUOTING = "malformed_quoting"
    NUL_BYTE = "nul_byte"
    CONTROL_CHARACTER = "control_character"
    # errors: policy
    ROLE_NOT_PERMITTED = "role_not_permitted"
    TARGET_PROTECTED = "target_protected"
    PASSWORD_NOT_ALLOWED = "password_not_allowed"  # noqa: S105 -- a code
    PASSWORD_TOO_SHORT = "password_too_short"  # noqa: S105 -- a code
    PASSWORD_TOO_LONG = "password_too_long"  # noqa: S105 -- a code
    PASSWORD_COMMON = "password_common"  # noqa: S105 -- a code
    PASSWORD_CONTAINS_IDENTITY = "password_contains_identity"  # noqa: S105 -- a code
    PASSWORD_QUOTA_EXCEEDED = "password_quota_exceeded"  # noqa: S105 -- a code
    # errors: plugins
    PLUGIN_ERROR = "plugin_error"
    PLUGIN_TIMEOUT = "plugin_timeout"
    PLUGIN_BAD_OUTPUT = "plugin_bad_output"
    # warnings
    ROLE_DEFAULTED = "role_defaulted"
    ROLE_LOCKED = "role_locked"
    LOCATION_LOCKED = "location_locked"
    LOCATION_UNKNOWN_IGNORED = "location_unknown_ignored"
    UNIT_UNKNOWN_IGNORED = "unit_unknown_ignored"
    USER_SUSPENDED = "user_suspended"
    WHITESPACE_TRIMMED = "whitespace_trimmed"
    FORMULA_LIKE_VALUE = "formula_like_value"
    SMTPUTF8_REQUIRED = "smtputf8_required"
    PASSWORD_IGNORED_EXISTING_USER = "password_ignored_existing_user"  # noqa: S105 -- a code
    MUST_CHANGE_FORCED = "must_change_forced"
    NOTIFICATION_SUPPRESSED = "notification_suppressed"
    # of the whole import
    UNKNOWN_COLUMN_IGNORED = "unknown_column_ignored"
    MAIL_NOT_CONFIGURED = "mail_not_configured"
    PASSWORD_COLUMN_READ = "password_column_read"  # noqa: S105 -- a code


_IN_ORDER = tuple(Code)
WARNINGS = frozenset(_IN_ORDER[_IN_ORDER.index(Code.ROLE_DEFAULTED) :])
"""The codes that leave their row applied: all from `role_defaulted` on."""

_KEYS = ("employee_number", "email", "username")


def keys_first(issues: Iterable["Issue"]) -> list["Issue"]:
    """Issues in the order they are told: of the keys first, of each its errors; others as found."""

    def place(issue: "Issue") -> tuple[int, bool]:
        if issue.field not in _KEYS:
            return len(_KEYS), False
        return _KEYS.index(issue.field), not issue.fails

    return sorted(issues, key=place)


MOST_ISSUES = 32
"""Issues that are said of one row."""


def at_most(issues: Sequence["Issue"]) -> Sequence["Issue"]:
    """As many as are said of one row, in their order; a row that failed always says why."""
    if len(issues) <= MOST_ISSUES:
        return issues
    by_weight = sorted(range(len(issues)), key=lambda at: not issues[at].fails)
    return [issues[at] for at in sorted(by_weight[:MOST_ISSUES])]


_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing to say of a row.

    `field` is the field it is about ('' for the whole row), `message` one sentence in English
    for a person, `params` the facts in it for a program. Neither ever carries a password.
    """

    code: Code
    field: str
    message: str
    params: Mapping[str, str] = dataclasses.field(default_factory=lambda: _NOTHING)

    @property
    def severity(self) -> Severity:
        """ERROR or WARNING; the code alone decides."""
        return Severity.WARNING if self.code in WARNINGS else Severity.ERROR

    @property
    def fails(self) -> bool:
        """Whether the row is refused for it."""
        return self.code not in WARNINGS
