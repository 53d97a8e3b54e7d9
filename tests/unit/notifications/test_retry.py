"""The outcome of a notice after each kind of answer, and when it is tried again."""

import random
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from rollbook.hooks import Code, Event, Issue, Later, Mail, Sent, Undeliverable
from rollbook.model import NoticeState
from rollbook.notifications.retry import GIVEN_UP, HOUR, MINUTE, delay, outcome, unhandled
from rollbook.store.notices import ClaimedRow, Settled


def even() -> float:
    """No chance in it: neither earlier nor later."""
    return 0.5


def claimed(**but: Any) -> ClaimedRow:
    """A notice at its first attempt, except for what is given."""
    now = datetime(2027, 1, 31, tzinfo=UTC)
    return ClaimedRow(
        directory_id=1,
        directory="main",
        directory_name="",
        id=7,
        key=UUID(int=7),
        user_id=3,
        import_id=None,
        event=Event.CREATED,
        mail=Mail.WELCOME,
        created_at=now,
        attempts=1,
        in_doubt=False,
        due_at=now,
        since_s=0,
        first_claimed_at=now,
        password_version=0,
        opens_from=now,
        address="",
    )._replace(**but)


def test_the_schedule_is_1_5_15_30_60_minutes_then_hourly() -> None:
    """P34: after the first attempt one minute, and so on; from the fifth on an hour."""
    minutes = [delay(attempt, even) / MINUTE for attempt in range(1, 9)]
    assert minutes == [1, 5, 15, 30, 60, 60, 60, 60]


def test_a_tenth_more_or_less_by_chance() -> None:
    """So that those who failed together do not all come back together."""
    assert (delay(1, lambda: 0.0), delay(1, lambda: 1.0)) == (54, 66)
    seen = {round(delay(5, random.Random(0).random)) for _ in range(3)}
    assert all(0.9 * HOUR <= seconds <= 1.1 * HOUR for seconds in seen)


def test_it_is_tried_some_fifty_times_and_then_given_up() -> None:
    """P34: hourly until 48 hours after the first attempt, and no longer."""
    since, attempts = 0.0, 0
    while True:
        attempts += 1
        became = outcome(claimed(attempts=attempts, since_s=since), Later("Down."), even)
        if became.state is not NoticeState.PENDING:
            break
        since += became.after
    assert became == Settled(7, NoticeState.EXPIRED, f"{GIVEN_UP}: Down.", False, 0)
    assert 47 * HOUR < since <= 48 * HOUR
    assert attempts == 52


@pytest.mark.parametrize(
    ("after", "seconds"), [(0.0, 1.0), (0.2, 1.0), (90.0, 90.0), (48.0 * HOUR, 48.0 * HOUR)]
)
def test_a_plugin_may_say_when(after: float, seconds: float) -> None:
    """P34: its own time counts and not the schedule's; never sooner than in a second."""
    became = outcome(claimed(attempts=9), Later("Busy.", after), even)
    assert became == Settled(7, NoticeState.PENDING, "Busy.", False, seconds, unsent=True)


def test_a_time_beyond_patience_gives_up() -> None:
    """P34: nothing is due later than 48 hours after the first attempt."""
    became = outcome(claimed(since_s=2 * HOUR), Later("Busy.", 47.0 * HOUR), even)
    assert became.state is NoticeState.EXPIRED


def test_sent_and_undeliverable_are_final() -> None:
    """P35: with the plugin's own words."""
    assert outcome(claimed(), Sent("250 ok"), even) == Settled(
        7, NoticeState.SENT, "250 ok", False, 0
    )
    assert outcome(claimed(), Undeliverable("550 unknown"), even) == Settled(
        7, NoticeState.UNDELIVERABLE, "550 unknown", False, 0
    )


def test_in_doubt_is_tried_once_more_and_never_a_third_time() -> None:
    """P36: the second doubt is its end: in doubt, and neither sent nor tried again."""
    doubt = Later("Broke off.", in_doubt=True)
    first = outcome(claimed(), doubt, even)
    assert first == Settled(7, NoticeState.PENDING, "Broke off.", True, MINUTE)
    second = outcome(claimed(attempts=2, in_doubt=True), doubt, even)
    assert second == Settled(7, NoticeState.IN_DOUBT, "Broke off.", True, 0)


def test_a_doubt_is_not_forgotten_in_between() -> None:
    """P36: a plain Later after a doubt leaves it in doubt, so that a further one is the last."""
    between = outcome(claimed(attempts=2, in_doubt=True), Later("Busy."), even)
    assert (between.state, between.in_doubt) == (NoticeState.PENDING, True)
    sent = outcome(claimed(attempts=3, in_doubt=True), Sent(), even)
    assert (sent.state, sent.in_doubt) == (NoticeState.SENT, True)


def test_what_was_in_doubt_never_expires() -> None:
    """P36: after 48 hours it is still in doubt; refused, it is undeliverable."""
    late = claimed(attempts=9, since_s=48 * HOUR, in_doubt=True)
    assert outcome(late, Later("Busy."), even) == Settled(
        7, NoticeState.IN_DOUBT, f"{GIVEN_UP}: Busy.", True, 0
    )
    assert outcome(late, Undeliverable("550"), even).state is NoticeState.UNDELIVERABLE


def test_a_failure_is_tried_again_on_the_schedule() -> None:
    """P38: also the fiftieth, and the sentence names the plugin that failed."""
    issue = Issue(Code.PLUGIN_ERROR, "", "The plugin x failed in notify.")
    became = outcome(claimed(attempts=3), issue, even)
    assert became == Settled(7, NoticeState.PENDING, issue.message, False, 15 * MINUTE)


def test_what_nobody_takes_is_unhandled() -> None:
    """With a code if a mail was asked for, and without a word if not."""
    assert outcome(claimed(), None, even) == unhandled(claimed())
    assert unhandled(claimed()).reason == "notification_suppressed"
    assert unhandled(claimed(mail=Mail.NONE)) == Settled(7, NoticeState.UNHANDLED, "", False, 0)


@pytest.mark.parametrize(
    ("answer", "unsent"),
    [
        (Later("Down."), True),
        (Later("Broke off.", in_doubt=True), False),
        (Issue(Code.PLUGIN_ERROR, "", "Failed."), False),
        (Issue(Code.PLUGIN_TIMEOUT, "", "Too late."), False),
        (Sent(), False),
    ],
)
def test_only_a_plain_later_has_surely_sent_nothing(answer: Any, unsent: bool) -> None:
    """P36: a plugin that failed may have sent it, so that the next mail has the same link."""
    assert outcome(claimed(), answer, even).unsent is unsent
