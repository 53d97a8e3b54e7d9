"""Usernames: what they may be, and whose e-mail address they may be."""

import pytest

from rollbook import model
from rollbook.checking import claims_foreign_address, username_key
from tests.unit.checking.batches import (
    BY_EMAIL,
    BY_USERNAME,
    NUMBER_IS_USERNAME,
    RIGHT,
    check_one,
    checked,
    rows_of,
    said,
    values,
)


def test_b135_usernames_are_compared_by_nfkc_and_case_fold() -> None:
    """B135: fullwidth `Ａdmin` has the key of `admin`, and is shown as written."""
    users = check_one(username="Ａdmin")
    assert said(users) == []
    assert list(users.username_keys) == ["admin"] == [username_key("ADMIN")]
    assert values(users)["username"] == "Ａdmin"
    assert users.usernames_given


def test_b137_a_username_that_is_an_address_is_in_the_addresses_key() -> None:
    """B137: `bob@corp.org` as a username has the key that it has as an e-mail, IDN or not."""
    assert username_key("Bob@Corp.org") == "bob@corp.org"
    assert username_key("bob@bücher.example") == username_key("bob@xn--bcher-kva.example")


@pytest.mark.parametrize("username", ["bob@corp.org", "bob＠corp.org", "BOB﹫corp.org", "@"])
def test_b137_whoever_names_another_address_is_pointed_out(username: str) -> None:
    """B137: a username with an @ in its key that is not the row's own e-mail is for the planner."""
    users = checked(
        rows_of(
            {**RIGHT, "username": "ines"},
            {**RIGHT, "username": username},
            {**RIGHT, "username": "INES.costa@Example.com"},
            {**RIGHT, "username": ""},
        )
    )
    assert claims_foreign_address(users) == [1]


def test_without_a_column_the_address_is_the_username() -> None:
    """A new user without a username is called by the e-mail, and that is no foreign one."""
    users = check_one(email="A@Bücher.example")
    assert "username" not in users.values
    assert not users.usernames_given
    assert users.username_keys == users.email_keys == ["a@xn--bcher-kva.example"]
    assert claims_foreign_address(users) == []


def test_a_blank_username_stands_for_the_address() -> None:
    """In a file with the column, a blank cell gives no value, and the key of the e-mail."""
    users = checked(rows_of({**RIGHT, "username": ""}, {**RIGHT, "username": "x y"}))
    assert users.usernames_given
    assert list(users.values["username"]) == [None, None]
    assert list(users.username_keys) == ["ines.costa@example.com", None]


def test_a_profile_may_call_users_by_their_number() -> None:
    """`identity.username = employee_number`: the number's key is the username's."""
    users = checked(rows_of({**RIGHT, "employee_number": "E7"}), profile=NUMBER_IS_USERNAME)
    assert list(users.username_keys) == ["e7"]
    assert not users.usernames_given


def test_a_profile_may_take_the_number_from_the_username() -> None:
    """Grammar, key and limit are the username's, and issues name the column that is seen."""
    row = {"username": "Zoë van Dijk", "email": "zoe@example.org"}
    assert said(checked(rows_of(row), profile=BY_USERNAME)) == ["invalid_username(username)"]
    users = checked(rows_of({**row, "username": "Zoë" + "x" * 125}), profile=BY_USERNAME)
    assert said(users) == []
    assert list(users.number_keys) == list(users.username_keys) == ["zoë" + "x" * 125]
    assert values(users)["employee_number"] == values(users)["username"] == "Zoë" + "x" * 125
    blank = checked(rows_of({**row, "username": " "}), profile=BY_USERNAME)
    assert said(blank) == ["missing_required_field(username)"]
    assert list(blank.number_keys) == [""]


def test_a_profile_may_take_the_number_from_the_address() -> None:
    users = checked(rows_of({"email": "J@X.org", "name": "Jane Smith"}), profile=BY_EMAIL)
    assert said(users) == []
    assert list(users.number_keys) == ["j@x.org"]
    assert values(users)["employee_number"] == "J@X.org"
    assert said(checked(rows_of({"email": "", "name": "J"}), profile=BY_EMAIL)) == [
        "missing_required_field(email)"
    ]


def test_a_username_has_at_most_128_code_points() -> None:
    assert said(check_one(username="é" * 128)) == []
    assert said(check_one(username="e\u0301" * 128)) == []
    assert said(check_one(username="e" * 129)) == ["field_too_long(username)"]
    assert said(check_one(username="\u0301\u0323" * 500_000)) == ["field_too_long(username)"]


@pytest.mark.parametrize(
    "inside", [" ", "\u00a0", "\t", "\n", "\u200d", "\u202e", "\ufe0f", "\u3164"]
)
def test_a_username_has_no_spaces_and_nothing_unseen(inside: str) -> None:
    assert said(check_one(username=f"a{inside}b")) == ["invalid_username(username)"]


def test_a_nul_and_a_formula_are_named() -> None:
    assert said(check_one(username="a\0b")) == ["nul_byte(username)"]
    assert said(check_one(username="=cmd")) == ["formula_like_value(username)"]


def test_keys_are_there_for_failed_rows_too() -> None:
    """Claims are not decided here: a failed row keeps its keys, and is marked as failed."""
    users = check_one(username="ines", first_name="\0")
    assert users.failed == {0}
    assert (users.number_keys[0], users.username_keys[0]) == ("1001", "ines")
    assert users.issues[0][0].code is model.Code.NUL_BYTE
