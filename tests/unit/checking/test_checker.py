"""Whole rows: what is required, what a blank does, and the order of issues."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook import model
from rollbook.checking import Checker, Rule
from rollbook.checking.cells import NOTHING
from rollbook.checking.employee_numbers import Number
from rollbook.profiles import Profile
from rollbook.text_column import TextColumn
from tests.unit.checking.batches import (
    BY_EMAIL,
    BY_USERNAME,
    DEFAULT,
    NUMBER_IS_USERNAME,
    RIGHT,
    SETTINGS,
    check_one,
    checked,
    rows_of,
    said,
    values,
    with_columns,
)

BLANK = dict.fromkeys(["employee_number", "email", "first_name", "last_name", "role"], "")
CLEAR = model.Options(blanks=model.Blanks.CLEAR)
UPDATE = model.Options(mode=model.Mode.UPDATE_ONLY)


def test_a_right_row_is_left_as_it_is() -> None:
    users = check_one()
    assert users.issues == {}
    assert users.failed == set()
    assert values(users) == RIGHT


def test_b106_a_line_of_delimiters_lists_all_that_is_missing() -> None:
    """B106, S31: the row `,,,,,` is answered with every required field that it lacks."""
    users = checked(rows_of(BLANK))
    assert said(users) == [
        "missing_required_field(employee_number)",
        "missing_required_field(email)",
        "missing_required_field(first_name)",
        "missing_required_field(last_name)",
    ]


def test_a_required_column_that_is_not_there_is_missing_in_every_row() -> None:
    """By hand or as typed rows: an absent cell of a required field is missing too (S78)."""
    users = checked(rows_of({"email": None, "employee_number": "1"}))
    assert said(users) == [
        "missing_required_field(email)",
        "missing_required_field(first_name)",
        "missing_required_field(last_name)",
    ]
    assert "first_name" not in users.values


def test_update_only_needs_the_number_alone() -> None:
    """S24: metadata may come later, with only the employee number beside it."""
    users = checked(rows_of({"employee_number": "1", "phone": "5"}), options=UPDATE)
    assert users.issues == {}
    assert list(users.email_keys) == list(users.username_keys) == [None]
    blank = checked(rows_of(BLANK), options=UPDATE)
    assert said(blank) == ["missing_required_field(employee_number)"]


def test_s41_a_blank_is_kept_unless_it_is_to_clear() -> None:
    """S41: a blank job title is none for a new user, and what a stored one becomes is an option."""
    assert values(check_one(job_title=" "))["job_title"] is None
    cleared = checked(rows_of({**RIGHT, "job_title": " "}), options=CLEAR)
    assert values(cleared)["job_title"] == ""


def test_absent_is_not_blank() -> None:
    """An absent cell leaves its value alone whatever blanks do."""
    users = checked(rows_of({**RIGHT, "job_title": None}), options=CLEAR)
    assert values(users)["job_title"] is None


@pytest.mark.parametrize("field", [*BLANK, "username", "change_password_next_time"])
def test_what_must_be_there_is_never_cleared(field: str) -> None:
    """Required fields, keys, the role and the mark of a password keep their stored value (B190)."""
    options = replace(CLEAR, mode=model.Mode.UPDATE_ONLY)
    row = {**RIGHT, field: ""}
    assert values(checked(rows_of(row), options=options))[field] is None


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", "1"), ("0", "0"), ("", None), ("TRUE", "1"), ("False", "0"), ("yes", "1"), ("No", "0")],
)
def test_b224_the_mark_to_change_the_password(text: str, value: str | None) -> None:
    """B224: 1, 0 and blank, and the words for them in any case."""
    users = check_one(change_password_next_time=text)
    assert said(users) == []
    assert values(users)["change_password_next_time"] == value


@pytest.mark.parametrize("text", ["2", "ja", "１", "01", "y"])
def test_anything_else_is_no_boolean(text: str) -> None:
    expected = ["invalid_boolean(change_password_next_time)"]
    assert said(check_one(change_password_next_time=text)) == expected


def test_issues_stand_in_the_order_of_the_columns_keys_first() -> None:
    """One issue a field and code; checking goes on after the first."""
    row = {
        "last_name": " 1 ",
        "username": "a b",
        "job_title": "=x\x07 ",
        "email": "bad ",
        "employee_number": "?",
        "first_name": "",
    }
    assert said(checked(rows_of(row))) == [
        "invalid_employee_number(employee_number)",
        "whitespace_trimmed(email)",
        "invalid_email(email)",
        "invalid_username(username)",
        "invalid_name(last_name)",
        "whitespace_trimmed(last_name)",
        "whitespace_trimmed(job_title)",
        "control_character(job_title)",
        "formula_like_value(job_title)",
        "missing_required_field(first_name)",
    ]


def test_a_row_is_answered_with_at_most_32_issues_errors_before_warnings() -> None:
    """However many columns warn, the error that failed the row is among the issues."""
    spaces = {f"attributes.a{i}": " x" for i in range(40)}
    users = checked(rows_of({**RIGHT, **spaces, "attributes.z": "\0"}))
    assert len(users.issues[0]) == 32
    assert said(users)[-1] == "nul_byte(attributes.z)"
    assert users.failed == {0}


def test_a_row_fills_at_most_64_attributes() -> None:
    """64 attributes pass; a blank one is not counted; the first beyond is named."""
    full = {f"attributes.a{i}": "x" for i in range(64)}
    assert said(checked(rows_of({**RIGHT, **full, "attributes.z": ""}))) == []
    assert said(checked(rows_of({**RIGHT, **full, "attributes.z": "x"}))) == [
        "too_many_attributes(attributes.z)"
    ]


def test_a_row_that_came_with_a_fault_is_spoken_of_once() -> None:
    """What could not be taken apart has no cells to check, and claims nothing."""
    fault = model.Issue(model.Code.TOO_FEW_FIELDS, "", "The row has 2 cells of 4.")
    rows = rows_of(RIGHT, dict.fromkeys(RIGHT, ""), RIGHT)
    rows = replace(rows, faults={1: fault})
    for options in (None, CLEAR):
        users = checked(with_columns(rows, phone=["", "", ""]), options=options)
        assert users.issues == {1: [fault]}
        assert users.failed == {1}
        assert set(values(users, 1).values()) == {None}
        assert (users.number_keys[1], users.email_keys[1], users.username_keys[1]) == (
            "",
            None,
            None,
        )


def test_an_empty_batch_is_an_empty_batch() -> None:
    rows = model.FileRows(lines=(), first=1, columns={field: [] for field in RIGHT})
    users = checked(rows)
    assert (list(users.number_keys), list(users.email_keys), users.issues) == ([], [], {})


CELLS = st.one_of(
    st.none(),
    st.sampled_from(
        [
            *["", " ", "Ada", "ada", "E100", "a@x.org", "A@X.org ", "bad", "1", "0", "yes", "=x"],
            *["Ine\u0302s", "Inês", "김", "می\u200cخواهم", "a|b", "a | b", "|", "a\nb", "\n", "\0"],
            *["a@bücher.example", "a@xn--bcher-kva.example", "用@x.org", "x" * 129, "x" * 201],
            *["a@x.org\nb@x.org", "1\n2", "a|", "|=x", "1.5E+05", "½x", "a\u00a0b", "x" * 65],
            *["a+b@x.org", "a@b+c.org", "a@x", "a@x.TEST", "x@y.z1", "NULL", "n/a", "12E5", "1e-5"],
            *["x--y@x.org", "-5 ", "+81 3 55", "+81 3 55 ", "(1\n(2", "1\x1f", "\u2028a", "A@"],
        ]
    ),
    st.text(st.characters(exclude_categories=()), max_size=6),
    st.text("aE10@.-+ _/(=é", max_size=8),
)
FIELDS = [*model.Field, "attributes.shoe"]


def packed(column: Sequence[Any]) -> Sequence[Any]:
    """The column as the reader hands it on, if it can come from a file of plain records."""
    texts = [text for text in column if text is not None]
    if len(texts) < len(column) or re.search("[\n\ud800-\udfff]", "".join(texts)):
        return column
    return TextColumn.of(texts)


@st.composite
def batches(draw: st.DrawFn) -> model.FileRows:
    """Some columns in some order, with a few rows of anything."""
    fields = draw(st.lists(st.sampled_from(FIELDS), unique=True, min_size=1))
    size = draw(st.integers(1, 6))
    cells = {str(field): draw(st.lists(CELLS, min_size=size, max_size=size)) for field in fields}
    return model.FileRows(lines=range(2, size + 2), first=1, columns=cells)


@given(
    batches(),
    st.sampled_from([DEFAULT, BY_EMAIL, BY_USERNAME, NUMBER_IS_USERNAME]),
    st.sampled_from(model.Mode),
    st.sampled_from(model.Blanks),
)
def test_a_batch_is_answered_as_its_rows_one_by_one(
    rows: model.FileRows, profile: Profile, mode: model.Mode, blanks: model.Blanks
) -> None:
    """Neither a batch cut nor a neighbour matters: columns and single cells agree."""
    checker = Checker(profile, model.Options(mode=mode, blanks=blanks), SETTINGS)
    together = checker.check(rows)
    columns = {field: packed(cells) for field, cells in rows.columns.items()}
    as_columns = checker.check(replace(rows, columns=columns))
    assert replace(as_columns, rows=rows) == replace(together, rows=rows)
    for at in range(len(rows)):
        one = {field: [cells[at]] for field, cells in rows.columns.items()}
        alone = checker.check(model.FileRows(lines=[at + 2], first=at + 1, columns=one))
        assert values(together, at) == values(alone)
        assert together.issues.get(at, []) == alone.issues.get(0, [])
        assert (at in together.failed) == bool(alone.failed)
        assert (together.number_keys[at], together.email_keys[at]) == (
            alone.number_keys[0],
            alone.email_keys[0],
        )
        assert together.username_keys[at] == alone.username_keys[0]


@given(st.sampled_from(FIELDS), st.lists(CELLS.map(lambda cell: cell or ""), max_size=8))
def test_a_column_is_only_spared_cells_that_need_nothing(field: str, cells: list[str]) -> None:
    """The promise of `Rule.suspects`: every other cell would come back as it is, without a word."""
    checker = Checker(DEFAULT, model.Options(), SETTINGS)
    rule = checker.rule(field)
    alone: list[Sequence[str]] = [[cell] for cell in cells]
    for subset in (cells, *alone, *(packed(some) for some in (cells, *alone))):
        spared = set(range(len(subset))).difference(rule.suspects(subset))
        for at in spared:
            assert rule.cell(subset[at]) == (subset[at], ())


_ALONE = [chr(code) for code in range(0x100) if chr(code) != "\n"]
_NEAR = [form.format(c) for form in ("{}", "a{}", "{}a", "1{}2", "a@b{}c.de") for c in _ALONE]
_LONG = [
    form.format(char * (limit + more))
    for limit in (31, 32, 63, 64, 128, 200, 254)
    for more in (-7, -1, 0, 1)
    for char in "a1é"
    for form in ("{}", "{}@b.de", "a@{}.de", "a@b.{}")
]
_WORDS = [word for text in NOTHING for word in (text, text.upper(), text.title(), f"{text}x")]
_SHORT = ["".join(signs) for size in range(6) for signs in product("05.E+", repeat=size)]
_RULES = {
    type(rule): rule
    for field in FIELDS
    for rule in [Checker(DEFAULT, model.Options(), SETTINGS).rule(field)]
}


@pytest.mark.parametrize("kind", _RULES, ids=lambda kind: kind.__name__)
def test_what_stands_beside_a_border_is_proven_only_if_it_is_right(kind: type[Rule]) -> None:
    """As above: every sign of Latin-1 in its places, each length, all short numbers with signs."""
    rule = _RULES[kind]
    texts = [*_NEAR, *_LONG, *_WORDS]
    for text in texts + (_SHORT if kind is Number else []):
        if not rule.suspects(TextColumn.of([text])):
            assert rule.cell(text) == (text, ()), text


@given(st.sampled_from(FIELDS), CELLS)
def test_no_message_carries_what_cannot_be_seen(field: str, cell: str | None) -> None:
    """Every message is one printable line, and so is every fact in it."""
    users = checked(rows_of({**RIGHT, field: cell}))
    for issue in users.issues.get(0, []):
        assert issue.message.isprintable()
        assert issue.message.endswith(".")
        assert all(fact.isprintable() for fact in issue.params.values())


def test_the_shipped_sample_passes() -> None:
    """The default profile's own sample has no issue."""
    header, *lines = [line.split(",") for line in DEFAULT.sample]
    users = checked(rows_of(*(dict(zip(header, line, strict=True)) for line in lines)))
    assert users.issues == {}


def test_fields_are_plain_words() -> None:
    """Issues and columns carry the field's word, not the enum, so that any encoder takes them."""
    row = dict.fromkeys([*(field.value for field in model.Field), "attributes.a"], "\x00")
    users = checked(rows_of(row))
    assert {type(issue.field) for issue in users.issues[0]} == {str}
    assert {type(field) for field in users.values} == {str}
    assert len(users.issues[0]) == len(row)
