"""A row that is spoiled in one place, for each code that one cell, or the row's text, can cause."""

from collections.abc import Callable, Sequence

from tests.model.files import badly_quoted, joined, too_few, too_many
from tests.model.people import HELD

MANY = [f"extra {n}" for n in range(64)]
"""Columns of attributes: as many as a file may have, and a user."""
OLDER = "older"
"""An attribute that is no column."""

COLUMNS = (
    *("employee_number", "email", "first_name", "last_name", "username", "role", "location"),
    *("organizational_unit", "change_password_next_time", "job_title", "phone", "password"),
)

CELLS: dict[str, tuple[str, str]] = {
    "invalid_employee_number": ("employee_number", "../1"),
    "invalid_username": ("username", "two words"),
    "invalid_email": ("email", "bad-email"),
    "missing_required_field": ("employee_number", ""),
    "invalid_role": ("role", "superuser"),
    "invalid_location": ("location", "HQ"),
    "unknown_organizational_unit": ("organizational_unit", "Nowhere"),
    "invalid_name": ("first_name", "!!!"),
    "invalid_boolean": ("change_password_next_time", "maybe"),
    "field_too_long": ("job_title", "x" * 201),
    "record_too_large": ("job_title", "x" * 3_000),
    "control_character": ("job_title", "vt\x0bin"),
    "nul_byte": ("phone", "1\x002"),
    "password_not_allowed": ("password", "a password of nobody"),
    "duplicate_email": ("email", HELD),
    "duplicate_username": ("username", "keeper"),
}
"""By code: a field, and a cell of it that is refused."""

LINES: dict[str, Callable[[str, str], str]] = {
    "too_few_fields": too_few,
    "too_many_fields": too_many,
    "malformed_quoting": badly_quoted,
}
"""By code: what is done to a whole record."""

ATTRIBUTES = "too_many_attributes"
"""All are given: too many for a user who has another one stored."""
KINDS = (*CELLS, *LINES, ATTRIBUTES)


def spoiled(cells: Sequence[str], kind: str) -> str:
    """A record of `COLUMNS` and `MANY` with that fault in it."""
    known = dict(zip(COLUMNS, cells, strict=True))
    if kind in CELLS:
        field, cell = CELLS[kind]
        known[field] = cell
    line = record(list(known.values()), len(MANY) if kind == ATTRIBUTES else 0)
    return LINES[kind](line, ",") if kind in LINES else line


def record(cells: Sequence[str], filled: int = 0) -> str:
    """A record whose first `filled` attributes are given."""
    return joined([*cells, *("x" if at < filled else "" for at in range(len(MANY)))], ",")


def header() -> str:
    """The header of such records."""
    return ",".join([*COLUMNS, *MANY])
