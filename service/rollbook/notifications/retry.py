"""Decides from a plugin's answer whether and when a notice is tried again. Pure.

The 48 hours count from the first claim, by the database's clock. What may have been sent, and is
not tried again, is in doubt: it never counts as sent, nor as expired.
"""

from collections.abc import Callable

from rollbook.hooks import Answer, Later, Sent, Undeliverable
from rollbook.model import Code, Issue, Mail, NoticeState
from rollbook.store.notices import ClaimedRow, Settled

MINUTE, HOUR = 60, 3600
DELAYS = (1 * MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, 60 * MINUTE)
"""Seconds until each next attempt; the last one repeats."""
GIVE_UP_AFTER = 48 * HOUR
GIVEN_UP = "gave up after 48 h"
MIN_DELAY = 1.0
"""Least seconds between two attempts, also if a plugin answers `after=0`."""
_JITTER = 0.1

RandomNumber = Callable[[], float]
"""Returns a random number from 0 to 1."""


def delay(attempts: int, random_number: RandomNumber) -> float:
    """Seconds until the attempt after that number, which counts from 1; ± 10 % at random."""
    base = DELAYS[min(attempts, len(DELAYS)) - 1]
    return base * (1 - _JITTER + 2 * _JITTER * random_number())


def outcome(row: ClaimedRow, answer: Answer | Issue | None, random_number: RandomNumber) -> Settled:
    """The outcome of a notice. `answer` is a plugin's, or its failure; None: no plugin's."""
    match answer:
        case Sent():
            return Settled(row.id, NoticeState.SENT, answer.detail, row.in_doubt, 0)
        case Undeliverable():
            return Settled(row.id, NoticeState.UNDELIVERABLE, answer.reason, row.in_doubt, 0)
        case Later() if answer.in_doubt and row.in_doubt:
            # It may have been sent twice already; a third mail would be too many.
            return Settled(row.id, NoticeState.IN_DOUBT, answer.reason, True, 0)
        case Later():
            after = delay(row.attempts, random_number) if answer.after is None else answer.after
            doubt = row.in_doubt or answer.in_doubt
            return _retry(row, answer.reason, doubt, after, unsent=not answer.in_doubt)
        case Issue():  # the plugin may have sent it before it failed
            return _retry(row, answer.message, row.in_doubt, delay(row.attempts, random_number))
    return unhandled(row)


def put_off(row: ClaimedRow, reason: str, random_number: RandomNumber) -> Settled:
    """The outcome of a notice that was refused while its queue is on hold: tried again."""
    after = delay(row.attempts, random_number)
    return _retry(row, f"On hold, with all others: {reason}", row.in_doubt, after, unsent=True)


def pointless(row: ClaimedRow, reason: str) -> Settled:
    """The account has changed, or the link is too old: the mail is not sent any more.

    It is in doubt if an earlier attempt may have gone out, also one that a crash cut short.
    """
    in_doubt = row.in_doubt or row.may_be_out
    state = NoticeState.IN_DOUBT if in_doubt else NoticeState.EXPIRED
    return Settled(row.id, state, reason, in_doubt, 0)


def unhandled(row: ClaimedRow) -> Settled:
    """No plugin took it. If a mail was asked for, the reason is a code."""
    reason = "" if row.mail is Mail.NONE else Code.NOTIFICATION_SUPPRESSED.value
    return Settled(row.id, NoticeState.UNHANDLED, reason, row.in_doubt, 0)


def _retry(
    row: ClaimedRow,
    reason: str,
    in_doubt: bool,  # noqa: FBT001
    after: float,
    *,
    unsent: bool = False,
) -> Settled:
    wait = max(MIN_DELAY, after)
    if row.since_s + wait > GIVE_UP_AFTER:
        state = NoticeState.IN_DOUBT if in_doubt else NoticeState.EXPIRED
        return Settled(row.id, state, f"{GIVEN_UP}: {reason}", in_doubt, 0)
    return Settled(row.id, NoticeState.PENDING, reason, in_doubt, wait, unsent)
