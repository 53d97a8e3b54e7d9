"""A column that is one text answers as the list of its texts does."""

import weakref
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.text_column import TextColumn

TEXTS = st.lists(st.text("aB é\u2028Ⅷ\U0001f600\x1f|", max_size=4), max_size=8)


@given(TEXTS, st.data())
def test_it_is_read_as_its_texts_are(texts: list[str], data: st.DataObject) -> None:
    """Each cell, any part, what is in it, and the sizes in bytes."""
    column = TextColumn.of(texts)
    assert [*column] == texts
    assert column == texts
    assert len(column) == len(texts)
    assert column[::2] == texts[::2]
    first, last = (data.draw(st.integers(-9, 9)) for _ in range(2))
    assert column[first:last] == texts[first:last]
    for text in ("", "a", "é", "aa", "a\n", *texts):
        assert (text in column) == (text in texts)
    assert None not in column
    assert {*column.beyond_ascii} == {text for text in texts if not text.isascii()}
    assert len({*column.beyond_ascii}) == len(column.beyond_ascii)
    assert column.sizes.tolist() == [len(text.encode()) for text in texts]
    assert column.longest == max((len(text.encode()) for text in texts), default=0)


@given(st.lists(st.text("ab\x01é\uffff\U0001f600", max_size=12), min_size=1, max_size=8))
def test_the_first_and_the_last_of_them_are_found(texts: list[str]) -> None:
    """In the order of characters, as Python compares texts, and PostgreSQL by the collation C."""
    assert TextColumn.of(texts).extremes == (min(texts), max(texts))


@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_parts_are_joined_in_their_order(parts: list[list[str]]) -> None:
    """Also where some of them are empty."""
    joined = TextColumn.joined([*map(TextColumn.of, parts)])
    assert joined == [text for part in parts for text in part]
    assert joined.ends.tolist() == TextColumn.of([*joined]).ends.tolist()


@given(TEXTS.filter(bool).flatmap(lambda texts: st.tuples(st.just(texts), places(texts))))
def test_some_are_chosen_in_any_order(case: tuple[list[str], list[int]]) -> None:
    """One may be chosen twice."""
    texts, chosen = case
    column = TextColumn.of(texts).chosen(chosen)
    assert column == [texts[place] for place in chosen]
    assert column.ends.tolist() == TextColumn.of([*column]).ends.tolist()


def places(texts: Sequence[str]) -> st.SearchStrategy[list[int]]:
    """Some positions in the texts."""
    return st.lists(st.integers(0, len(texts) - 1), max_size=8)


@given(st.lists(st.tuples(*[st.text("aé", max_size=2)] * 2), max_size=8))
def test_two_columns_are_compared_text_by_text(pairs: list[tuple[str, str]]) -> None:
    """Of the same bytes and of others, of one size and of two."""
    one, two = (TextColumn.of([pair[side] for pair in pairs]) for side in range(2))
    assert one.same_as(two).tolist() == [text == other for text, other in pairs]


@pytest.mark.parametrize("texts", [[], ["A"], ["A", "", "bC"]])
def test_ascii_in_lower_case(texts: list[str]) -> None:
    """What is in lower case already stays the same object."""
    lowered = TextColumn.of(texts).lowered
    assert lowered == [text.lower() for text in texts]
    assert lowered.lowered is lowered


def test_a_column_keeps_nothing_of_itself_alive() -> None:
    """P23: the collector comes seldom, so that a column in a cycle would stay for minutes."""
    for text in ("Ä", "a", "A"):
        column = TextColumn.of([text])
        for name in ("texts", "lines", "sizes", "beyond_ascii", "lowered"):
            getattr(column, name)
        gone = weakref.ref(column)
        del column
        assert gone() is None
