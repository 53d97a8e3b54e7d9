"""Events of users, mails that are asked for, and the states of a notice."""

from enum import IntEnum, StrEnum


class Event(StrEnum):
    """What happened to the user.

    RESET_REQUESTED: somebody asked for a link, or for a new password. PASSWORD_CHANGED: the user or
    an administrator set a password. INVITED: an administrator asked the user in.
    """

    CREATED = "created"
    UPDATED = "updated"
    SUSPENDED = "suspended"
    REACTIVATED = "reactivated"
    RESET_REQUESTED = "reset_requested"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 -- no password
    INVITED = "invited"


SUBSCRIBED = frozenset({Event.CREATED, Event.UPDATED, Event.SUSPENDED, Event.REACTIVATED})
"""The events that a directory may have reported; the others are written with their mail."""


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

    INVITATION, RESET: a link with which the user sets a password. LOGIN_DETAILS: a password that is
    generated for it. PASSWORD_CHANGED: news for the user, who may not have done it.
    """

    NONE = "none"
    WELCOME = "welcome"
    RESET = "reset"
    INVITATION = "invitation"
    LOGIN_DETAILS = "login_details"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 -- no password

    @property
    def lane(self) -> Lane:
        """The lane of notices that ask for it."""
        return _LANES[self]

    @property
    def urgent(self) -> bool:
        """Whether somebody waits for it, so that it overtakes those that are not."""
        return self.lane is Lane.URGENT

    @property
    def opens_account(self) -> bool:
        """Whether it has a link or a password, so that only the credential sender gets it."""
        return self in _OPENING


_LANES = {
    Mail.NONE: Lane.EVENT,
    Mail.WELCOME: Lane.MAIL,
    Mail.RESET: Lane.URGENT,
    Mail.INVITATION: Lane.MAIL,
    Mail.LOGIN_DETAILS: Lane.MAIL,
    Mail.PASSWORD_CHANGED: Lane.URGENT,
}
_OPENING = frozenset({Mail.RESET, Mail.INVITATION, Mail.LOGIN_DETAILS})


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
