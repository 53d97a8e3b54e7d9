"""Events of users, mails that are asked for, and the states of a notice."""

from enum import IntEnum, StrEnum


class Event(StrEnum):
    """What happened to the user. RESET_REQUESTED: somebody asked for a link to set a password."""

    CREATED = "created"
    UPDATED = "updated"
    SUSPENDED = "suspended"
    REACTIVATED = "reactivated"
    RESET_REQUESTED = "reset_requested"


class Queue(StrEnum):
    """What is put on hold as one."""

    MAILS = "mails"
    EVENTS = "events"


class Lane(IntEnum):
    """What overtakes what: each lane has a worker that waits for no other lane's.

    URGENT: mails that somebody waits for. MAIL: all other mails. EVENT: events without a mail.
    """

    URGENT = 0
    MAIL = 1
    EVENT = 2

    @property
    def queue(self) -> Queue:
        """The queue that its notices are part of."""
        return Queue.EVENTS if self is Lane.EVENT else Queue.MAILS


class Mail(StrEnum):
    """Which mail was asked for. NONE: none, the event alone is reported.

    RESET: a link with which the user sets a password.
    """

    NONE = "none"
    WELCOME = "welcome"
    RESET = "reset"

    @property
    def lane(self) -> Lane:
        """The lane of notices that ask for it."""
        return _LANES[self]

    @property
    def urgent(self) -> bool:
        """Whether somebody waits for it, so that it overtakes those that are not."""
        return self.lane is Lane.URGENT


_LANES = {Mail.NONE: Lane.EVENT, Mail.WELCOME: Lane.MAIL, Mail.RESET: Lane.URGENT}


class NoticeState(StrEnum):
    """Where a notice stands; all but PENDING are final.

    UNHANDLED: no plugin took it. IN_DOUBT: it may have been sent, and is not tried again. EXPIRED:
    its time was over before it was sent. RESENT: another notice was written for it, by request.
    """

    PENDING = "pending"
    SENT = "sent"
    UNDELIVERABLE = "undeliverable"
    UNHANDLED = "unhandled"
    IN_DOUBT = "in_doubt"
    EXPIRED = "expired"
    RESENT = "resent"


FAILED = frozenset({NoticeState.UNDELIVERABLE, NoticeState.IN_DOUBT, NoticeState.EXPIRED})
"""The states of notices that can be sent again."""
