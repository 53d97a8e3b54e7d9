"""Where an import must stop: too many failed rows, and the safeguards (rules § Safeguards)."""

from array import array
from collections.abc import Collection

import pytest

from rollbook.errors import Reason
from rollbook.imports.planning.limits import (
    FailedLines,
    Limits,
    Spent,
    Stop,
    is_most_of_source,
    most_suspended,
    share,
    stop_within,
    stopped,
)
from rollbook.imports.planning.plan import Rules, plan_freely
from rollbook.model import Code, Field, Issue, Mode
from rollbook.store.staging import CHANGED, EMAIL_CHANGES, ROLE_CHANGES, Room
from tests.unit.imports.people import RULES, Person, Row, match, staged_rows

PEOPLE = [Person(n, str(n), f"u{n}@x.org") for n in range(1, 6)]
EMAIL, ROLE = CHANGED | EMAIL_CHANGES, CHANGED | ROLE_CHANGES
NONE = Limits(None, None, None)


def stop(
    rows: list[Row],
    most: Limits,
    *,
    failed: list[int] | None = None,
    spent: Spent | None = None,
    refuse: Collection[int] = (),
    parked: Collection[int] = (),
) -> Stop | None:
    """Where rows of these lines stop the import; lines of `refuse` fail when they are planned."""
    gone = Issue(Code.INVALID_ROLE, Field.ROLE, "The role is gone.")
    removed = {at: [gone] for at, row in enumerate(rows) if row.line in refuse}
    rules = Rules(Mode.UPSERT, Field.EMPLOYEE_NUMBER, removed=removed)
    staged = staged_rows(rows)
    plan = plan_freely(staged, match(rows, PEOPLE), rules)
    plan.parked = [at for at, row in enumerate(rows) if row.line in parked]
    return stop_within(plan, staged, failed or [], spent or Spent(), most)


def test_without_a_limit_nothing_stops() -> None:
    """S30."""
    assert stop([Row(2, "1", bits=EMAIL)], NONE, failed=[3, 4, 5]) is None


def test_as_many_failed_rows_as_may_be_are_no_stop() -> None:
    """max_failed_rows itself is allowed; the row beyond it stops."""
    assert stop([], Limits(2, None, None), failed=[3, 5]) is None
    at_the_third = Stop(Reason.TOO_MANY_FAILED_ROWS, 9, "failed")
    assert stop([], Limits(2, None, None), failed=[5, 9, 3]) == at_the_third


def test_rows_that_failed_before_and_in_the_plan_count_in_the_files_order() -> None:
    """The second failed row is line 4, whichever way each of them failed."""
    rows = [Row(3, "1"), Row(4, "2"), Row(6, "3")]
    found = stop(rows, Limits(1, None, None), failed=[2, 7], refuse={4})
    assert found == Stop(Reason.TOO_MANY_FAILED_ROWS, 4, "failed")


def test_what_earlier_batches_spent_counts() -> None:
    """A resume goes on with the counts of before."""
    found = stop([], Limits(3, None, None), failed=[9], spent=Spent(failed=3))
    assert found == Stop(Reason.TOO_MANY_FAILED_ROWS, 9, "failed")


@pytest.mark.parametrize(
    ("bits", "most", "what"),
    [(EMAIL, Limits(None, 1, None), "emails"), (ROLE, Limits(None, None, 1), "roles")],
)
def test_a_safeguard_stops_at_the_row_that_would_cross_it(
    bits: int, most: Limits, what: str
) -> None:
    """The second change is one too many; rows that change something else do not count."""
    rows = [Row(2, "1", bits=bits), Row(3, "2", bits=CHANGED), Row(4, "3", bits=bits)]
    assert stop(rows, most) == Stop(Reason.SAFEGUARD_TRIPPED, 4, what, count=2, most=1)
    assert stop(rows[:2], most) is None


@pytest.mark.parametrize(
    ("bits", "most", "what"),
    [(EMAIL, Limits(None, 2, None), "emails"), (ROLE, Limits(None, None, 2), "roles")],
)
def test_a_safeguard_does_not_stop_before_its_limit(bits: int, most: Limits, what: str) -> None:
    """Of three changes where two are allowed, the third stops the import and not the first."""
    rows = [Row(line, str(line - 1), bits=bits) for line in (2, 3, 4)]
    assert stop(rows, most) == Stop(Reason.SAFEGUARD_TRIPPED, 4, what, count=3, most=2)


@pytest.mark.parametrize("spent", [Spent(1, 1, 1), Spent(2, 2, 2)])
def test_what_is_within_every_limit_crosses_none(spent: Spent) -> None:
    """A limit itself is allowed; one beyond any of them is too much."""
    most = Limits(2, 2, 2)
    assert not most.crossed_by(spent)
    assert all(most.crossed_by(one) for one in (Spent(3), Spent(0, 3), Spent(0, 0, 3)))


@pytest.mark.parametrize(
    ("stop", "words"),
    [
        (Stop(Reason.TOO_MANY_FAILED_ROWS, 7, "failed"), "Line 7 is one failed row too many"),
        (Stop(Reason.SAFEGUARD_TRIPPED, 7, "emails", 1001, 1000), "1,001 users; the directory's"),
        (Stop(Reason.SAFEGUARD_TRIPPED, 7, "roles", 9, 8), "allows 8; it stopped at line 7"),
        (Stop(Reason.SAFEGUARD_TRIPPED, 0, "suspended", 30, 24), "allows 24; nothing was applied"),
        (Stop(Reason.SAFEGUARD_TRIPPED, 0, "most", 8, 6), "8 users of its source"),
        (Stop(Reason.SAFEGUARD_TRIPPED, 0, "empty"), "names no user"),
        (Stop(Reason.SAFEGUARD_TRIPPED, 0, "nothing"), "would apply no row"),
    ],
)
def test_the_refusal_of_a_stop_says_what_was_crossed_and_where(stop: Stop, words: str) -> None:
    """A full sync has no line at which it stops: nothing of it was applied."""
    refusal = stopped(stop)
    assert words in refusal.message
    assert (refusal.reason, refusal.line) == (stop.reason, stop.line)
    counted = {"count": str(stop.count), "limit": str(stop.most)} if stop.count else {}
    assert refusal.facts == {"line": str(stop.line), "what": stop.what} | counted
    kept = stop.as_json()
    assert (kept is not None) is (stop.reason is Reason.SAFEGUARD_TRIPPED)
    assert kept is None or Stop.from_json(kept, stop.line) == stop


