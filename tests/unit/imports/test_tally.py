"""The counts of a summary, also if an import ends early."""

import json
from collections import Counter
from dataclasses import replace

from rollbook.imports.planning.limits import Spent
from rollbook.imports.planning.tally import Tally
from rollbook.model import Answers, Change, Code, Issue, Outcome

FAILED = Issue(Code.INVALID_EMAIL, "email", "Not valid.")
TRIMMED = Issue(Code.WHITESPACE_TRIMMED, "email", "Trimmed.")


def answers(*outcomes: Outcome) -> Answers:
    """Answers of these outcomes; the first row has two issues."""
    size = len(outcomes)
    return Answers(
        lines=list(range(2, 2 + size)),
        rows=list(range(1, 1 + size)),
        outcomes=list(outcomes),
        employee_numbers=[str(n) for n in range(size)],
        user_ids=[0] * size,
        issues={0: [FAILED, TRIMMED]},
    )


SOME = answers(Outcome.FAILED, Outcome.CREATED, Outcome.CREATED, Outcome.UPDATED, Outcome.SUSPENDED)


def test_a_suspended_user_is_counted_and_is_no_row() -> None:
    """S70: created + updated + unchanged + failed + not applied = rows."""
    tally = Tally().with_added(SOME)
    assert (tally.rows, tally.created) == (4, 2)
    assert tally.outcomes[Outcome.SUSPENDED] == 1
    assert tally.codes == Counter({"invalid_email": 1, "whitespace_trimmed": 1})


def test_counting_changes_nothing_that_was_counted_before() -> None:
    """P07: a batch may yet be rolled back."""
    before = Tally().with_added(SOME)
    before.with_added(SOME)
    assert before == Tally().with_added(SOME)


def test_rows_that_are_left_are_not_applied() -> None:
    """S70: the counts add up to the rows that were read."""
    left = Tally().with_added(SOME).left(7)
    assert (left.rows, left.outcomes[Outcome.NOT_APPLIED], left.created) == (7, 3, 2)
    assert Tally().with_added(SOME).left(2).rows == 4


def test_a_plan_that_is_given_up_applied_nothing() -> None:
    """S70: what failed stays failed; all else is not applied, and no user is suspended."""
    tally = Tally(spent=Spent(failed=1)).with_added(SOME).given_up()
    assert dict(tally.outcomes) == {Outcome.FAILED: 1, Outcome.NOT_APPLIED: 3}
    assert tally.codes == Counter({"invalid_email": 1, "whitespace_trimmed": 1})


def test_whose_suspension_ends_is_counted_by_the_change_of_status() -> None:
    """One user once, whatever else changes; a suspension, and any other field, are none."""
    changes = {
        1: [Change("phone", "1", "2"), Change("status", "suspended", "active")],
        2: [Change("status", "active", "suspended")],
        3: [Change("job_title", "idle", "active")],
    }
    tally = Tally(reactivated=1, released=2).with_added(replace(SOME, changes=changes))
    assert (tally.reactivated, tally.left(9).reactivated) == (2, 2)
    assert (tally.released, tally.left(9).released) == (2, 2)
    assert Tally.from_json(tally.as_json()) == tally
    assert (tally.given_up().reactivated, tally.given_up().released) == (0, 0)


def test_counts_are_stored_and_read_as_they_are() -> None:
    """P01: a resume goes on with them."""
    tally = Tally(spent=Spent(1, 2, 3)).with_added(SOME)
    assert Tally.from_json(tally.as_json()) == tally
    unknown = Issue(Code.INVALID_LOCATION, "location", "No.", {"value": "Ankh"})
    named = tally.with_added(replace(SOME, issues={0: [unknown]}))
    assert Tally.from_json(json.loads(json.dumps(named.as_json()))) == named
    assert named.names == named.given_up().names
    assert not tally.names
    assert Tally.from_json({}) == Tally()
