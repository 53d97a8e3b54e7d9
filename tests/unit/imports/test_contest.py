"""Who gets an e-mail or username that another user holds (rules § Identity)."""

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.errors import Reason
from rollbook.imports.planning.contest import plan_carefully
from rollbook.imports.planning.limits import NO_LIMITS, Limits, Spent, Stop
from rollbook.imports.planning.parked import Parked, judge, kept, refuse, stop_of
from rollbook.imports.planning.plan import Plan, plan_freely
from rollbook.model import Code, Field
from rollbook.store.staging import CHANGED, REACTIVATES
from tests.unit.imports.people import (
    RULES,
    Person,
    Row,
    contest,
    holders,
    match,
    names_after,
    outcomes,
    staged_rows,
)

ANN = Person(1, "1", "ann@x.org")
BEN = Person(2, "2", "ben@x.org")
CAT = Person(3, "3", "cat@x.org")

NOBODY_KNOWN = ("", "")
"""Number and status where no stored user has the name."""


def carefully(rows: list[Row], people: list[Person], seats: int | None = None) -> Plan:
    """A batch of the file, looked at row by row."""
    return plan_carefully(
        staged_rows(rows), match(rows, people), holders(rows, people), RULES, seats
    )


def parked(rows: list[Row], people: list[Person], seats: int | None = None) -> Plan:
    """The parked rows, judged together at the end of the file."""
    staged, matched = staged_rows(rows), match(rows, people)
    plan = plan_freely(staged, matched, RULES)
    all_of_them = Parked()
    all_of_them.add(staged, matched, plan)
    judge(all_of_them, contest(rows, people, plan.deeds), seats)
    known = {person.number: (person.number, "active") for person in people}
    emails = {person.email: known[person.number] for person in people}
    usernames = {person.login: known[person.number] for person in people}
    found = {
        position: (
            emails.get(rows[position].email or "", NOBODY_KNOWN),
            usernames.get(rows[position].username or rows[position].email or "", NOBODY_KNOWN),
        )
        for position in kept(all_of_them.refusals)
    }
    refuse(plan, all_of_them.refusals, found)
    assert plan.deeds == all_of_them.deeds
    assert plan.seats == all_of_them.seats()
    return plan


def test_a_free_name_is_taken_at_once() -> None:
    """S33: the name is free, so the row is applied and waits for nothing."""
    rows = [Row(2, "1", "new@x.org"), Row(3, "9", "nina@x.org")]
    assert outcomes(carefully(rows, [ANN]), rows) == {2: "updated", 3: "created"}


def test_a_name_that_another_holds_is_parked() -> None:
    """B183: not yet refused, because a later row may free it."""
    rows = [Row(2, "9", "ann@x.org")]
    assert outcomes(carefully(rows, [ANN]), rows) == {2: "parked"}


def test_a_name_that_an_earlier_row_has_freed_is_taken() -> None:
    """B185: after line 2 Ann's address is free, so line 3 gets it in the same batch."""
    rows = [Row(2, "1", "new@x.org"), Row(3, "9", "ann@x.org")]
    assert outcomes(carefully(rows, [ANN]), rows) == {2: "updated", 3: "created"}


def test_a_name_that_only_a_later_row_frees_is_parked() -> None:
    """B185: the order of the file decides, so that where batches are cut does not."""
    rows = [Row(2, "9", "ann@x.org"), Row(3, "1", "new@x.org")]
    assert outcomes(carefully(rows, [ANN]), rows) == {2: "parked", 3: "updated"}


def test_a_name_that_was_taken_by_an_earlier_row_is_held_from_then_on() -> None:
    """B183: line 2 gives Ann's old address up and takes Ben's, which line 3 wants too."""
    rows = [Row(2, "2", "new@x.org"), Row(3, "1", "ben@x.org"), Row(4, "9", "ben@x.org")]
    ends = outcomes(carefully(rows, [ANN, BEN]), rows)
    assert ends == {2: "updated", 3: "updated", 4: "parked"}


