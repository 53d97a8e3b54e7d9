"""What a plugin is told that happened to one user, and what it may answer to that."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, final

from rollbook.model import Event, Mail


class Notice(NamedTuple):
    """What happened to one user, with what is stored of that user now, not what was typed.

    `id` is opaque, printable ASCII, and the same at every attempt. `directory` is a name,
    `directory_name` what people call it, '' where it has none; `first_name`, `last_name` and
    `name` are '' where there is none; `import_id` is '' where it was done by hand. `at` is when it
    happened, in UTC; `attempt` counts from 1. `mail` is what somebody asked to be mailed.

    There is no password, link or token here, and no place for one.
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


@final
@dataclass(frozen=True, slots=True)
class Sent:
    """It is on its way; `detail` is for whoever lists notices, as a relay's own id."""

    detail: str = ""


@final
@dataclass(frozen=True, slots=True)
class Later:
    """Not now: asked again `after` seconds, or by the schedule where that is None.

    `in_doubt`: it may have gone out. It is asked once more; in doubt again, it counts as sent.
    """

    reason: str
    after: float | None = None
    in_doubt: bool = False


@final
@dataclass(frozen=True, slots=True)
class Undeliverable:
    """Never: this one is set aside, and the reason is seen on the user and on the import."""

    reason: str


Answer = Sent | Later | Undeliverable
"""What may be said of one notice."""
