"""What happened to a user, as a plugin is told of it: the event, the mail asked for, the end."""

from enum import StrEnum


class Event(StrEnum):
    """What happened to the user."""

    CREATED = "created"
    UPDATED = "updated"
    SUSPENDED = "suspended"
    REACTIVATED = "reactivated"


class Mail(StrEnum):
    """Which mail was asked for. NONE: none, the event alone is told."""

    NONE = "none"
    WELCOME = "welcome"


class NoticeState(StrEnum):
    """Where a notice stands. UNHANDLED: no plugin took it; all but PENDING are final."""

    PENDING = "pending"
    SENT = "sent"
    UNDELIVERABLE = "undeliverable"
    UNHANDLED = "unhandled"