def test_a_user_keeps_their_own_names() -> None:
    """B179: a row that names what its own user holds blocks no other row."""
    rows = [Row(2, "1", "ann@x.org")]
    assert outcomes(carefully(rows, [ANN]), rows) == {2: "unchanged"}


def test_an_unchanged_row_frees_nothing() -> None:
    """B183: Ann keeps her address, so it stays hers for the row behind."""
    rows = [Row(2, "1", "ann@x.org"), Row(3, "9", "ann@x.org")]
    assert outcomes(carefully(rows, [ANN]), rows) == {2: "unchanged", 3: "parked"}


def test_a_parked_row_neither_takes_nor_frees() -> None:
    """B186: line 2 waits for Ben's address, so Ann's is not free for line 3."""
    rows = [Row(2, "1", "ben@x.org"), Row(3, "9", "ann@x.org")]
    assert outcomes(carefully(rows, [ANN, BEN]), rows) == {2: "parked", 3: "parked"}


def test_a_username_that_follows_the_address_is_freed_with_it() -> None:
    """B137: Ann's username was her address; it is free after line 2."""
    rows = [Row(2, "1", "new@x.org"), Row(3, "9", "nina@x.org", "ann@x.org")]
    assert outcomes(carefully(rows, [ANN]), rows) == {2: "updated", 3: "created"}


def test_a_username_of_its_own_is_not_freed_with_the_address() -> None:
    """B137: a username that was given stays when the address changes."""
    ann = ANN._replace(username="ann")
    rows = [Row(2, "1", "new@x.org"), Row(3, "9", "nina@x.org", "ann")]
    assert outcomes(carefully(rows, [ann]), rows) == {2: "updated", 3: "parked"}


def test_seats_go_to_the_first_rows_of_the_file() -> None:
    """B207: rows from the last seat on that would create fail; updates go on."""
    rows = [Row(2, "8", "h@x.org"), Row(3, "9", "i@x.org"), Row(4, "1", "new@x.org")]
    ends = outcomes(carefully(rows, [ANN], seats=1), rows)
    assert ends == {2: "created", 3: "seat_limit_reached", 4: "updated"}


def test_a_reactivation_takes_a_seat() -> None:
    """B207: a user that a sync had suspended gave the seat back."""
    rows = [Row(2, "1", bits=CHANGED | REACTIVATES), Row(3, "9", "i@x.org")]
    ends = outcomes(carefully(rows, [ANN], seats=1), rows)
    assert ends == {2: "updated", 3: "seat_limit_reached"}


def test_a_row_refused_for_want_of_a_seat_takes_no_name() -> None:
    """B207: the address that line 2 wanted is free for line 3."""
    rows = [Row(2, "9", "i@x.org"), Row(3, "1", "i@x.org")]
    ends = outcomes(carefully(rows, [ANN], seats=0), rows)
    assert ends == {2: "seat_limit_reached", 3: "updated"}


def test_a_swap_is_made() -> None:
    """B185: both let go, so both get what they want."""
    rows = [Row(2, "1", "ben@x.org"), Row(3, "2", "ann@x.org")]
    plan = parked(rows, [ANN, BEN])
    assert outcomes(plan, rows) == {2: "updated", 3: "updated"}
    assert names_after(plan, rows, [ANN, BEN]) == {"1": "ben@x.org", "2": "ann@x.org"}


def test_a_swap_with_one_who_stays_fails() -> None:
    """B187: Ben's own row asks for nothing, so he keeps his address."""
    rows = [Row(2, "1", "ben@x.org")]
    assert outcomes(parked(rows, [ANN, BEN]), rows) == {2: "duplicate_email"}


def test_who_waits_for_a_refused_row_is_refused_too() -> None:
    """B187: line 2 cannot have Cat's address, keeps hers, and so line 3 fails as well."""
    rows = [Row(2, "1", "cat@x.org"), Row(3, "2", "ann@x.org")]
    ends = outcomes(parked(rows, [ANN, BEN, CAT]), rows)
    assert ends == {2: "duplicate_email", 3: "duplicate_email"}


