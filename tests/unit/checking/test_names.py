"""Names and other text: NFC, trimmed, no control characters, never too long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.checking import check_name, check_text, echo, name_key
from tests.unit.checking.batches import check_one, said, values


def test_b140_an_empty_name_is_missing() -> None:
    """B140, S31: first_name is needed, whether or not the user exists already."""
    assert said(check_one(first_name="")) == ["missing_required_field(first_name)"]


@pytest.mark.parametrize(
    "inside", ["\u202e", "\u202a", "\u2066", "\u2069", "\x07", "\t", "\x85", "\u2028", "\u2029"]
)
def test_b142_b117_controls_within_a_name_are_refused(inside: str) -> None:
    """B142, B117: overrides, isolates, separators and control characters inside a name."""
    users = check_one(first_name=f"Ad{inside}a")
    assert said(users) == ["control_character(first_name)"]
    assert users.issues[0][0].params["character"] == f"U+{ord(inside):04X}"
    assert inside not in users.issues[0][0].message


def test_b112_a_line_break_within_a_name_is_refused() -> None:
    """B112: a quoted CRLF inside first_name is `control_character(first_name)`."""
    users = check_one(first_name="Ad\r\na")
    assert said(users) == ["control_character(first_name)"]
    assert r"Ad\r\na" in users.issues[0][0].message


@pytest.mark.parametrize("edge", ["\u2028", "\x85", "\x0b", "\x0c", "\u00a0", "\u200b", "\ufeff"])
def test_b117_at_the_edge_they_are_trimmed(edge: str) -> None:
    """B117: white space and zero-width characters around a name go, with one warning a field."""
    users = check_one(first_name=f"{edge}Ada{edge}{edge}", last_name=f"Byron{edge}")
    assert said(users) == ["whitespace_trimmed(first_name)", "whitespace_trimmed(last_name)"]
    assert values(users)["first_name"] == "Ada"


def test_an_override_at_the_edge_is_no_white_space() -> None:
    assert said(check_one(first_name="\u202eAda")) == ["control_character(first_name)"]


def test_a_nul_is_named() -> None:
    assert said(check_one(last_name="By\0ron")) == ["nul_byte(last_name)"]


@pytest.mark.parametrize(
    "name",
    ["<img src=x onerror=alert(1)>", "{{config}}", "A ${7*7}", "%(x)s", "'Ada'", "O'Collopy"],
)
def test_b143_b145_b122_markup_and_templates_are_only_text(name: str) -> None:
    """B143, B145, B122: what looks like markup, a template or quotes is stored literally."""
    users = check_one(first_name=name)
    assert said(users) == []
    assert values(users)["first_name"] == name


def test_b148_ten_thousand_marks_are_too_long() -> None:
    """B148: 10,000 combining marks are `field_too_long`, and a mebibyte of them costs nothing."""
    assert said(check_one(first_name="e" + "\u0301" * 10_000)) == ["field_too_long(first_name)"]
    shuffled = "e" + "\u0301\u0323" * 500_000  # quadratic, were it normalised
    assert said(check_one(first_name=shuffled)) == ["field_too_long(first_name)"]


def test_b151_names_are_stored_composed() -> None:
    """B151: a decomposed name is stored in NFC, without a word about it."""
    users = check_one(first_name="Ine\u0302s")
    assert said(users) == []
    assert values(users)["first_name"] == "Inês"


def test_a_name_has_at_most_200_code_points_counted_after_nfc() -> None:
    assert said(check_one(first_name="é" * 200)) == []
    assert said(check_one(first_name="e\u0301" * 200)) == []
    assert said(check_one(first_name="e\u0301" * 201)) == ["field_too_long(first_name)"]
    assert said(check_one(job_title="x" * 200, phone="1" * 200)) == []
    assert said(check_one(job_title="x" * 201, phone="(1" + " " * 199 + "x")) == [
        "field_too_long(job_title)",
        "field_too_long(phone)",
    ]
    assert said(check_one(**{"attributes.shoe": "x" * 201})) == ["field_too_long(attributes.shoe)"]


@pytest.mark.parametrize("name", ["123", "-", "½", "🙂", "\u0301", "Ⅷ", "..."])
def test_a_name_has_a_letter(name: str) -> None:
    """`invalid_name`: at least one letter of some script."""
    assert "invalid_name(first_name)" in said(check_one(first_name=name))
    assert "invalid_name(name)" in said(check_one(name=name))


@pytest.mark.parametrize(
    "name", ["می\u200cخواهم", "ක්\u200dෂ", "Jr. 3", "3rd", "김", "เมย์", "ʻOkina"]
)
def test_joiners_and_letters_of_every_script_are_names(name: str) -> None:
    """ZWNJ and ZWJ belong to Persian and Indic names; a name may begin with anything."""
    users = check_one(first_name=name)
    assert said(users) == []
    assert values(users)["first_name"] == name


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "＝", "＋", "－", "＠"])
def test_a_formula_is_stored_with_a_warning(start: str) -> None:
    """A cell that begins as a formula is stored as it is, with `formula_like_value`."""
    users = check_one(job_title=f"{start}SUM(A1)")
    assert said(users) == ["formula_like_value(job_title)"]
    assert values(users)["job_title"] == f"{start}SUM(A1)"
    assert users.failed == set()


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("phone", "+81 3 5550 0101"),
        ("phone", "+45 5550 0102"),
        ("phone", "+1 (555) 010-0101 ext. 7"),
        ("department", "-5"),
        ("department", "+3.25"),
    ],
)
def test_numbers_and_phone_numbers_are_no_formulas(field: str, text: str) -> None:
    """No warning for a signed number, or for a phone number in its own field."""
    assert said(check_one(**{field: text})) == []


@pytest.mark.parametrize(
    ("field", "text"),
    [("phone", "=1+1"), ("phone", "+cmd|' /C calc'!A0"), ("department", "+81 3 5550 0101 x")],
)
def test_what_only_begins_like_a_number_is_a_formula(field: str, text: str) -> None:
    assert said(check_one(**{field: text})) == [f"formula_like_value({field})"]


@pytest.mark.parametrize("role", ["user,admin", "user¦admin", "user;admin", "user|admin"])
def test_b197_a_list_of_roles_is_left_to_who_knows_the_roles(role: str) -> None:
    """B197: a list stays one text here, and so does an unknown role."""
    users = check_one(role=role)
    assert said(users) == []
    assert values(users)["role"] == role


def test_b191_names_of_roles_are_compared_trimmed_and_folded() -> None:
    """B191: `Admin `, `ADMIN`, `ａｄｍｉｎ` and `admin` are one; inner white space runs are one."""
    assert {name_key(n) for n in ["Admin ", "ADMIN", "ａｄｍｉｎ", "\u200badmin"]} == {"admin"}
    assert name_key("Leeds \u00a0 Office") == name_key("leeds office")


@given(st.text(max_size=20))
def test_a_name_key_is_its_own_key(text: str) -> None:
    assert name_key(name_key(text)) == name_key(text)


@given(st.text(st.characters(), max_size=30))
def test_what_was_stored_passes_again_unchanged(text: str) -> None:
    """A checked cell, exported and imported, gives no other value and no trimming."""
    for cell in (check_text("department", text), check_name("first_name", text)):
        if cell.value:
            again = check_text("department", cell.value)
            assert again.value == cell.value
            assert "whitespace_trimmed" not in [issue.code for issue in again.issues]


@given(st.text(st.characters(), max_size=200))
def test_an_echo_is_short_and_can_be_seen(text: str) -> None:
    """At most 60 code points of a cell are repeated, with no control character among them."""
    assert echo(text).isprintable()
    assert len(echo("x" * 500)) == 62
