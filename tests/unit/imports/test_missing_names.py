"""Names that the directory does not have are counted, whatever order they come in."""

import random

import pytest

from rollbook.imports.planning import missing_names
from rollbook.imports.planning.missing_names import MOST_NAMES, MissingName, Names, with_issues
from rollbook.model import Code, Issue


def _issue(code: Code, field: str, **params: str) -> Issue:
    return Issue(code, field, "No.", params)


def _location(name: str, **params: str) -> Issue:
    return _issue(Code.INVALID_LOCATION, "location", value=name, **params)


def _found(names: Names, field: str) -> list[MissingName]:
    return list(names[field].values())


def test_each_name_is_counted_with_its_rows_and_suggestion() -> None:
    """However it is written; of roles, locations and units, of errors and warnings."""
    names = with_issues(
        {},
        [
            [_location("Lodnon", reason="unknown", suggestion="London")],
            [_location("LODNON"), _issue(Code.INVALID_ROLE, "role", value="boss")],
            [_issue(Code.UNKNOWN_ORGANIZATIONAL_UNIT, "organizational_unit", value="Ops")],
            [_issue(Code.UNIT_UNKNOWN_IGNORED, "organizational_unit", value=" ops ")],
            [_issue(Code.LOCATION_UNKNOWN_IGNORED, "location", value="Ankh")],
        ],
    )
    assert {field: _found(names, field) for field in names} == {
        "location": [("Ankh", 1, ""), ("LODNON", 2, "London")],
        "organizational_unit": [(" ops ", 2, "")],
        "role": [("boss", 1, "")],
    }


@pytest.mark.parametrize(
    "issue",
    [
        _location("HQ", reason="ambiguous"),
        _location("x" * 60),
        _location(""),
        _issue(Code.INVALID_EMAIL, "email", value="x"),
        _issue(Code.ROLE_DEFAULTED, "role"),
    ],
    ids=["means two", "perhaps cut", "no value kept", "another code", "no value"],
)
def test_what_is_no_missing_name_is_not_counted(issue: Issue) -> None:
    """Nor is anything made anew then: nearly every batch has none."""
    before = with_issues({}, [[_location("Ankh")]])
    assert with_issues(before, [[issue]]) is before


def test_the_first_by_name_are_kept_whatever_order_rows_come_in() -> None:
    """With exact counts, so that neither batches nor a resume make a difference."""
    rows = [[_location(f"L{n:04}")] for n in range(MOST_NAMES * 2) for _ in range(n % 3 + 1)]
    whole = with_issues({}, rows)
    assert _found(whole, "location") == [(f"L{n:04}", n % 3 + 1, "") for n in range(MOST_NAMES)]
    for seed in range(3):
        random.Random(seed).shuffle(rows)
        pieces: Names = {}
        for begin in range(0, len(rows), 97):
            pieces = with_issues(pieces, rows[begin : begin + 97])
            pieces = missing_names.from_json(missing_names.as_json(pieces))
        assert pieces == whole


def test_names_that_are_counted_stay_as_they_were() -> None:
    """P07: a batch may yet be rolled back."""
    before = with_issues({}, [[_location("Ankh")]])
    with_issues(before, [[_location("Ankh"), _location("Quirm")]])
    assert before == {"location": {"ankh": MissingName("Ankh", 1, "")}}
