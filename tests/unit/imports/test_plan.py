"""Rows whose names are free: created, updated, unchanged, or refused with a reason."""

from dataclasses import replace

import pytest

from rollbook.imports.planning.plan import Plan, Rules, plan_freely, plan_given_up
from rollbook.imports.rows.resolve_names import NewName
from rollbook.model import Code, Field, Issue, LineRange, Mode, Outcome
from rollbook.store.staging import (
    CHANGED,
    EMAIL_CHANGES,
    GRANTS_PRIVILEGED,
    HOLDS_PRIVILEGED,
    JOINS,
    LOCATION_IS_LOCKED,
    LOCATION_LOCKED,
    PROTECTED,
    REACTIVATES,
    ROLE_CHANGES,
    ROLE_LOCKED,
    SUSPENDED,
    SUSPENDED_BY_SYNC,
    TOO_MANY_ATTRIBUTES,
    USERNAME_CHANGES,
)
from tests.unit.imports.people import RULES, Person, Row, match, outcomes, staged_rows

ANN = Person(1, "1", "ann@x.org")
ROWS = [Row(2, "1", "ann@x.org"), Row(3, "1", "new@x.org"), Row(4, "9", "nina@x.org")]


def freely(rows: list[Row], rules: Rules = RULES) -> Plan:
    """The plan of these rows where Ann is the only user."""
    return plan_freely(staged_rows(rows), match(rows, [ANN]), rules)


def in_mode(mode: Mode, identity: Field = Field.EMPLOYEE_NUMBER) -> dict[int, str]:
    """The outcomes of an unchanged user, a changed one and a new one."""
    return outcomes(freely(ROWS, Rules(mode, identity)), ROWS)


def test_the_number_decides_between_create_and_update() -> None:
    """S35: unknown: create; known: update; and an equal row changes nothing."""
    assert in_mode(Mode.UPSERT) == {2: "unchanged", 3: "updated", 4: "created"}


def test_a_file_that_only_updates_makes_nobody() -> None:
    """S36."""
    assert in_mode(Mode.UPDATE_ONLY) == {2: "unchanged", 3: "updated", 4: "not_found"}


@pytest.mark.parametrize(
    ("identity", "code"),
    [
        (Field.EMPLOYEE_NUMBER, "already_exists"),
        (Field.USERNAME, "duplicate_username"),
        (Field.EMAIL, "duplicate_email"),
    ],
)
def test_a_file_that_only_creates_refuses_whom_it_finds(identity: Field, code: str) -> None:
    """S34: also one who would stay as they are; the code is that of the column users see."""
    assert in_mode(Mode.CREATE_ONLY, identity) == {2: code, 3: code, 4: "created"}


def test_what_is_written_is_exactly_what_is_created_or_updated() -> None:
    """P08: an unchanged row reaches no statement."""
    plan = freely(ROWS)
    assert (plan.creates, plan.updates) == ([2], [1])


def test_a_refused_row_is_not_written() -> None:
    """S30: those beside it are."""
    plan = freely(ROWS, Rules(Mode.UPDATE_ONLY, Field.EMPLOYEE_NUMBER))
    assert (plan.creates, plan.updates) == ([], [1])


def test_only_the_chosen_lines_are_applied() -> None:
    """S04: ranges include both their ends, and may lie in any order and overlap."""
    rows = [Row(line, str(line), f"u{line}@x.org") for line in range(2, 9)]
    chosen = (LineRange(7, 7), LineRange(2, 3), LineRange(3, 5))
    plan = freely(rows, Rules(Mode.UPSERT, Field.EMPLOYEE_NUMBER, only_lines=chosen))
    applied = {line for line, end in outcomes(plan, rows).items() if end == "created"}
    assert applied == {2, 3, 4, 5, 7}
    assert plan.outcomes[4] is Outcome.NOT_APPLIED


def test_a_wide_range_reaches_over_a_narrow_one_that_begins_later() -> None:
    """S04: 2 to 8 holds line 7 though 3 to 4 has ended before it."""
    rows = [Row(7, "7", "u7@x.org")]
    chosen = (LineRange(2, 8), LineRange(3, 4))
    plan = freely(rows, Rules(Mode.UPSERT, Field.EMPLOYEE_NUMBER, only_lines=chosen))
    assert outcomes(plan, rows) == {7: "created"}


def test_add_new_leaves_whom_it_would_update() -> None:
    """S04: an unchanged user is as chosen as can be."""
    chosen = frozenset({Outcome.CREATED})
    plan = freely(ROWS, Rules(Mode.UPSERT, Field.EMPLOYEE_NUMBER, only_outcomes=chosen))
    assert outcomes(plan, ROWS) == {2: "unchanged", 3: "not_applied", 4: "created"}


