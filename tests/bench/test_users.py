"""The generator of sample users keeps its promises."""

import csv
import io
from itertools import pairwise
from unicodedata import is_normalized, name

import pytest

from tests.bench.names import LOCATIONS, ROLES
from tests.bench.users import HEADER, File

ROWS = 5_000


def parsed(content: File) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.read().decode())))


def test_the_same_arguments_make_the_same_bytes_however_they_are_cut() -> None:
    whole = File(rows=ROWS).read()
    assert whole == File(rows=ROWS).read()
    assert whole == b"".join(File(rows=ROWS).chunks(7))
    assert [len(chunk) for chunk in File(rows=ROWS).chunks(4096)][:-1] == [4096] * (
        len(whole) // 4096
    )
    assert whole != File(rows=ROWS, seed=2).read()


def test_a_user_depends_on_the_seed_and_the_number_alone() -> None:
    """A part of a file is about the same users as the file, and a shorter file begins as it."""
    header, *users = parsed(File(rows=ROWS))
    assert parsed(File(rows=1_234)) == [header, *users[:1_234]]
    assert parsed(File(rows=700, first=1_900)) == [header, *users[1_900:2_600]]


def test_nine_columns_a_third_with_a_quoted_comma_about_130_bytes_a_row() -> None:
    header, *users = parsed(File(rows=ROWS))
    assert ",".join(header) + "\n" == HEADER
    assert {len(user) for user in users} == {9}
    quoted = sum("," in "".join(user) for user in users)
    assert ROWS * 0.30 < quoted < ROWS * 0.37
    assert 110 < len(File(rows=ROWS).read()) / ROWS < 140


def test_names_are_of_fifteen_scripts_and_in_nfc() -> None:
    _, *users = parsed(File(rows=ROWS))
    text = "".join("".join(user) for user in users)
    assert is_normalized("NFC", text)
    # The first word of a letter's name is its script: LATIN, HANGUL, DEVANAGARI.
    letters = {char for user in users for char in user[3] + user[4] if char.isalpha()}
    scripts = {name(letter).split()[0] for letter in letters}
    assert len(scripts - {"LATIN", "CJK", "HIRAGANA", "KATAKANA"}) >= 12
    assert {"LATIN", "CJK", "KATAKANA"} <= scripts


def test_no_two_users_share_a_number_an_address_or_a_username() -> None:
    _, *users = parsed(File(rows=ROWS))
    for column in range(3):
        assert len({user[column].lower() for user in users}) == ROWS
    assert all(before < after for before, after in pairwise(user[0] for user in users))


def test_locations_are_blank_or_those_that_are_listed() -> None:
    _, *users = parsed(File(rows=ROWS))
    assert {user[8] for user in users} == {*LOCATIONS, ""}
    assert {user[8] for user in parsed(File(rows=ROWS, locations=False))[1:]} == {""}


def test_roles_are_a_tenth_column_beside_the_same_cells() -> None:
    """Of each of those that are listed, or blank."""
    header, *users = parsed(File(rows=ROWS, roles=True))
    assert header == [*HEADER.strip().split(","), "role"]
    assert {user[9] for user in users} == {*ROLES, ""}
    assert [user[:9] for user in users] == parsed(File(rows=ROWS))[1:]


@pytest.mark.parametrize("fraction", [0.01, 0.1, 1.0])
def test_changed_rows_differ_in_their_work_alone(fraction: float) -> None:
    pairs = list(
        zip(parsed(File(rows=ROWS)), parsed(File(rows=ROWS, changed=fraction)), strict=True)
    )
    differing = [(before, after) for before, after in pairs if before != after]
    assert len(differing) == pytest.approx(ROWS * fraction, rel=0.25)
    for before, after in differing:
        assert before[:5] + before[8:] == after[:5] + after[8:]


def test_odd_rows_have_a_reserved_address_or_a_name_that_looks_like_nothing() -> None:
    """Both kinds as often; all other cells are those of the clean file."""
    pairs = zip(parsed(File(rows=ROWS)), parsed(File(rows=ROWS, odd=0.1)), strict=True)
    differing = [
        (column, new)
        for before, after in pairs
        for column, (old, new) in enumerate(zip(before, after, strict=True))
        if old != new
    ]
    assert len(differing) == pytest.approx(ROWS * 0.1, rel=0.25)
    addresses = [new for column, new in differing if column == 1]
    assert len(addresses) == pytest.approx(len(differing) / 2, abs=ROWS / 1_000)
    assert all(address.endswith("@example.test") for address in addresses)
    assert {(column, new) for column, new in differing if column != 1} == {(3, "NULL")}


def test_a_shuffled_file_has_the_same_rows_in_another_order() -> None:
    """Far from their places, and always in the same order."""
    header, *users = parsed(File(rows=ROWS))
    shuffled = parsed(File(rows=ROWS, shuffled=True))
    assert shuffled[0] == header
    assert sorted(shuffled[1:]) == users
    numbers = [int(user[0][1:]) for user in shuffled[1:]]
    assert sum(abs(at - number) for at, number in enumerate(numbers)) > ROWS * ROWS / 4
    assert shuffled == parsed(File(rows=ROWS, shuffled=True))


def test_conflicting_rows_hold_the_address_of_a_user_numbered_before_the_file() -> None:
    held = {user[1] for user in parsed(File(rows=2_000))[1:]}
    _, *clean = parsed(File(rows=ROWS, first=2_000))
    _, *users = parsed(File(rows=ROWS, first=2_000, conflicting=0.05))
    contested = [user for user in users if user[1] in held]
    assert len(contested) == pytest.approx(ROWS * 0.05, rel=0.25)
    assert [user for user in users if user[1] not in held] == [
        user for user, there in zip(clean, users, strict=True) if there[1] not in held
    ]


def test_conflicts_need_users_to_be_in_conflict_with() -> None:
    with pytest.raises(ValueError, match="before the first"):
        File(rows=10, conflicting=0.1).read()