def test_of_two_who_want_one_name_the_first_row_has_it() -> None:
    """B184: the file's order decides, whatever order the rows were parked in."""
    people = [ANN, BEN, CAT]
    rows = [Row(4, "3", "ann@x.org"), Row(2, "2", "ann@x.org"), Row(3, "1", "new@x.org")]
    ends = outcomes(parked(rows, people), rows)
    assert ends == {2: "updated", 3: "updated", 4: "duplicate_email"}


def test_the_name_that_is_lacking_is_the_one_that_is_named() -> None:
    """B135: the address would be free; the username is another's."""
    ben = BEN._replace(username="ben")
    rows = [Row(2, "1", "new@x.org", "ben")]
    plan = parked(rows, [ANN, ben])
    [issue] = plan.issues[0]
    assert (issue.code, issue.field) == (Code.DUPLICATE_USERNAME, Field.USERNAME)


def test_a_taken_address_that_was_to_be_the_username_too_is_told_once() -> None:
    """B183: without a username of its own the row hears of the address alone."""
    rows = [Row(2, "9", "ann@x.org")]
    plan = parked(rows, [ANN])
    assert [issue.code for issue in plan.issues[0]] == [Code.DUPLICATE_EMAIL]


def test_seats_of_parked_rows_go_by_the_file_and_take_their_followers_along() -> None:
    """B207: line 2 has the last seat; line 3 gets none."""
    rows = [Row(3, "9", "i@x.org"), Row(2, "8", "h@x.org")]
    ends = outcomes(parked(rows, [], seats=1), rows)
    assert ends == {2: "created", 3: "seat_limit_reached"}


def test_who_waits_for_a_row_without_a_seat_is_refused_too() -> None:
    """B207: Ann would come back without a seat, so she keeps the address that line 3 wants."""
    ann = Row(2, "1", "new@x.org", bits=CHANGED | REACTIVATES)
    rows = [ann, Row(3, "2", "ann@x.org")]
    ends = outcomes(parked(rows, [ANN, BEN], seats=0), rows)
    assert ends == {2: "seat_limit_reached", 3: "duplicate_email"}


@pytest.mark.parametrize("size", [2, 3, 100, 1_000])
def test_a_cycle_of_any_length_is_made(size: int) -> None:
    """B186, P16: everybody takes the address of the next, in one step."""
    people = [Person(i + 1, f"n{i}", f"u{i}@x.org") for i in range(size)]
    rows = [Row(i + 2, f"n{i}", f"u{(i + 1) % size}@x.org") for i in range(size)]
    random.Random(size).shuffle(rows)
    plan = parked(rows, people)
    assert set(outcomes(plan, rows).values()) == {"updated"}


@st.composite
def contests(draw: st.DrawFn) -> tuple[list[Person], list[Row]]:
    """Up to six users, and rows that want any of eight addresses, each wanted once a number."""
    people = [Person(i + 1, f"n{i}", f"u{i}@x.org") for i in range(draw(st.integers(1, 6)))]
    numbers = draw(st.lists(st.integers(0, 8), unique=True, min_size=1, max_size=9))
    wanted = draw(st.permutations(range(9)))
    rows = [Row(at + 2, f"n{n}", f"u{wanted[at]}@x.org") for at, n in enumerate(numbers)]
    return people, rows


@given(contests(), st.randoms(use_true_random=False))
def test_the_end_depends_on_nothing_but_the_file(
    contest: tuple[list[Person], list[Row]], shuffled: random.Random
) -> None:
    """P16: in whatever order rows were parked, the same rows are applied."""
    people, rows = contest
    expected = outcomes(parked(rows, people), rows)
    again = list(rows)
    shuffled.shuffle(again)
    assert outcomes(parked(again, people), again) == expected


@given(contests(), st.sampled_from([carefully, parked]))
def test_no_plan_gives_one_name_to_two(
    contest: tuple[list[Person], list[Row]], judge: object
) -> None:
    """P13: after every plan each address has one holder."""
    people, rows = contest
    plan = judge(rows, people)  # type: ignore[operator]
    emails = list(names_after(plan, rows, people).values())
    assert len(set(emails)) == len(emails)


