"""Codes and their severity."""

import re

import pytest

from rollbook.model import STANDARD_MESSAGES, WARNINGS, Code, Issue, Severity


@pytest.mark.parametrize("code", Code)
def test_a_code_says_how_serious_it_is(code: Code) -> None:
    """By itself, whatever stands before it; an issue fails its row for an error alone."""
    issue = Issue(code, "", "")
    assert issue.severity is code.severity
    assert issue.fails is (code.severity is Severity.ERROR) is (code not in WARNINGS)


@pytest.mark.parametrize("code", Code)
def test_a_code_has_a_message_that_is_true_of_every_row(code: Code) -> None:
    """A sentence without a fact of one row in it: no number of a line, no quoted cell."""
    message = STANDARD_MESSAGES[code]
    assert re.fullmatch(r"[A-Z][^{}\u201c\u201d`]+\.", message)
    assert not re.search(r"[2-9]", message)