def test_a_failed_row_stays_failed_where_it_was_not_chosen() -> None:
    """S04: its reason is not lost."""
    rules = Rules(Mode.UPDATE_ONLY, Field.EMPLOYEE_NUMBER, only_lines=(LineRange(2, 2),))
    assert outcomes(freely(ROWS, rules), ROWS) == {2: "unchanged", 3: "not_applied", 4: "not_found"}


def test_a_row_whose_role_is_gone_is_refused() -> None:
    """S38: names became ids before the turn, and a removal came between."""
    gone = Issue(Code.INVALID_ROLE, Field.ROLE, "The role is gone.")
    rules = Rules(Mode.UPSERT, Field.EMPLOYEE_NUMBER, removed={1: [gone]})
    plan = freely(ROWS, rules)
    assert outcomes(plan, ROWS)[3] == "invalid_role"
    assert plan.updates == []


@pytest.mark.parametrize(
    ("bits", "code"),
    [
        (ROLE_LOCKED, Code.ROLE_LOCKED),
        (LOCATION_LOCKED, Code.LOCATION_LOCKED),
        (SUSPENDED, Code.USER_SUSPENDED),
        (SUSPENDED_BY_SYNC, Code.USER_SUSPENDED),
    ],
)
def test_a_lock_or_a_suspension_is_told_and_the_rest_is_applied(bits: int, code: Code) -> None:
    """S42, B201: a warning, and the row is updated."""
    rows = [Row(2, "1", "new@x.org", bits=CHANGED | bits)]
    plan = freely(rows)
    assert outcomes(plan, rows) == {2: "updated"}
    assert [issue.code for issue in plan.issues[0]] == [code]


def test_issues_stand_in_the_order_of_the_columns_keys_first() -> None:
    """S44: whatever order they were found in."""
    rows = [Row(2, "1", "new@x.org", bits=CHANGED | ROLE_LOCKED | LOCATION_LOCKED)]
    staged = replace(
        staged_rows(rows),
        fields=("location", "role", "email", "employee_number"),
        issues={0: [Issue(Code.WHITESPACE_TRIMMED, Field.EMAIL, "Trimmed.")]},
    )
    plan = plan_freely(staged, match(rows, [ANN]), RULES)
    assert [issue.field for issue in plan.issues[0]] == ["email", "location", "role"]


@pytest.mark.parametrize(("number", "applied"), [("1", "kept"), ("9", "default")])
def test_a_defaulted_role_says_which_of_the_two_happened(number: str, applied: str) -> None:
    """S38, B193: an existing user keeps theirs, a new one gets the default."""
    rows = [Row(2, number, "new@x.org")]
    staged = replace(
        staged_rows(rows),
        issues={0: [Issue(Code.ROLE_DEFAULTED, Field.ROLE, "Unknown.", {"value": "boss"})]},
    )
    plan = plan_freely(staged, match(rows, [ANN]), RULES)
    assert plan.issues[0][0].params == {"value": "boss", "applied": applied}
    assert staged.issues[0][0].params == {"value": "boss"}  # the step does not change its input


def test_rows_that_the_database_refuses_again_and_again_all_say_so() -> None:
    """P13: with the warnings that they had."""
    staged = replace(
        staged_rows(ROWS), issues={0: [Issue(Code.WHITESPACE_TRIMMED, Field.EMAIL, "Trimmed.")]}
    )
    plan = plan_given_up(staged)
    assert set(outcomes(plan, ROWS).values()) == {"conflict_retry_exhausted"}
    assert plan.issues[0][0].code is Code.WHITESPACE_TRIMMED
    assert plan.creates == plan.updates == []
    assert plan.user_ids == plan.bits == [0, 0, 0]


def test_a_new_user_and_one_who_comes_back_need_a_seat() -> None:
    """B207: no other user does."""
    assert freely(ROWS).seats == 1
    assert [freely(ROWS).needs_seat(position) for position in range(3)] == [False, False, True]