def test_a_row_that_fails_changes_nothing_and_counts_as_failed_alone() -> None:
    """Its e-mail does not change."""
    rows = [Row(2, "1", bits=EMAIL), Row(3, "2", bits=EMAIL)]
    assert stop(rows, Limits(None, 1, None), refuse={2}) is None


def test_a_parked_row_does_not_count_yet() -> None:
    """Parked rows count as later than all others."""
    rows = [Row(2, "1", bits=EMAIL), Row(3, "2", bits=EMAIL), Row(4, "3", bits=EMAIL)]
    found = stop(rows, Limits(None, 1, None), parked={2})
    assert found == Stop(Reason.SAFEGUARD_TRIPPED, 4, "emails", count=2, most=1)


def test_what_is_spent_is_counted_without_changing_what_was() -> None:
    """A batch may be tried again: its counts must not stick."""
    rows = [
        Row(2, "1", bits=EMAIL | ROLE_CHANGES),
        Row(3, "9", "new@x.org"),
        Row(4, "2", bits=CHANGED),
    ]
    before = Spent(failed=1, emails_changed=1, roles_changed=1)
    plan = plan_freely(staged_rows(rows), match(rows, PEOPLE), RULES)
    assert before.plus(plan, 2) == Spent(failed=3, emails_changed=2, roles_changed=2)
    assert before == Spent(1, 1, 1)


@pytest.mark.parametrize(
    ("spent", "stopped_by"),
    [
        (Spent(9, 2, 1), None),
        (Spent(9, 3, 0), ("emails", 3, 2)),
        (Spent(9, 0, 2), ("roles", 2, 1)),
        (Spent(9, 3, 2), ("emails", 3, 2)),
    ],
)
def test_a_whole_file_trips_once_it_is_over_a_limit(
    spent: Spent, stopped_by: tuple[str, int, int] | None
) -> None:
    """Failed rows have a rule of their own; a limit that is off lets everything pass."""
    found = Limits(0, 2, 1).safeguard(spent)
    assert found == (Stop(Reason.SAFEGUARD_TRIPPED, 0, *stopped_by) if stopped_by else None)
    assert Limits(0, None, None).safeguard(spent) is None


@pytest.mark.parametrize(
    ("percent", "users", "most"),
    [(20, 99, None), (20, 100, 20), (5, 119, 5), (5, 120, 6), (None, 1_000, None), (0, 100, 0)],
)
def test_a_share_is_of_the_active_users_and_silent_for_few(
    percent: int | None, users: int, most: int | None
) -> None:
    """From 100 active users on; rounded down."""
    assert share(percent, users) == most


@pytest.mark.parametrize(
    ("percent", "count", "users", "most"),
    [
        (20, 500, 1_000, 200),
        (20, 500, 10_000, 500),
        (20, 500, 99, None),
        (20, 500, 100, 20),
        (None, 500, 10_000, 500),
        (20, None, 10_000, 2_000),
        (None, None, 10_000, None),
    ],
)
def test_the_smaller_of_share_and_number_may_be_suspended(
    percent: int | None, count: int | None, users: int, most: int | None
) -> None:
    """20 % or 500, whichever is less; each may be off."""
    assert most_suspended(room(users, percent, count), users) == most


@pytest.mark.parametrize(
    ("suspended", "active", "tripped"),
    [(9, 9, False), (6, 10, True), (10, 10, True), (5, 10, False), (6, 11, True), (1, 21, False)],
)
def test_more_than_half_of_a_source_is_too_much_from_ten_users_on(
    suspended: int, active: int, *, tripped: bool
) -> None:
    """Half of them exactly may go; so may all of nine."""
    assert is_most_of_source(room(100, 20, None), suspended, active) is tripped
    assert is_most_of_source(room(100, None, 500), suspended, active) is tripped
    assert is_most_of_source(room(100, None, None), suspended, active) is False


def room(users: int, percent: int | None, count: int | None) -> Room:
    """A directory of so many active users, and how many of them a full sync may suspend."""
    return Room(
        seats=None,
        active_users=users,
        default_role_id=1,
        max_suspended_percent=percent,
        max_suspended=count,
        max_email_percent=None,
        max_role_percent=None,
        notices=(),
        privileged_roles=(),
    )


def test_in_a_staged_import_late_and_parked_rows_fail_last() -> None:
    """Whatever their lines are."""
    failed = FailedLines(*(array("q", [line]) for line in (8, 6, 3, 2)))
    assert failed.stop(4) is None
    assert failed.stop(3) == Stop(Reason.TOO_MANY_FAILED_ROWS, 2, "failed")
    assert failed.stop(2) == Stop(Reason.TOO_MANY_FAILED_ROWS, 3, "failed")
    assert failed.stop(5) is None
    assert failed.stop(0) == Stop(Reason.TOO_MANY_FAILED_ROWS, 6, "failed")
    assert failed.stop(None) is None
    assert failed.before(1) == {6, 8}
