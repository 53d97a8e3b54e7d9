"""Tests of patterns: they match whole texts, in any spelling, and none is slow."""

from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook_roles.globs import Glob, folded


@pytest.mark.parametrize(
    ("pattern", "like", "unlike"),
    [
        ("IT", ["it", " IT ", "ＩＴ"], ["ITC", "", "I T"]),
        ("Sales*", ["Sales", "SALES  North"], ["Presales"]),
        ("*manager*", ["Sales Manager", "manager"], ["manage"]),
        ("* of sales", ["Head  of\u00a0Sales"], ["of sales"]),
        ("Level ?", ["level 1", "LEVEL é"], ["level 10", "level "]),
        ("a?c*e?g", ["abcdefg", "abcefg"], ["abcefge", "aceg"]),
        ("a*a", ["aa", "aba"], ["a"]),
        ("", ["", "   "], ["x"]),
        ("*", ["", "x"], []),
        ("?*", ["x"], [""]),
        ("Straße", ["STRASSE"], ["Strase"]),
        ("[ab]", ["[AB]"], ["a"]),
        ("1.5", ["1.5"], ["1x5"]),
    ],
)
def test_a_pattern_is_like_the_whole_text(pattern: str, like: list[str], unlike: list[str]) -> None:
    """Whatever its case, its width and its spaces; only `*` and `?` are special."""
    glob = Glob(pattern)
    assert [text for text in like if not glob.matches(folded(text))] == []
    assert [text for text in unlike if glob.matches(folded(text))] == []


@given(st.text("ab*?", max_size=12), st.text("ab", max_size=14))
def test_it_agrees_with_the_slow_way(pattern: str, text: str) -> None:
    """As Python's fnmatch does, for patterns short enough to be given to it."""
    assert Glob(pattern).matches(text) == fnmatchcase(text, pattern)


def test_a_pattern_of_many_stars_comes_to_an_end() -> None:
    """A text that nearly fits is given up; by going back to each star it would take for ever."""
    glob = Glob("*a" * 100 + "*b*c")
    assert not glob.matches("a" * 10_000 + "c")
    assert glob.matches("a" * 10_000 + "bc")
