"""`tests/README.md` lists the ids of requirements, bad inputs and promises that tests name.

A test names one in a docstring, or in the id of a case. The table is kept by hand: a line an id,
and its claim.
"""

import re

from tests.docs.pages import ROOT, between, table

PAGE = ROOT / "tests/README.md"
ID = re.compile(r"\b(?:S\d{2}|B\d{3}|P\d{2})\b")


def named() -> set[str]:
    """The ids that any test names."""
    there = [*(ROOT / "tests").rglob("*.py"), *ROOT.glob("plugins/*/tests/**/*.py")]
    files = [path for path in there if path.name != "test_ids.py"]
    return {found for path in files for found in ID.findall(path.read_text())}


def listed() -> list[list[str]]:
    """The rows of the table: id and claim."""
    return table(between(PAGE, "ids"))


def test_every_id_that_a_test_names_is_listed() -> None:
    assert named() - {id_ for id_, _ in listed()} == set()


def test_every_id_that_is_listed_is_named_by_a_test() -> None:
    assert {id_ for id_, _ in listed()} - named() == set()


def test_the_table_is_in_order_and_says_something() -> None:
    """Each id once, S before B before P, each with a claim that is a sentence."""
    ids = [id_ for id_, _ in listed()]
    assert ids == sorted(set(ids), key=lambda id_: ("SBP".index(id_[0]), id_))
    assert [claim for _, claim in listed() if not claim.endswith(".")] == []
