"""The types that hooks are given and that they may answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple, final

from rollbook.model import Event, Mail, UnknownName, UnknownRole

_NO_ATTRIBUTES: Mapping[str, str] = MappingProxyType({})


class Current(NamedTuple):
    """What is stored of a user, as text, read before the batch is planned; None: nothing."""

    role: str | None = None
    location: str | None = None
    organizational_unit: str | None = None
    department: str | None = None


class User(NamedTuple):
    """One row of the import, checked and normalised. Read its fields by name.

    `line` is the physical line of the file (header = 1) and the key of every answer. A text is
    None if the file has no such column, and '' if its cell is blank. `attributes` holds the
    file's further columns and is read-only. `current` is the stored user, or None for a new one.

    A user never has a password: there is no field for one.
    """

    # A named tuple, not a dataclass: Python code cannot write to it, and making one from a batch's
    # columns takes 0.4 µs instead of 2, for every row of every import that has plugins.
    line: int
    employee_number: str | None = None
    email: str | None = None
    username: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    name: str | None = None
    role: str | None = None
    location: str | None = None
    organizational_unit: str | None = None
    job_title: str | None = None
    department: str | None = None
    phone: str | None = None
    attributes: Mapping[str, str] = _NO_ATTRIBUTES
    current: Current | None = None


class Place(NamedTuple):
    """A location of the directory; `code` is '' if it has none. Locations may share an alias."""

    name: str
    code: str = ""
    aliases: tuple[str, ...] = ()


class Directory(NamedTuple):
    """The directory of an import, as it was when the import first read it.

    `roles` are the names of all roles, without aliases; `locations` are all locations. Both are
    sorted by key. `unknown_role` and `unknown_location` are what this import does with a text that
    the directory does not have: a plugin that would refuse such a text reads them first. No other
    option of the import is here, so that a preview gets the same answers as the real run.
    """

    # Immutable, as users are: all plugins of an import get the same object.
    name: str
    roles: tuple[str, ...] = ()
    locations: tuple[Place, ...] = ()
    unknown_role: UnknownRole = UnknownRole.REJECT
    unknown_location: UnknownName = UnknownName.REJECT


@final
@dataclass(frozen=True, slots=True)
class Role:
    """An answer of `map_roles`: the role to give the user, by its name in the directory."""

    name: str


@final
@dataclass(frozen=True, slots=True)
class Location:
    """An answer of `match_locations`: the user's location, by its name in the directory."""

    name: str


class Notice(NamedTuple):
    """An event of one user. The user's fields are what is stored now.

    `id` is opaque, printable ASCII, and the same at every attempt. `directory` is the directory's
    name and `directory_name` its display name, or ''. `first_name`, `last_name` and `name` are ''
    if the user has none; `import_id` is '' for a change by hand. `at` is the time of the event, in
    UTC. `attempt` counts from 1; `first_attempt_at` is the time of the first, in UTC. `mail` is the
    mail that the import or the caller asked for. `attributes` holds the user's further values; it
    is read-only.

    A notice never has a password, link or token: there is no field for one. For mails that need
    one see `Credential`.
    """

    id: str
    directory: str
    directory_name: str
    event: Event
    mail: Mail
    employee_number: str
    email: str
    username: str
    first_name: str
    last_name: str
    name: str
    import_id: str
    at: datetime
    attempt: int
    first_attempt_at: datetime | None = None
    attributes: Mapping[str, str] = _NO_ATTRIBUTES


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """What one mail opens the account with: a `link` or a `password`; the other is ''.

    Only the plugin that the operator names in ROLLBOOK_CREDENTIAL_SENDER gets any. A link is good
    once, until `expires_at`, in UTC. A password is good once, and has no such time: None. `repr`
    shows neither. Do not log or keep them.
    """

    link: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    expires_at: datetime | None = None


@final
@dataclass(frozen=True, slots=True)
class Sent:
    """The notice was sent. `detail` is shown in lists of notices, such as the relay's own id."""

    detail: str = ""


@final
@dataclass(frozen=True, slots=True)
class Later:
    """Not sent yet: try again `after` so many seconds, or on the retry schedule if None.

    `in_doubt`: it may have been sent. It is tried once more; in doubt again, it ends as in doubt.
    """

    reason: str
    after: float | None = None
    in_doubt: bool = False


@final
@dataclass(frozen=True, slots=True)
class Undeliverable:
    """It can never be sent. The reason is shown with the user and with the import."""

    reason: str


Answer = Sent | Later | Undeliverable
"""What a plugin may answer to one notice."""

Report = Callable[[str, Answer], None]
"""What a notify hook may call to answer one notice, by its id, before the call ends."""
