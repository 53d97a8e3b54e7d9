"""The notices of a written plan; none if none are wanted (rules § Mail)."""

import pytest

from rollbook.imports.planning.notices import notices_of_plan, notices_of_suspended
from rollbook.imports.planning.plan import plan_freely
from rollbook.model import Event, Mail, Notify
from rollbook.store.notices import NewNotice
from rollbook.store.staging import CHANGED, JOINS, REACTIVATES
from tests.unit.imports.people import RULES, Person, Row, match, staged_rows

PEOPLE = [Person(1, "1", "ann@x.org"), Person(2, "2", "ben@x.org"), Person(3, "3", "cat@x.org")]
ROWS = [
    Row(5, "9", "nina@x.org"),
    Row(4, "1", "new@x.org"),
    Row(3, "2", bits=CHANGED | REACTIVATES),
    Row(2, "3", "cat@x.org"),
]
"""A new user, a changed one, one who comes back, and one who stays as they are."""

CREATED = NewNotice(5, 99, Event.CREATED, Mail.NONE)
UPDATED = NewNotice(4, 1, Event.UPDATED, Mail.NONE)
BACK = NewNotice(3, 2, Event.REACTIVATED, Mail.NONE)


def notices(*wanted: str, notify: Notify = Notify.NOBODY) -> list[NewNotice]:
    """The notices of the file, if the directory wants these events."""
    staged = staged_rows(ROWS)
    plan = plan_freely(staged, match(ROWS, PEOPLE), RULES)
    return notices_of_plan(staged, plan, {"9": 99}, wanted=wanted, notify=notify)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ((), []),
        (("created",), [CREATED]),
        (("updated",), [BACK._replace(event=Event.UPDATED), UPDATED]),
        (("reactivated",), [BACK]),
        (("updated", "reactivated"), [BACK, UPDATED]),
        (("created", "updated", "reactivated"), [BACK, UPDATED, CREATED]),
        (("suspended",), []),
    ],
)
def test_one_row_is_one_notice_by_line(wanted: tuple[str, ...], expected: list[NewNotice]) -> None:
    """P08: an unchanged row has none; a suspension that ends is an update if only those count."""
    assert notices(*wanted) == expected


def test_a_source_that_is_added_is_no_notice() -> None:
    """P02: beside another change the row has one, as ever."""
    rows = [Row(2, "1", bits=JOINS), Row(3, "2", bits=JOINS | CHANGED)]
    staged = staged_rows(rows)
    plan = plan_freely(staged, match(rows, PEOPLE), RULES)
    found = notices_of_plan(staged, plan, {}, wanted=("updated",), notify=Notify.NOBODY)
    assert found == [NewNotice(3, 2, Event.UPDATED, Mail.NONE)]


@pytest.mark.parametrize(
    ("notify", "mail"),
    [
        (Notify.WELCOME_NEW, Mail.WELCOME),
        (Notify.INVITE_NEW, Mail.INVITATION),
        (Notify.LOGIN_DETAILS, Mail.LOGIN_DETAILS),
    ],
)
def test_a_mail_is_written_to_new_users_alone(notify: Notify, mail: Mail) -> None:
    """P02: whatever the directory wants."""
    mailed = CREATED._replace(mail=mail)
    assert notices(notify=notify) == [mailed]
    assert notices("updated", notify=notify)[-1] == mailed


def test_suspensions_have_notices_if_the_directory_wants_them() -> None:
    """P02: without a line, for no row did it."""
    expected = [NewNotice(0, 7, Event.SUSPENDED, Mail.NONE)]
    assert notices_of_suspended([7], ["suspended"]) == expected
    assert notices_of_suspended([7], ["created"]) == []
