"""The fields of a user: one table that every room reads.

A field that is added here is read from files and typed rows, checked, staged, compared, written,
kept in the history, reported in `changes` and listed. `service/README.md`, "Adding a field", shows
the other two edits: a migration and the contract.
"""

from dataclasses import dataclass
from enum import Enum, StrEnum

ATTRIBUTE_PREFIX = "attributes."
"""A column mapped to `attributes.NAME` is kept under NAME in the user's attributes."""


MOST_ATTRIBUTES = 64
"""Attributes of one user, those that are stored and those of a row together."""


class Kind(Enum):
    """What the cells of a field are; `checking` has a rule for each."""

    NUMBER = "employee number"
    EMAIL = "e-mail address"
    USERNAME = "username"
    PERSON_NAME = "name of a person"
    TEXT = "free text"
    PHONE = "phone number"
    REFERENCE = "name of something that has an id"
    BOOLEAN = "1 or 0"
    PASSWORD = "password"  # noqa: S105 -- a kind of cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What is true of one field.

    `kind` decides how a cell is checked and stored. `limit` names the limit of its length, an
    attribute of `checking.Limits`. `wire` is its number in `UserRow` of the contract; append-only.
    `column` is its column in the table `users`: None, the field's own name; '', it is not stored.
    `names` is the table that an id of a REFERENCE points into.

    `cleared`: a blank cell empties it where the import clears blanks. `protected`: no import
    changes it of a protected user. `plain`: the row's value counts, else the stored one stays;
    the others have a rule of their own in `staging/new_values.part.sql`. `to_plugins`: a plugin
    sees it, as the field of `hooks.User` that has its name. `label` is what messages call it.
    """

    kind: Kind
    wire: int
    limit: str = "text"
    column: str | None = None
    names: str = ""
    cleared: bool = True
    protected: bool = False
    plain: bool = True
    to_plugins: bool = False
    label: str = ""


class Field(StrEnum):
    """A field of a user, by the snake_case name that is also its column's name in a file.

    Further headers of a field are aliases of a profile. A stored field is part of a user's
    history and of the `changes` of a row: there is no switch for either. The order is that of
    issues, of `changes` and of typed rows in a failure report: a new field stands last.
    """

    traits: Traits
    _value_: str

    def __new__(cls, name: str, *traits: Traits) -> "Field":
        """A member: its name, and what is true of it. `Field(name)` finds one."""
        member = str.__new__(cls, name)
        member._value_ = name
        (member.traits,) = traits
        return member

    @property
    def column(self) -> str:
        """Its column in the table `users`; '' if it is not stored."""
        column = self.traits.column
        return self.value if column is None else column

    @property
    def label(self) -> str:
        """The field as a message calls it, to follow 'the'."""
        return self.traits.label or self.value.replace("_", " ")

    EMPLOYEE_NUMBER = (
        "employee_number",
        Traits(
            kind=Kind.NUMBER, wire=1, limit="number", cleared=False, plain=False, to_plugins=True
        ),
    )
    EMAIL = (
        "email",
        Traits(
            kind=Kind.EMAIL,
            wire=2,
            limit="email",
            cleared=False,
            protected=True,
            to_plugins=True,
            label="e-mail address",
        ),
    )
    USERNAME = (
        "username",
        Traits(
            kind=Kind.USERNAME,
            wire=3,
            limit="username",
            cleared=False,
            protected=True,
            plain=False,
            to_plugins=True,
        ),
    )
    FIRST_NAME = "first_name", Traits(kind=Kind.PERSON_NAME, wire=4, limit="name", to_plugins=True)
    LAST_NAME = "last_name", Traits(kind=Kind.PERSON_NAME, wire=5, limit="name", to_plugins=True)
    NAME = (
        "name",
        Traits(kind=Kind.PERSON_NAME, wire=6, limit="name", to_plugins=True, label="display name"),
    )
    ROLE = (
        "role",
        Traits(
            kind=Kind.REFERENCE,
            wire=7,
            column="role_id",
            names="roles",
            cleared=False,
            protected=True,
            plain=False,
            to_plugins=True,
        ),
    )
    LOCATION = (
        "location",
        Traits(
            kind=Kind.REFERENCE,
            wire=8,
            column="location_id",
            names="locations",
            plain=False,
            to_plugins=True,
        ),
    )
    ORGANIZATIONAL_UNIT = (
        "organizational_unit",
        Traits(
            kind=Kind.REFERENCE,
            wire=9,
            column="unit_id",
            names="organizational_units",
            to_plugins=True,
        ),
    )
    JOB_TITLE = "job_title", Traits(kind=Kind.TEXT, wire=10, to_plugins=True)
    DEPARTMENT = "department", Traits(kind=Kind.TEXT, wire=11, to_plugins=True)
    PHONE = "phone", Traits(kind=Kind.PHONE, wire=12, to_plugins=True)
    PASSWORD = (
        "password",
        Traits(
            kind=Kind.PASSWORD, wire=13, limit="password", column="", cleared=False, protected=True
        ),
    )
    CHANGE_PASSWORD = (
        "change_password_next_time",
        Traits(
            kind=Kind.BOOLEAN,
            wire=14,
            column="must_change_password",
            cleared=False,
            label="mark 'change password next time'",
        ),
    )


STORED = tuple(field for field in Field if field.column)
"""The fields that are stored with a user; one column each."""

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
