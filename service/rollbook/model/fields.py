"""The fields of a user that a column of a file may feed."""

from enum import StrEnum

ATTRIBUTE_PREFIX = "attributes."
"""A column mapped to `attributes.NAME` is kept under NAME in the user's attributes."""


class Field(StrEnum):
    """A field of a user, by the snake_case name that is also its column's name."""

    EMPLOYEE_NUMBER = "employee_number"
    EMAIL = "email"
    USERNAME = "username"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    NAME = "name"
    ROLE = "role"
    LOCATION = "location"
    ORGANIZATIONAL_UNIT = "organizational_unit"
    JOB_TITLE = "job_title"
    DEPARTMENT = "department"
    PHONE = "phone"
    PASSWORD = "password"  # noqa: S105 -- the name of a column
    CHANGE_PASSWORD = "change_password_next_time"  # noqa: S105 -- the name of a column


FORBIDDEN_COLUMNS = frozenset(
    {
        "password_hash",
        "status",
        "locks",
        "privileged",
        "protected",
        "role_lock",
        "location_lock",
        "version",
    }
)
"""Columns that no file may carry: they decide who a user is to the service itself."""
