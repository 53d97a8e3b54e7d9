"""Codes and their severity."""

import pytest

from rollbook.model import WARNINGS, Code, Issue, Severity


@pytest.mark.parametrize("code", Code)
def test_a_code_says_how_serious_it_is(code: Code) -> None:
    """By itself, whatever stands before it; an issue fails its row for an error alone."""
    issue = Issue(code, "", "")
    assert issue.severity is code.severity
    assert issue.fails is (code.severity is Severity.ERROR) is (code not in WARNINGS)
