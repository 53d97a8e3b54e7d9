"""Tests of folding: spellings of one place are equal, and two places stay two."""

import pytest

from rollbook_locations.folding import exactly, loosely


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Zürich", "ZURICH"),
        ("Zu\u0308rich", "Zürich"),
        ("São Paulo", "sao-paulo"),
        ("København", "Kobenhavn"),
        ("Łódź", "LODZ"),
        ("Straße 5", "STRASSE 5"),
        ("İstanbul", "Istanbul"),
        ("New York", "newyork"),
        ("St. John's", "St John’s"),
        ("Site #2", "Site 2"),
        ("Floor-1", "Floor 1"),
        ("Ｌｏｎｄｏｎ", "London"),
        ("Αθήνα", "ΑΘΗΝΑ"),
        ("Королёв", "Королев"),
        ("서울", "\u1109\u1165\u110b\u116e\u11af"),
    ],
)
def test_case_accents_spaces_and_punctuation_do_not_matter(one: str, other: str) -> None:
    assert loosely(one) == loosely(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Building 1 12", "Building 11 2"),
        ("Hall 1.2", "Hall 12"),
        ("Floor -1", "Floor 1"),
        ("-1", "1"),
        ("Floor −1", "Floor 1"),
        ("Site A+", "Site A"),
        ("ガス", "カス"),
        ("कि", "कु"),
    ],
)
def test_what_makes_another_place_matters(one: str, other: str) -> None:
    """Where digits end, a negative number, a symbol; marks that make another letter."""
    assert loosely(one) != loosely(other)


def test_a_text_of_nothing_but_punctuation_has_no_loose_form() -> None:
    assert loosely(" -?! ") == ""


@pytest.mark.parametrize(
    ("text", "key"),
    [(" Head \u00a0 Office", "head office"), ("ＵＫ", "uk"), ("Zu\u0308rich", "zürich")],
)
def test_the_exact_form_is_the_directory_s(text: str, key: str) -> None:
    """Case, width and surplus spaces alone do not matter."""
    assert exactly(text) == key
