"""Issues: the errors and warnings that a row can have, each with code and field.

The message about a cell stands in `checking`, about a record in `reading`, about a right in
`users/policy.py`, and any other of an import in `imports/issue_messages.py`.
"""

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
    """Every code that an issue may carry, and its severity. Append-only: clients build on them."""

    severity: Severity
    _value_: str

    def __new__(cls, name: str, *severity: Severity) -> "Code":
        """A member: its word, and how serious it is. `Code(name)` finds one."""
        member = str.__new__(cls, name)
        member._value_ = name
        (member.severity,) = severity
        return member

    # errors: keys
    DUPLICATE_EMAIL = "duplicate_email", Severity.ERROR
    DUPLICATE_USERNAME = "duplicate_username", Severity.ERROR
    DUPLICATE_EMPLOYEE_NUMBER = "duplicate_employee_number", Severity.ERROR
    INVALID_EMPLOYEE_NUMBER = "invalid_employee_number", Severity.ERROR
    INVALID_USERNAME = "invalid_username", Severity.ERROR
    ALREADY_EXISTS = "already_exists", Severity.ERROR
    NOT_FOUND = "not_found", Severity.ERROR
    SEAT_LIMIT_REACHED = "seat_limit_reached", Severity.ERROR
    CONFLICT_RETRY_EXHAUSTED = "conflict_retry_exhausted", Severity.ERROR
    # errors: fields
    INVALID_EMAIL = "invalid_email", Severity.ERROR
    MISSING_REQUIRED_FIELD = "missing_required_field", Severity.ERROR
    INVALID_ROLE = "invalid_role", Severity.ERROR
    INVALID_LOCATION = "invalid_location", Severity.ERROR
    UNKNOWN_ORGANIZATIONAL_UNIT = "unknown_organizational_unit", Severity.ERROR
    INVALID_NAME = "invalid_name", Severity.ERROR
    INVALID_BOOLEAN = "invalid_boolean", Severity.ERROR
    FIELD_TOO_LONG = "field_too_long", Severity.ERROR
    RECORD_TOO_LARGE = "record_too_large", Severity.ERROR
    TOO_FEW_FIELDS = "too_few_fields", Severity.ERROR
    TOO_MANY_FIELDS = "too_many_fields", Severity.ERROR
    MALFORMED_QUOTING = "malformed_quoting", Severity.ERROR
    NUL_BYTE = "nul_byte", Severity.ERROR
    CONTROL_CHARACTER = "control_character", Severity.ERROR
    TOO_MANY_ATTRIBUTES = "too_many_attributes", Severity.ERROR
    # errors: policy
    ROLE_NOT_PERMITTED = "role_not_permitted", Severity.ERROR
    TARGET_PROTECTED = "target_protected", Severity.ERROR
    PASSWORD_NOT_ALLOWED = "password_not_allowed", Severity.ERROR
    PASSWORD_TOO_SHORT = "password_too_short", Severity.ERROR
    PASSWORD_TOO_LONG = "password_too_long", Severity.ERROR
    PASSWORD_COMMON = "password_common", Severity.ERROR
    PASSWORD_CONTAINS_IDENTITY = "password_contains_identity", Severity.ERROR
    PASSWORD_QUOTA_EXCEEDED = "password_quota_exceeded", Severity.ERROR
    # errors: plugins
    PLUGIN_ERROR = "plugin_error", Severity.ERROR
    PLUGIN_TIMEOUT = "plugin_timeout", Severity.ERROR
    PLUGIN_BAD_OUTPUT = "plugin_bad_output", Severity.ERROR
    # warnings
    ROLE_DEFAULTED = "role_defaulted", Severity.WARNING
    ROLE_LOCKED = "role_locked", Severity.WARNING
    LOCATION_LOCKED = "location_locked", Severity.WARNING
    LOCATION_UNKNOWN_IGNORED = "location_unknown_ignored", Severity.WARNING
    UNIT_UNKNOWN_IGNORED = "unit_unknown_ignored", Severity.WARNING
    USER_SUSPENDED = "user_suspended", Severity.WARNING
    WHITESPACE_TRIMMED = "whitespace_trimmed", Severity.WARNING
    FORMULA_LIKE_VALUE = "formula_like_value", Severity.WARNING
    SMTPUTF8_REQUIRED = "smtputf8_required", Severity.WARNING
    PASSWORD_IGNORED_EXISTING_USER = "password_ignored_existing_user", Severity.WARNING
    MUST_CHANGE_FORCED = "must_change_forced", Severity.WARNING
    NOTIFICATION_SUPPRESSED = "notification_suppressed", Severity.WARNING
    KEPT_IN_DOUBT = "kept_in_doubt", Severity.WARNING
    REPLACEMENT_CHARACTER = "replacement_character", Severity.WARNING
    LOOKS_LIKE_NOTHING = "looks_like_nothing", Severity.WARNING
    RESERVED_DOMAIN = "reserved_domain", Severity.WARNING
    # of the whole import
    UNKNOWN_COLUMN_IGNORED = "unknown_column_ignored", Severity.WARNING
    MAIL_NOT_CONFIGURED = "mail_not_configured", Severity.WARNING
    PASSWORD_COLUMN_READ = "password_column_read", Severity.WARNING
    STATUS_COLUMN_IGNORED = "status_column_ignored", Severity.WARNING
    ATTRIBUTE_NOT_READ = "attribute_not_read", Severity.WARNING
    PREAMBLE_SKIPPED = "preamble_skipped", Severity.WARNING
    TRAILING_BYTES_SKIPPED = "trailing_bytes_skipped", Severity.WARNING


WARNINGS = frozenset(code for code in Code if code.severity is Severity.WARNING)
"""The codes that leave their row applied."""

_KEYS = ("employee_number", "email", "username")


def keys_first(issues: Iterable["Issue"]) -> list["Issue"]:
    """Issues in their order: the keys first, of each its errors first; then others as found."""

    def place(issue: "Issue") -> tuple[int, bool]:
        if issue.field not in _KEYS:
            return len(_KEYS), False
        return _KEYS.index(issue.field), not issue.fails

    return sorted(issues, key=place)


MOST_ISSUES = 32
"""Most issues of one row."""


def at_most(issues: Sequence["Issue"]) -> Sequence["Issue"]:
    """The issues that are reported of one row, in order; of a failed row, always an error."""
    if len(issues) <= MOST_ISSUES:
        return issues
    by_weight = sorted(range(len(issues)), key=lambda at: not issues[at].fails)
    return [issues[at] for at in sorted(by_weight[:MOST_ISSUES])]


_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Issue:
    """One error or warning about a row.

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
        return self.code.severity

    @property
    def fails(self) -> bool:
        """Whether the row is refused for it."""
        return self.code not in WARNINGS
