"""Hashes of whole columns of keys, by the secret of an import."""

from hypothesis import given
from hypothesis import strategies as st

from rollbook.imports.rows.keyed_hashes import KeyedHash

SECRET = b"0123456789abcdef"
KEYS = st.one_of(st.text(max_size=20), st.text("a\0é", max_size=40), st.text("ab", min_size=250))


def hashed(keys: list[str], kind: str = "email", secret: bytes = SECRET) -> list[tuple[int, ...]]:
    """The hashes as tuples, so that they can be compared and counted."""
    return [tuple(one) for one in KeyedHash(kind, secret).hashes(keys).tolist()]


@given(st.lists(KEYS, max_size=30))
def test_keys_have_the_same_hash_if_and_only_if_they_are_the_same(keys: list[str]) -> None:
    """P15: whatever else is in the column; NULs at the end count, and so does each byte."""
    together = hashed(keys)
    assert together == [hashed([key])[0] for key in keys]
    assert len({*together}) == len({*keys})


def test_one_bit_anywhere_makes_another_hash() -> None:
    """Also behind the longest key that is hashed word by word."""
    for size in (1, 7, 8, 9, 255, 256, 257, 4_000):
        keys = ["a" * at + "b" + "a" * (size - at - 1) for at in range(0, size, max(1, size // 50))]
        assert len({*hashed([*keys, "a" * size])}) == len(keys) + 1


def test_all_four_parts_of_a_hash_differ_between_keys() -> None:
    """Each 32 bits are a function of their own: none repeats another, and none is constant."""
    parts = [
        [half >> shift & 0xFFFF_FFFF for half in one for shift in (32, 0)]
        for one in hashed([str(number) for number in range(1_000)])
    ]
    for column in zip(*parts, strict=True):
        assert len({*column}) > 990
    assert all(len({*row}) == 4 for row in parts)


def test_kind_and_secret_decide_the_hash() -> None:
    """No file can prepare a collision: in another import the same text has another hash."""
    found = {
        hashed(["1"], kind, secret)[0]
        for kind in ("email", "username")
        for secret in (SECRET, SECRET[::-1])
    }
    assert len(found) == 4


def test_nothing_has_no_hashes() -> None:
    """An empty column is no special case for the claims."""
    assert KeyedHash("email", SECRET).hashes([]).shape == (0, 2)