@given(contests())
def test_only_what_somebody_keeps_is_refused(contest: tuple[list[Person], list[Row]]) -> None:
    """P16: no row fails whose address is free once the others have been written."""
    people, rows = contest
    plan = parked(rows, people)
    after = names_after(plan, rows, people)
    for row in rows:
        if outcomes(plan, [*rows])[row.line] == "duplicate_email":
            assert row.email in {email for number, email in after.items() if number != row.number}


@pytest.mark.parametrize(("seats", "created"), [(0, 0), (1, 1), (2, 2), (4, 3)])
@pytest.mark.parametrize("plan", [carefully, parked])
def test_each_new_user_takes_one_seat(
    plan: Callable[[list[Row], list[Person], int], Plan], seats: int, created: int
) -> None:
    """S43: whether the row was parked or not."""
    rows = [Row(line, str(line), f"u{line}@x.org") for line in (2, 3, 4)]
    assert len(plan(rows, [ANN], seats).creates) == created


@pytest.mark.parametrize(
    ("row", "lacking"),
    [
        (Row(2, "9", "ann@x.org"), {"email": "1"}),
        (Row(2, "9", "new@x.org", "ben@x.org"), {"username": "2"}),
        (Row(2, "9", "ann@x.org", "ben@x.org"), {"email": "1", "username": "2"}),
        (Row(2, "3", "ann@x.org"), {"email": "1"}),
        (Row(2, "3", "cat@x.org", "ben@x.org"), {"username": "2"}),
    ],
)
def test_the_answer_names_who_holds_each_name_that_a_row_lacks(
    row: Row, lacking: dict[str, str]
) -> None:
    """S34: the number and the status of a stored user."""
    plan = parked([row], [ANN, BEN, CAT])
    assert {issue.field: issue.params for issue in plan.issues[0]} == {
        name: {"holder": number, "holder_status": "active"} for name, number in lacking.items()
    }


def test_who_keeps_a_name_because_their_own_row_was_refused_is_its_holder() -> None:
    """S34: Ben wants what Cat keeps, so he keeps what Ann wants."""
    rows = [Row(2, "1", "ben@x.org"), Row(3, "2", "cat@x.org")]
    plan = parked(rows, [ANN, BEN, CAT])
    assert [plan.issues[p][0].params["holder"] for p in (0, 1)] == ["2", "3"]


def test_a_name_that_another_row_of_the_file_has_is_held_by_no_stored_user() -> None:
    """S33: Ann leaves her address to line 3; line 4 lacks it, and no stored user has it."""
    rows = [Row(2, "1", "new@x.org"), Row(3, "2", "ann@x.org"), Row(4, "9", "ann@x.org")]
    plan = parked(rows, [ANN, BEN])
    [issue] = plan.issues[2]
    assert (issue.code, issue.params) == (Code.DUPLICATE_EMAIL, {})


def test_the_parked_rows_of_all_pieces_stop_in_the_files_order() -> None:
    """P16: the second row that fails is one too many, whatever piece it was parked in."""
    rows = [Row(9, "7", "ann@x.org"), Row(4, "8", "ben@x.org"), Row(2, "1", "new@x.org")]
    staged, matched = staged_rows(rows), match(rows, [ANN, BEN])
    plan = plan_freely(staged, matched, RULES)
    all_of_them = Parked()
    all_of_them.add(staged, matched, plan)
    found = contest(rows, [ANN, BEN], plan.deeds)
    judge(all_of_them, found, None)
    assert stop_of(all_of_them, found.in_file, Spent(), Limits(0, None, None)) == Stop(
        Reason.TOO_MANY_FAILED_ROWS, 4, "failed"
    )
    assert stop_of(all_of_them, found.in_file, Spent(), NO_LIMITS) is None
    spent = Spent(failed=1)
    assert stop_of(all_of_them, found.in_file, spent, Limits(1, None, None)) is not None
    assert stop_of(all_of_them, found.in_file, spent, Limits(2, None, None)) is None
