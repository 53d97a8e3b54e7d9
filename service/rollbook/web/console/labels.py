"""What pages call the names of the contract: states, outcomes, events, codes, fields and values.

A name such as `SUSPENDED_BY_SYNC` is no word for a person, so each that a page may show has its
words here. Beside codes and reasons a page has the name, too: documents and reports have it.
"""

from collections.abc import Mapping

from rollbook.model import (
    ATTRIBUTE_PREFIX,
    REMOVED,
    STANDARD_MESSAGES,
    STATUS,
    STORED,
    Code,
    Field,
    Kind,
)

_PASSWORDS = {
    "password_not_allowed": "password not allowed here",
    "password_too_short": "password too short",
    "password_too_long": "password too long",
    "password_common": "password easy to guess",
    "password_contains_identity": "password with the user's own name",
}
_EVENTS = {
    "CREATED": "created",
    "UPDATED": "updated",
    "SUSPENDED": "suspended",
    "REACTIVATED": "reactivated",
}
WORDS: Mapping[str, Mapping[str, str]] = {
    "import": {
        "RUNNING": "running",
        "COMPLETED": "completed",
        "INTERRUPTED": "interrupted",
        "STOPPED": "stopped",
        "PREVIEWED": "previewed",
        "AWAITING_APPROVAL": "awaiting approval",
        "CANCELLED": "cancelled",
    },
    "row": {
        "CREATED": "created",
        "UPDATED": "updated",
        "UNCHANGED": "unchanged",
        "FAILED": "failed",
        "NOT_APPLIED": "not applied",
        "SUSPENDED": "suspended",
    },
    "user": {
        "ACTIVE": "active",
        "SUSPENDED": "suspended",
        "SUSPENDED_BY_SYNC": "suspended by a full sync",
    },
    "password": {
        "NONE": "none: the user cannot sign in",
        "MUST_CHANGE": "must be changed at the next login",
        "SET": "set",
    },
    "change": _EVENTS,
    "event": {
        **_EVENTS,
        "RESET_REQUESTED": "new password asked for",
        "PASSWORD_CHANGED": "password changed",
        "INVITED": "invited",
    },
    "mail": {
        "NONE": "no mail",
        "WELCOME": "welcome mail",
        "RESET": "mail with a link to set a password",
        "INVITATION": "invitation mail",
        "LOGIN_DETAILS": "mail with login details",
        "PASSWORD_CHANGED": "mail that the password was changed",
    },
    "notice": {
        "PENDING": "pending",
        "SENT": "sent",
        "UNDELIVERABLE": "undeliverable",
        "UNHANDLED": "taken by no plugin",
        "IN_DOUBT": "in doubt",
        "EXPIRED": "expired",
        "RESENT": "resent",
    },
    "plugin": {
        "LOADED": "loaded",
        "RUNNING": "running",
        "HANGING": "hanging: a call did not return",
        "STOPPED": "stopped",
        "UNLISTED": "not in use",
        "BROKEN": "broken",
    },
    "option": {"UPSERT": "create and update", "PER_BATCH": "batch by batch"},
    "code": {
        **_PASSWORDS,
        "duplicate_email": "e-mail in use",
        "duplicate_username": "username in use",
        "duplicate_employee_number": "employee number twice in the file",
        "invalid_employee_number": "employee number not valid",
        "invalid_username": "username not valid",
        "already_exists": "user who is there already",
        "not_found": "no such user",
        "seat_limit_reached": "no seat left",
        "conflict_retry_exhausted": "changed by others meanwhile",
        "invalid_email": "e-mail not valid",
        "missing_required_field": "required cell blank",
        "invalid_role": "unknown role",
        "invalid_location": "unknown location",
        "unknown_organizational_unit": "unknown organizational unit",
        "invalid_name": "name not valid",
        "invalid_boolean": "neither 1 nor 0",
        "field_too_long": "cell too long",
        "record_too_large": "row too large",
        "too_few_fields": "too few cells",
        "too_many_fields": "too many cells",
        "malformed_quoting": "wrong quotes",
        "nul_byte": "NUL in a cell",
        "control_character": "control character in a cell",
        "too_many_attributes": "too many attributes",
        "role_not_permitted": "role that you may not give",
        "target_protected": "user whom you may not change so",
        "password_quota_exceeded": "too many passwords",
        "plugin_error": "failure of a plugin",
        "plugin_timeout": "plugin that took too long",
        "plugin_bad_output": "plugin's answer not valid",
        "role_defaulted": "unknown role, default used",
        "role_locked": "locked role",
        "location_locked": "locked location",
        "location_unknown_ignored": "unknown location ignored",
        "unit_unknown_ignored": "unknown unit ignored",
        "user_suspended": "suspended user",
        "whitespace_trimmed": "spaces removed",
        "formula_like_value": "like a formula",
        "smtputf8_required": "address that some mail servers refuse",
        "password_ignored_existing_user": "password of a known user ignored",
        "must_change_forced": "password that must be changed anyway",
        "notification_suppressed": "mail that no plugin took",
        "kept_in_doubt": "user who is kept, as the row failed",
        "replacement_character": "damaged text",
        "looks_like_nothing": "word for no value",
        "reserved_domain": "domain that gets no mail",
        "unknown_column_ignored": "column not read",
        "mail_not_configured": "mail that nobody sends",
        "password_column_read": "file with passwords",
        "status_column_ignored": "column of the status not read",
        "attribute_not_read": "attribute not read",
        "preamble_skipped": "lines before the header skipped",
        "trailing_bytes_skipped": "bytes after the last row skipped",
    },
    "reason": {
        **_PASSWORDS,
        "empty_file": "the file is empty",
        "header_missing_column": "a column is missing",
        "header_duplicate_column": "two columns feed one field",
        "header_unknown_column": "a column feeds no field",
        "header_forbidden_column": "no file may have such a column",
        "header_empty_name": "a column has no name",
        "header_too_long": "the header is too long",
        "too_many_columns": "there are too many columns",
        "encoding_error": "some bytes are no text in this encoding",
        "unsupported_content": "this is no file of the kind that is read",
        "delimiter_mismatch": "the delimiter is another one",
        "unterminated_quote": "a quote is never closed",
        "too_many_rows": "there are too many rows",
        "invalid_options": "an option is not valid",
        "sequence_error": "the parts came in a wrong order",
        "request_malformed": "the request cannot be read",
        "idempotency_conflict": "the id belongs to another import",
        "resource_exists": "it is there already",
        "resource_not_found": "it is not there",
        "resource_in_use": "it is in use",
        "seat_limit_reached": "no seat is left",
        "target_protected": "you may not change this user so",
        "import_already_running": "the import is running already",
        "truncated_stream": "the file did not arrive whole",
        "checksum_mismatch": "the file did not arrive as it was sent",
        "too_many_failed_rows": "too many rows failed",
        "import_cancelled": "it was cancelled",
        "safeguard_tripped": "a safeguard stopped it",
        "plan_stale": "users were changed since the preview",
        "import_not_resumable": "the import cannot go on",
        "message_too_large": "too much was sent at once",
        "quota_exceeded": "a quota is used up",
        "rate_limited": "there were too many requests",
        "storage_full": "the server has no room left",
        "server_draining": "the server is shutting down",
        "plugin_unavailable": "a plugin did not answer",
        "stream_idle": "nothing came for too long",
        "token_missing": "there is no access token",
        "token_invalid": "the access token is not valid",
        "token_expired": "the access token has expired",
        "client_certificate_required": "a client certificate is needed",
        "permission_denied": "it is not permitted",
        "token_rejected": "the link is not valid any more",
        "internal_error": "a fault of Rollbook",
        "source_taken": "the source belongs to somebody else",
    },
}  # fmt: skip
"""By kind of name: what a page says for each. Names of an option's choices may be words already."""

