"""The input and output of the oracle, as plain values that are not the service's."""

from dataclasses import dataclass, field, replace
from typing import NamedTuple

KEYS = ("employee_number", "email", "username")
"""The fields whose issues come first, in this order."""

MOST_ATTRIBUTES = 64
"""Of one user, those that are stored already included."""

REQUIRED = ("employee_number", "email", "first_name", "last_name")
"""What the profile `default` requires."""

WARNINGS = frozenset(
    """role_defaulted role_locked location_locked location_unknown_ignored unit_unknown_ignored
    user_suspended whitespace_trimmed formula_like_value smtputf8_required looks_like_nothing
    reserved_domain kept_in_doubt replacement_character""".split()
)
"""The codes that leave a row applied, as far as a profile without passwords and mail has them."""


class Issue(NamedTuple):
    """One issue of a row. `facts` are only the params that a rule promises."""

    code: str
    field: str
    facts: tuple[tuple[str, str], ...] = ()

    @property
    def fails(self) -> bool:
        return self.code not in WARNINGS


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options of an import, by the words of the contract; the profile's if none is given."""

    mode: str = "UPSERT"
    commit: str = "PER_BATCH"
    blanks: str = "KEEP"
    unknown_role: str = "REJECT"
    unknown_location: str = "REJECT"
    unknown_unit: str = "REJECT"
    unknown_columns: str = "WARN"
    columns: tuple[tuple[str, str], ...] = ()
    delimiter: str = ""
    encoding: str = ""
    missing_users: str = "IGNORE"
    only_lines: tuple[tuple[int, int], ...] = ()
    only_outcomes: tuple[str, ...] = ()
    include_changes: bool = False
    max_failed_rows: int | None = None
    encoding_certain: bool = False
    single_names: bool = False
    identity: str = "EMPLOYEE_NUMBER"

    @property
    def number_field(self) -> str:
        """The column that the employee number is taken from."""
        return self.identity.lower()

    @property
    def required(self) -> tuple[str, ...]:
        """The columns that the import requires."""
        if self.mode == "UPDATE_ONLY":
            return (self.number_field,)
        others = (field for field in REQUIRED[1:] if field != self.number_field)
        return (self.number_field, *others)

    def told(self) -> dict[str, object]:
        """Those that differ from the profile's, which a client would send."""
        usual = Options()
        return {name: value for name, value in vars(self).items() if value != getattr(usual, name)}


@dataclass(frozen=True, kw_only=True)
class User:
    """A user as stored. Role, location and unit by name, '' for none."""

    employee_number: str
    number_key: str
    email: str
    email_key: str
    username: str
    username_key: str
    first_name: str = ""
    last_name: str = ""
    name: str = ""
    role: str = ""
    location: str = ""
    organizational_unit: str = ""
    job_title: str = ""
    department: str = ""
    phone: str = ""
    attributes: tuple[tuple[str, str], ...] = ()
    change_password_next_time: bool = False
    status: str = "active"
    role_locked: bool = False
    location_locked: bool = False
    protected: bool = False
    source: str = "default"
    sources: tuple[str, ...] = ()


class Role(NamedTuple):
    """A role and its other names."""

    name: str
    aliases: tuple[str, ...] = ()


class Location(NamedTuple):
    """A location, its code and its other names."""

    name: str
    code: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Safeguards:
    """Where an import stops: users suspended (per cent, number), e-mails and roles (per cent)."""

    suspended_percent: int = 20
    suspended: int = 500
    from_users: int = 100
    emails_percent: int = 10
    roles_percent: int = 5


@dataclass(frozen=True, kw_only=True)
class Directory:
    """A directory before or after an import. `users` by the key of their number."""

    users: dict[str, User]
    roles: tuple[Role, ...]
    default_role: str
    locations: tuple[Location, ...] = ()
    units: tuple[str, ...] = ()
    seats: int | None = None
    safeguards: Safeguards = Safeguards()


@dataclass(frozen=True, kw_only=True)
class Result:
    """What became of one row."""

    line: int
    row: int
    outcome: str
    employee_number: str
    issues: tuple[Issue, ...] = ()
    changes: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What an import must come to.

    `stopped_by` is a code and its line; `told`: the call ends with that code. `kept` is False
    where all was rolled back, `answered` where there is only the status.
    """

    directory: Directory
    results: tuple[Result, ...]
    suspended: tuple[str, ...] = ()
    reactivated: int = 0
    released: int = 0
    protected: int = 0
    warnings: tuple[Issue, ...] = ()
    state: str = "COMPLETED"
    stopped_by: tuple[str, int] | None = None
    told: bool = True
    kept: bool = True
    answered: bool = True

    @property
    def outcomes(self) -> dict[str, int]:
        """How many rows came to each outcome."""
        counts: dict[str, int] = {}
        for result in self.results:
            counts[result.outcome] = counts.get(result.outcome, 0) + 1
        return counts

    @property
    def codes(self) -> dict[str, int]:
        """How many issues of each code there are."""
        counts: dict[str, int] = {}
        for result in self.results:
            for issue in result.issues:
                counts[issue.code] = counts.get(issue.code, 0) + 1
        return counts


@dataclass(kw_only=True)
class Row:
    """One row of the file on its way: its cells, and its issues so far.

    `values` by field: None leaves what is stored, '' clears it. A key is '' where there is none.
    """

    line: int
    number: int
    shown_number: str = ""
    values: dict[str, str | None] = field(default_factory=dict)
    number_key: str = ""
    email_key: str = ""
    username_key: str = ""
    issues: list[Issue] = field(default_factory=list)
    made_location: str = ""
    made_unit: str = ""

    @property
    def failed(self) -> bool:
        return any(issue.fails for issue in self.issues)

    def say(self, code: str, about: str, **facts: str) -> None:
        """One issue a field and code."""
        if not any(issue.code == code and issue.field == about for issue in self.issues):
            self.issues.append(Issue(code, about, tuple(sorted(facts.items()))))

    def value(self, name: str) -> str | None:
        """The row's value of a field; None: it has none."""
        return self.values.get(name)


def with_users(directory: Directory, users: dict[str, User]) -> Directory:
    """The same directory with other users."""
    return replace(directory, users=users)