@pytest.mark.parametrize(
    ("bits", "places", "outcome", "codes"),
    [
        (0, ("new_locations",), Outcome.UPDATED, []),
        (0, ("new_units",), Outcome.UPDATED, []),
        (LOCATION_IS_LOCKED, ("new_locations",), Outcome.UNCHANGED, [Code.LOCATION_LOCKED]),
        (LOCATION_IS_LOCKED, ("new_units",), Outcome.UPDATED, []),
        (
            LOCATION_IS_LOCKED,
            ("new_locations", "new_units"),
            Outcome.UPDATED,
            [Code.LOCATION_LOCKED],
        ),
    ],
)
def test_a_place_that_is_yet_to_be_made_changes_its_user(
    bits: int, places: tuple[str, ...], outcome: Outcome, codes: list[Code]
) -> None:
    """S39, S42: unless the location is locked; a lock of it does not lock the unit."""
    rows = [Row(2, "1", "ann@x.org", bits=bits)]
    made = {0: NewName("north", "North")}
    staged = replace(
        staged_rows(rows),
        new_locations=made if "new_locations" in places else {},
        new_units=made if "new_units" in places else {},
    )
    plan = plan_freely(staged, match(rows, [ANN]), RULES)
    assert plan.outcomes == [outcome]
    assert [issue.code for issue in plan.issues.get(0, ())] == codes


def test_more_attributes_than_a_user_may_have_fail_the_row() -> None:
    """S36: the stored ones count; no single attribute is named, for all of them are too many."""
    rows = [Row(2, "1", "ann@x.org", bits=CHANGED | TOO_MANY_ATTRIBUTES)]
    plan = freely(rows)
    [issue] = plan.issues[0]
    assert (issue.code, issue.field) == (Code.TOO_MANY_ATTRIBUTES, "")
    assert plan.updates == []


def test_a_user_who_comes_back_takes_one_seat_beside_the_new_ones() -> None:
    """B207: a suspended user had none."""
    rows = [Row(2, "1", "ann@x.org", bits=CHANGED | REACTIVATES), Row(3, "9", "nina@x.org")]
    plan = freely(rows)
    assert (plan.seats, plan.needs_seat(0)) == (2, True)


@pytest.mark.parametrize(
    ("bits", "privileged", "outcome", "joining"),
    [
        (JOINS, False, "updated", True),
        (JOINS | CHANGED, False, "updated", False),
        (JOINS | HOLDS_PRIVILEGED, False, "unchanged", False),
        (JOINS | HOLDS_PRIVILEGED, True, "updated", True),
        (JOINS | HOLDS_PRIVILEGED | CHANGED, False, "target_protected", False),
        (JOINS | PROTECTED, False, "updated", True),
        (HOLDS_PRIVILEGED, False, "unchanged", False),
    ],
)
def test_a_source_that_is_new_to_a_user_is_written_and_is_no_reason_to_refuse(
    bits: int, outcome: str, *, privileged: bool, joining: bool
) -> None:
    """P52: of who may not be changed, it is left out."""
    rows = [Row(2, "1", bits=bits)]
    plan = freely(rows, replace(RULES, privileged=privileged))
    assert outcomes(plan, rows) == {2: outcome}
    assert plan.updates == ([0] if outcome == "updated" else [])
    assert plan.joining == ({0} if joining else set())


@pytest.mark.parametrize(
    ("bits", "frees"),
    [
        (CHANGED, False),
        (CHANGED | ROLE_CHANGES, False),
        (CHANGED | EMAIL_CHANGES, True),
        (CHANGED | USERNAME_CHANGES, True),
    ],
)
def test_a_name_is_freed_by_its_change_alone(bits: int, *, frees: bool) -> None:
    """P15: only then may a parked row get what it waits for."""
    assert freely([Row(2, "1", "ann@x.org", bits=bits)]).frees_names is frees


def test_without_being_given_it_a_plan_has_no_right_to_privileged_roles() -> None:
    """B194."""
    rows = [Row(2, "9", "nina@x.org", bits=GRANTS_PRIVILEGED)]
    assert outcomes(freely(rows), rows) == {2: "role_not_permitted"}


def test_a_warning_is_given_also_below_a_row_that_has_none() -> None:
    """S42: each row stands for itself."""
    rows = [
        Row(2, "1", "ann@x.org"),
        Row(3, "1", "newer@x.org", bits=CHANGED | ROLE_LOCKED),
    ]
    plan = freely(rows)
    assert [issue.code for issue in plan.issues[1]] == [Code.ROLE_LOCKED]


def test_a_row_that_the_mode_refuses_is_not_warned_of_what_is_stored() -> None:
    """S34: nothing of it is applied, so no lock is in its way."""
    rows = [Row(2, "1", "new@x.org", bits=CHANGED | ROLE_LOCKED | SUSPENDED)]
    plan = freely(rows, Rules(Mode.CREATE_ONLY, Field.EMPLOYEE_NUMBER))
    assert [issue.code for issue in plan.issues[0]] == [Code.ALREADY_EXISTS]
