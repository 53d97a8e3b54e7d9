"""What plugins are shown of a batch, and what they are never shown."""

from rollbook import model
from rollbook.hooks import Current, User, UserView
from rollbook.hooks.types import User as AnyUser

CELLS: dict[str, list[str | None]] = {
    "employee_number": ["1", "2", "3"],
    "role": ["Admin ", "", None],
    "department": ["IT", " ", "Sales"],
    "password": ["the-secret-one", "the-secret-two", ""],
    "attributes.cost_centre": ["K1", "", None],
}
VALUES: dict[str, list[str | None]] = CELLS | {
    "role": ["Admin", None, None],
    "department": ["IT", None, "Sales"],
}


def batch() -> model.CheckedBatch:
    """Three checked rows, at lines 2, 4 and 5, in which blank cells leave the user as it is."""
    return model.CheckedBatch(
        rows=model.FileRows(lines=[2, 4, 5], first=1, columns=CELLS),
        values=dict(VALUES),
        number_keys=["1", "2", "3"],
        email_keys=[None] * 3,
        username_keys=[None] * 3,
        usernames_given=False,
        issues={},
        failed=set(),
    )


def test_an_absent_column_is_none_and_a_blank_cell_is_empty() -> None:
    """Each user carries the text: None where the column is absent, '' where the cell is blank."""
    first, second, third = UserView.of_batch(batch(), range(3), {}).users()
    assert (first.line, first.role, first.department, first.email) == (2, "Admin", "IT", None)
    assert (second.line, second.role, second.department) == (4, "", "")
    assert (third.line, third.role) == (5, None)


def test_only_what_may_be_applied_is_shown() -> None:
    """A hook is asked for the rows that may be applied, in the file's order."""
    assert [user.line for user in UserView.of_batch(batch(), {2, 0}, {}).users()] == [2, 5]
    assert UserView.of_batch(batch(), (), {}).users() == ()


def test_nothing_is_shown_that_nobody_looks_at() -> None:
    """As if the file had no such column; the line is always there."""
    [user] = UserView.of_batch(batch(), (0,), {}, {"role"}).users()
    assert user == User(line=2, role="Admin")


def test_the_stored_user_goes_with_the_row() -> None:
    """`current` is what is stored; a new user has none."""
    stored = Current(role="Standard", location="HQ")
    first, second = UserView.of_batch(batch(), (0, 1), {1: stored}).users()
    assert (first.current, second.current) == (None, stored)


def test_attributes_are_shown_read_only() -> None:
    """P43: further columns by name, without those that the row lacks."""
    users = UserView.of_batch(batch(), range(3), {}).users()
    assert [dict(user.attributes) for user in users] == [
        {"cost_centre": "K1"},
        {"cost_centre": ""},
        {},
    ]
    assert not hasattr(users[0].attributes, "__setitem__")


def test_a_user_is_made_once() -> None:
    """All hooks look at the same users, also those that are asked about some of them."""
    seen = UserView.of_batch(batch(), range(3), {})
    assert seen.users() is seen.users()
    assert seen.without({4}).users()[1] is seen.users()[2]
    assert (seen.without(()), [*seen.without({2, 5}).lines]) == (seen, [4])


def test_those_who_are_alike_have_the_same_cells() -> None:
    """By the fields asked for, in one shape, also where the file has no such column."""
    seen = UserView.of_batch(batch(), {0, 1}, {})
    assert [*seen.cells({"role"})] == ["Admin", ""]
    assert [*seen.cells({"email"})] == [None, None]
    assert [*seen.cells({"role", "email"})] == [(None, "Admin"), (None, "")]
    assert [*seen.cells({"phone", "email"})] == [(None, None)] * 2
    assert [*seen.cells(())] == [()] * 2


def test_no_password_is_shown() -> None:
    """P43: a password in the file is nowhere in what a plugin gets; a user has no place for it."""
    assert "secret" not in repr(UserView.of_batch(batch(), range(3), {}).users())
    places = {field.value for field in model.Field} - {"password", "change_password_next_time"}
    assert set(AnyUser._fields) == places | {"line", "attributes", "current"}


def test_a_user_is_easily_made_in_a_test() -> None:
    """Only the line is needed."""
    assert User(line=2) == User(line=2, role=None, current=None)
