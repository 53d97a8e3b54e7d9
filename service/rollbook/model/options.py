"""The options of an import, and their choices."""

from dataclasses import dataclass, fields
from enum import Enum, StrEnum


class Mode(StrEnum):
    """Which of create and update a row may do."""

    UPSERT = "UPSERT"
    CREATE_ONLY = "CREATE_ONLY"
    UPDATE_ONLY = "UPDATE_ONLY"


class Commit(StrEnum):
    """When what was planned is committed: batch by batch, after `end` in one, or never."""

    PER_BATCH = "PER_BATCH"
    WHOLE_FILE = "WHOLE_FILE"
    NONE = "NONE"


class Blanks(StrEnum):
    """What an empty cell does to a stored value."""

    KEEP = "KEEP"
    CLEAR = "CLEAR"


class UnknownRole(StrEnum):
    """What happens to a row whose role is unknown."""

    REJECT = "REJECT"
    DEFAULT = "DEFAULT"
    IGNORE_COLUMN = "IGNORE_COLUMN"


class UnknownName(StrEnum):
    """What happens to a row whose location or unit is unknown."""

    REJECT = "REJECT"
    WARN = "WARN"
    CREATE = "CREATE"


class UnknownColumns(StrEnum):
    """What happens to a column that feeds no field."""

    WARN = "WARN"
    REJECT = "REJECT"
    STORE = "STORE"


class FirstPassword(StrEnum):
    """Where a new user's first password comes from."""

    NONE = "NONE"
    FROM_FILE = "FROM_FILE"
    GENERATE = "GENERATE"


class Notify(StrEnum):
    """Who is written to."""

    NOBODY = "NOBODY"
    WELCOME_NEW = "WELCOME_NEW"
    INVITE_NEW = "INVITE_NEW"
    LOGIN_DETAILS = "LOGIN_DETAILS"


class MissingUsers(StrEnum):
    """What happens to users of this source that a complete file no longer names."""

    IGNORE = "IGNORE"
    SUSPEND = "SUSPEND"


class Results(StrEnum):
    """Which row results are streamed."""

    ALL = "ALL"
    WITH_ISSUES = "WITH_ISSUES"
    NONE = "NONE"


class Identity(StrEnum):
    """The column that gives the employee number."""

    EMPLOYEE_NUMBER = "EMPLOYEE_NUMBER"
    USERNAME = "USERNAME"
    EMAIL = "EMAIL"


@dataclass(frozen=True, slots=True)
class LineRange:
    """Lines `first` to `last` of the file, both included; header = line 1."""

    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The effective options of one import. Part of its identity: a resume must bring the same.

    `delimiter` and `encoding` '' mean: found from the file. `max_failed_rows` None: no limit.
    `columns` maps a header as written to a field, or to `attributes.NAME`. `encoding_certain`: the
    encoding holds, whatever the file looks like. `single_names`: a row may leave one of first and
    last name blank.
    """

    mode: Mode = Mode.UPSERT
    commit: Commit = Commit.PER_BATCH
    blanks: Blanks = Blanks.KEEP
    unknown_role: UnknownRole = UnknownRole.REJECT
    unknown_location: UnknownName = UnknownName.REJECT
    unknown_unit: UnknownName = UnknownName.REJECT
    unknown_columns: UnknownColumns = UnknownColumns.WARN
    columns: tuple[tuple[str, str], ...] = ()
    delimiter: str = ""
    encoding: str = ""
    first_password: FirstPassword = FirstPassword.NONE
    notify: Notify = Notify.NOBODY
    missing_users: MissingUsers = MissingUsers.IGNORE
    only_lines: tuple[LineRange, ...] = ()
    only_outcomes: tuple[str, ...] = ()
    include_changes: bool = False
    results: Results = Results.ALL
    max_failed_rows: int | None = None
    encoding_certain: bool = False
    identity: Identity = Identity.EMPLOYEE_NUMBER
    single_names: bool = False


CHOICES: dict[str, type[Enum]] = {
    option.name: option.type
    for option in fields(Options)
    if isinstance(option.type, type) and issubclass(option.type, Enum)
}
"""The options that are one of a closed set, and the set."""
