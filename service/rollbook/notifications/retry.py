"""What was said of a claimed notice → what becomes of it, and when it is tried again. Pure.

Patience is counted from the first claim, by the database's clock.
"""

from collections.abc import Callable

from rollbook.hooks import Answer, Later, Sent, Undeliverable
from rollbook.model import Code, Issue, Mail, NoticeState
from rollbook.store.notices import ClaimedRow, Settled

MINUTE, HOUR = 60, 3600
PAUSES = (1 * MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, 60 * MINUTE)
"""Seconds until each next attempt; the last one stays."""
PATIENCE = 48 * HOUR
GIVEN_UP = "gave up after 48 h"
SOONEST = 1.0
"""Seconds that a plugin's `after` is at least: whoever says 0 does not spin."""
_JITTER = 0.1

Chance = Callable[[], float]
"""A number from 0 to 1, by chance."""


def pause(attempts: int, chance: Chance) -> float:
    """Seconds after the attempt of that number, which counts from 1; a tenth more or less."""
    usual = PAUSES[min(attempts, len(PAUSES)) - 1]
    return usual * (1 - _JITTER + 2 * _JITTER * chance())


def settled(row: ClaimedRow, said: Answer | Issue | None, chance: Chance) -> Settled:
    """What becomes of a notice: `said` an answer, a plugin's failure, or None, nobody's."""
    match said:
        case Sent():
            return Settled(row.id, NoticeState.SENT, said.detail, row.in_doubt, 0)
        case Undeliverable():
            return Settled(row.id, NoticeState.UNDELIVERABLE, said.reason, row.in_doubt, 0)
        case Later() if said.in_doubt and row.in_doubt:
            # Twice it may have gone out: a third time would be one too many.
            return Settled(row.id, NoticeState.SENT, said.reason, True, 0)
        case Later():
            after = pause(row.attempts, chance) if said.after is None else said.after
            return _again(row, said.reason, row.in_doubt or said.in_doubt, after)
        case Issue():
            return _again(row, said.message, row.in_doubt, pause(row.attempts, chance))
    return unhandled(row)


def unhandled(row: ClaimedRow) -> Settled:
    """Nobody took it. Where a mail was asked for, that is worth a code."""
    reason = "" if row.mail is Mail.NONE else Code.NOTIFICATION_SUPPRESSED.value
    return Settled(row.id, NoticeState.UNHANDLED, reason, row.in_doubt, 0)


def _again(row: ClaimedRow, reason: str, in_doubt: bool, after: float) -> Settled:  # noqa: FBT001
    soon = max(SOONEST, after)
    if row.since_s + soon > PATIENCE:
        given_up = f"{GIVEN_UP}: {reason}"
        return Settled(row.id, NoticeState.UNDELIVERABLE, given_up, in_doubt, 0)
    return Settled(row.id, NoticeState.PENDING, reason, in_doubt, soon)
