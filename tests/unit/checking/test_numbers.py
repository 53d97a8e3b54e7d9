"""Employee numbers: what they may be, and their keys."""

import pytest

from rollbook import model
from rollbook.checking import number_key
from tests.unit.checking.batches import check_one, said, values


@pytest.mark.parametrize("number", ["", "   ", "\u00a0", "\u3000\u200b"])
def test_b126_a_number_of_nothing_but_space_is_missing(number: str) -> None:
    """B126: an employee number that is empty, spaces or NBSP is a missing required field."""
    users = check_one(employee_number=number)
    assert said(users) == ["missing_required_field(employee_number)"]
    assert users.failed == {0}
    assert list(users.number_keys) == [""]


def test_b130_numbers_are_compared_case_folded() -> None:
    """B130: `E100` and `e100` are the same employee number, shown as each was written."""
    upper, lower = check_one(employee_number="E100"), check_one(employee_number="e100")
    assert upper.number_keys == lower.number_keys == ["e100"]
    assert values(upper)["employee_number"] == "E100"
    assert number_key("E100") == "e100"


def test_b131_a_number_has_at_most_64_characters() -> None:
    """B131: 64 characters pass, 65 are too long."""
    assert said(check_one(employee_number="7" * 64)) == []
    users = check_one(employee_number="7" * 65)
    assert said(users) == ["field_too_long(employee_number)"]
    assert dict(users.issues[0][0].params) == {"limit": "64", "length": "65"}


@pytest.mark.parametrize(
    "number",
    ["../1", "1;drop", "1'or'1", "🙂", "١٢", "１２", "-1", "=1", "@1", "1 2", "a\nb", "1\r", "é1"],
)
def test_b132_a_number_has_ascii_letters_digits_and_few_marks(number: str) -> None:
    """B132: everything outside the grammar is refused; a CR at the edge is only trimmed."""
    expected = "whitespace_trimmed" if number == "1\r" else "invalid_employee_number"
    assert said(check_one(employee_number=number)) == [f"{expected}(employee_number)"]


def test_b133_a_joiner_within_a_number_is_refused() -> None:
    """B133: nothing of no width may stand inside an employee number."""
    assert said(check_one(employee_number="10\u200d01")) == [
        "invalid_employee_number(employee_number)"
    ]


def test_a_number_is_always_text() -> None:
    """`007` and `7` are two employee numbers."""
    assert (
        check_one(employee_number="007").number_keys != check_one(employee_number="7").number_keys
    )


@pytest.mark.parametrize(
    "number",
    [
        *("1.23E+05", "1E+11", "1,5e-07", "6.02E+23", "1.0012345E7", "1.23e5"),
        *("1001.0", "1001,00", "1,005", "12,345,678", '="00123"', "'00124", "=A1"),
    ],
)
def test_what_a_spreadsheet_made_of_a_number_says_so(number: str) -> None:
    """Rounded, with a fraction, in groups, or marked: the hint is `spreadsheet_number`."""
    users = check_one(employee_number=number)
    assert said(users) == ["invalid_employee_number(employee_number)"]
    assert users.issues[0][0].params["hint"] == "spreadsheet_number"
    assert "spreadsheet" in users.issues[0][0].message


@pytest.mark.parametrize("word", ["NULL", "nan", "None", "N/A", "n/a", "#N/A"])
@pytest.mark.parametrize("field", ["employee_number", "email", "first_name", "name"])
def test_a_word_for_no_value_is_warned_of(field: str, word: str) -> None:
    """It is taken as it stands, for people are called so; where it is refused, the word is why."""
    users = check_one(**{field: word})
    refused = field == "email" or (field == "employee_number" and word == "#N/A")
    error = [f"invalid_{field}({field})"] if refused else []
    assert sorted(said(users)) == sorted([*error, f"looks_like_nothing({field})"])
    assert values(users)[field] == (None if refused else word)


@pytest.mark.parametrize("word", ["Nulls", "none of these", "nana", "NA"])
def test_other_words_are_not_taken_for_no_value(word: str) -> None:
    assert said(check_one(last_name=word)) == []


@pytest.mark.parametrize(
    "number", ["1E5", "12E5", "A/7.b_c@d+e-f", "0", "E+05x", "a-1", "1.005", "1.0.0", "v1.0"]
)
def test_what_the_grammar_allows_passes(number: str) -> None:
    assert said(check_one(employee_number=number)) == []


def test_a_nul_in_a_number_is_named() -> None:
    assert said(check_one(employee_number="1\x002")) == ["nul_byte(employee_number)"]


def test_space_around_a_number_is_trimmed_with_a_warning() -> None:
    users = check_one(employee_number="\ufeff 1001\u00a0")
    assert said(users) == ["whitespace_trimmed(employee_number)"]
    assert values(users)["employee_number"] == "1001"
    assert users.failed == set()
    assert users.issues[0][0].severity is model.Severity.WARNING
