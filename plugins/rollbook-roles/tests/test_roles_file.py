"""Tests of reading a file of rules: understood, or refused by file, rule and key."""

from pathlib import Path

import pytest

from rollbook.hooks import Issue, Role
from rollbook_roles.reading import RulesError, read

RULES = """\
default = "Standard"

[[rules]]
department = ["IT", "Engineering*"]
give = "admin"

  [[ rules ]]
job_title = "*intern*"
refuse = "Interns get no account."
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the rules are written."""
    return tmp_path / "roles.toml"


def test_a_file_is_rules_in_their_order(file: Path) -> None:
    """Each with its number, its line, its conditions and its answer."""
    file.write_text(RULES)
    rules = read(file)
    assert rules.default == Role("Standard")
    assert [(rule.number, rule.line) for rule in rules.rules] == [(1, 3), (2, 7)]
    first, second = rules.rules
    assert [glob.pattern for glob in first.conditions["department"]] == ["IT", "Engineering*"]
    assert first.answer == Role("admin")
    assert isinstance(second.answer, Issue)
    assert (second.answer.message, dict(second.answer.params)) == (
        "Interns get no account.",
        {"rule": "2"},
    )


def test_rules_written_in_another_way_have_no_line(file: Path) -> None:
    file.write_text('rules = [{ role = "x", give = "y" }]\n')
    assert [rule.line for rule in read(file).rules] == [0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", " has no rules; each begins with [[rules]]."),
        ('default = "x"', " has no rules; each begins with [[rules]]."),
        ("rules = 3", " has no rules; each begins with [[rules]]."),
        ("rules = [3]", ", rule 1 is no table; each begins with [[rules]]."),
        ('[[rule]]\nrole = "x"', ": there is no key 'rule'; did you mean rules?"),
        ('[[rules]]\ngive = "x"', ", rule 1 looks at nothing; what fits everybody is the default."),
        ('[[rules]]\nrole = "x"', ", rule 1 needs one of give and refuse."),
        (
            '[[rules]]\nrole = "x"\ngive = "y"\nrefuse = "z"',
            ", rule 1 needs one of give and refuse.",
        ),
        (
            '[[rules]]\nrole = "x"\ngive = "y"\n[[rules]]\ndepartmnt = "x"\ngive = "y"',
            ", rule 2: there is no key 'departmnt'; did you mean department?",
        ),
        ("[[rules]]\nrole = 5\ngive = 'y'", ", rule 1: role must be a text, or a list of texts."),
        ("[[rules]]\nrole = []\ngive = 'y'", ", rule 1: role must be a text, or a list of texts."),
        ("[[rules]]\nrole = ''\ngive = ' '", ", rule 1: give must be a text that is not blank."),
        (
            '[[rules]]\nrole = "x"\nrefuse = "a\\nb"',
            ", rule 1: refuse must be printable, on one line, of at most 200 letters.",
        ),
        (
            "default = 1\n[[rules]]\nrole = ''\ngive = 'y'",
            ": default must be a text that is not blank.",
        ),
    ],
)
def test_a_wrong_file_is_refused_by_name(file: Path, text: str, said: str) -> None:
    """The file, the rule's number, the key, and what to write instead."""
    file.write_text(text)
    with pytest.raises(RulesError) as refused:
        read(file)
    assert str(refused.value) == f"{file}{said}"


def test_a_file_that_is_no_rules_at_all_is_refused(file: Path) -> None:
    """It is missing, is no TOML, or no text."""
    with pytest.raises(RulesError, match="cannot be read: No such file"):
        read(file)
    file.write_text("= 3")
    with pytest.raises(RulesError, match=r"is no TOML: .*line 1"):
        read(file)
    file.write_bytes(b"\xff")
    with pytest.raises(RulesError, match="is not UTF-8"):
        read(file)
