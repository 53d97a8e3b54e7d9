"""Events of users, mails that are asked for, and the states of a notice."""

from enum import StrEnum


class Event(StrEnum):
    """What happened to the user."""

    CREATED = "created"
    UPDATED = "updated"
    SUSPENDED = "suspended"
    REACTIVATED = "reactivated"


class Mail(StrEnum):
    """Which mail was asked for. NONE: none, the event alone is reported."""

    NONE = "none"
    WELCOME = "welcome"


class NoticeState(StrEnum):
    """Where a notice stands. UNHANDLED: no plugin took it; all but PENDING are final."""

    PENDING = "pending"
    SENT = "sent"
    UNDELIVERABLE = "undeliverable"
    UNHANDLED = "unhandled"
