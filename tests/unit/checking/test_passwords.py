"""Passwords are refused, and neither kept nor reported."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook import model
from rollbook.checking import without_passwords
from rollbook.model.passwords import NOT_KEPT
from tests.unit.checking.batches import RIGHT, check_one, checked, rows_of, said

FILE = (*(model.Column(field, field) for field in RIGHT), model.Column("Pwd", "password"))
SECRET = "four silver kettles hum"


def test_b212_an_empty_password_is_fine() -> None:
    """B212: a blank cell is no password, and has no issue."""
    assert said(check_one(password="")) == []
    assert said(check_one(password=None)) == []


@pytest.mark.parametrize("password", [SECRET, "$argon2id$v=19$m=47104$abc", NOT_KEPT, " ", "\0"])
def test_b220_s77_a_password_is_not_allowed_and_not_told(password: str) -> None:
    """B220, S77: whatever the cell holds fails the row, and is in no issue, value or column."""
    users = check_one(password=password)
    assert said(users) == ["password_not_allowed(password)"]
    assert "password" not in users.values
    assert "password" not in users.rows.columns
    if password.strip(" \0"):
        assert password not in repr(users)


def test_s77_the_cells_kept_for_the_report_have_no_password() -> None:
    """S77: `raw` reads `<not kept>` in the column of the password, and is else as written."""
    rows = rows_of({**RIGHT, "password": SECRET}, {**RIGHT, "password": ""})
    rows = replace(rows, raw=[[*RIGHT.values(), SECRET], [*RIGHT.values(), ""]])
    kept = without_passwords(rows, FILE)
    assert kept.raw == [[*RIGHT.values(), NOT_KEPT], [*RIGHT.values(), ""]]
    assert "password" not in kept.columns
    assert SECRET in rows.raw[0]  # what was read is not changed under the reader


def test_rows_without_the_column_are_left_alone() -> None:
    rows = rows_of(RIGHT)
    rows = replace(rows, raw=[[*RIGHT.values()]])
    assert without_passwords(rows, FILE[:-1]) is rows


@given(
    st.sampled_from([model.Code.TOO_FEW_FIELDS, model.Code.TOO_MANY_FIELDS]),
    st.integers(0, 3),
    st.integers(0, 4),
)
def test_s77_in_a_row_that_slipped_it_is_covered_wherever_it_went(
    code: model.Code, less: int, extra: int
) -> None:
    """S77: cells too few or too many move the password; every cell it may be in is covered."""
    few = code is model.Code.TOO_FEW_FIELDS
    before = list(RIGHT.values())[: 4 - less] if few else list(RIGHT.values()) + ["x"] * extra
    rows = rows_of({**dict.fromkeys(RIGHT, ""), "password": ""})
    rows = replace(
        rows,
        faults={0: model.Issue(code, "", "The row has another number of cells.")},
        raw=[[*before, SECRET]],
    )
    assert SECRET not in repr(without_passwords(checked(rows).rows, FILE))


def test_s77_of_a_row_that_was_not_understood_nothing_is_kept() -> None:
    """S77: a quote that went wrong may have put the password into any cell."""
    rows = rows_of({**dict.fromkeys(RIGHT, ""), "password": ""})
    rows = replace(
        rows,
        faults={0: model.Issue(model.Code.MALFORMED_QUOTING, "", "A quote stands wrongly.")},
        raw=[[f'1"{SECRET}', ""]],
    )
    assert without_passwords(rows, FILE).raw == [[NOT_KEPT, ""]]


@pytest.mark.parametrize("password", [SECRET, f" {SECRET} ", " ", "$argon2id$v=19$m=47104$abc"])
def test_s50_where_passwords_are_taken_others_judge_them(password: str) -> None:
    """S50: the checks of cells leave one as it was typed, and hand it to nobody."""
    rows = rows_of({**RIGHT, "password": password})
    options = model.Options(first_password=model.FirstPassword.FROM_FILE)
    users = checked(rows, options=options)
    assert not users.issues
    assert "password" not in users.values
    assert "password" not in users.rows.columns