_FIELDS = {
    "email": "e-mail",
    "change_password_next_time": "password change at the next login",
    "locks.role": "lock of the role",
    "locks.location": "lock of the location",
    "locks.protected": "protection",
}
_YES_OR_NO = {"locks.role", "locks.location", "locks.protected"} | {
    field.value for field in STORED if field.traits.kind is Kind.BOOLEAN
}


def word(name: str) -> str:
    """The words of a name that is made of words: `LOGIN_DETAILS` is `login details`."""
    return name.lower().replace("_", " ")


def called(name: str, kind: str) -> str:
    """What a page calls a name of that kind; of one that a later server has, its own words."""
    return WORDS[kind].get(name, word(name))


def field_called(name: str) -> str:
    """What a page calls a field, of a row or of a user's changes; an attribute by its own name."""
    if name.startswith(ATTRIBUTE_PREFIX):
        return f"attribute {name.removeprefix(ATTRIBUTE_PREFIX)}"
    return _FIELDS.get(name, word(name))


def value_called(value: str, field: str) -> str:
    """A stored value of a field as a page shows it: a person's own text stays as it is."""
    if field == STATUS:
        return called(value.upper(), "user")
    if field in _YES_OR_NO:
        return {"1": "yes", "0": "no"}.get(value, value)
    if value == REMOVED and _is_reference(field):
        return "one that is no longer there"
    return value


def _is_reference(field: str) -> bool:
    return field in STORED and Field(field).traits.kind is Kind.REFERENCE


def reason_called(reason: str) -> tuple[str, str]:
    """The reason of a notice in words, and its code; '' where it is a plugin's own text."""
    if reason in [*Code]:
        return STANDARD_MESSAGES[Code(reason)], reason
    return reason, ""
