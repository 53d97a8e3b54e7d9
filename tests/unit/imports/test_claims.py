"""Which row of a file has a number, an e-mail or a username (rules § Identity)."""

import random
from collections.abc import Collection

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.checking import email_key, number_key, username_key
from rollbook.imports.rows.claims import ClaimedHashes, Claims, SortedHashes
from rollbook.model import CheckedBatch, Code, Field, FileRows, Issue

SECRET = b"0123456789abcdef"

Cells = tuple[str, str | None, str | None]
"""A row's number, e-mail and username; None: the file has no such column."""


def batch(
    cells: list[Cells], first_line: int, failed: set[int], *, usernames: bool
) -> CheckedBatch:
    """Consecutive rows of a file, checked, as they come to the claims."""
    numbers = [number for number, _, _ in cells]
    emails = [email for _, email, _ in cells]
    given_names = [username for _, _, username in cells]
    error = Issue(Code.INVALID_NAME, Field.FIRST_NAME, "No letter.")
    return CheckedBatch(
        rows=FileRows(
            lines=list(range(first_line, first_line + len(cells))),
            first=first_line - 1,
            columns={Field.EMPLOYEE_NUMBER: numbers},
        ),
        values={Field.EMPLOYEE_NUMBER: numbers, Field.EMAIL: emails, Field.USERNAME: given_names},
        number_keys=[number_key(number) for number in numbers],
        email_keys=[email_key(email) if email else None for email in emails],
        username_keys=[
            username_key(username) if username else email_key(email) if email else None
            for _, email, username in cells
        ],
        usernames_given=usernames,
        issues={position: [error] for position in failed},
        failed=set(failed),
    )


def judged(
    *batches: list[Cells],
    failed: Collection[int] = (),
    usernames: bool = False,
) -> dict[int, list[tuple[str, str]]]:
    """The refusals by line: code, and the line that was first. `failed` are lines."""
    claims = Claims(SECRET, Field.EMPLOYEE_NUMBER)
    refused: dict[int, list[tuple[str, str]]] = {}
    line = 2
    for cells in batches:
        ends = {at - line for at in failed if line <= at < line + len(cells)}
        users = claims.judge(batch(cells, line, ends, usernames=usernames), {})
        for position in users.failed - ends:
            refused[users.rows.lines[position]] = [
                (issue.code.value, issue.params["first_line"])
                for issue in users.issues[position]
                if issue.code is not Code.INVALID_NAME
            ]
        line += len(cells)
    return refused


ANN: Cells = ("1", "ann@x.org", None)
BEN: Cells = ("2", "ben@x.org", None)


def test_rows_that_share_nothing_are_all_taken() -> None:
    """S33."""
    assert judged([ANN, BEN]) == {}


@pytest.mark.parametrize("cut", [False, True])
def test_a_number_belongs_to_its_first_row(*, cut: bool) -> None:
    """B130: compared case-folded; the same in one batch and in two."""
    rows: list[Cells] = [("E100", "a@x.org", None), ("e100", "b@x.org", None)]
    found = judged(rows[:1], rows[1:]) if cut else judged(rows)
    assert found == {3: [("duplicate_employee_number", "2")]}


@pytest.mark.parametrize("cut", [False, True])
def test_an_address_belongs_to_its_first_row(*, cut: bool) -> None:
    """B184."""
    rows: list[Cells] = [ANN, ("2", "ANN@x.org", None)]
    found = judged(rows[:1], rows[1:]) if cut else judged(rows)
    assert found == {3: [("duplicate_email", "2")]}


def test_a_row_that_failed_claims_nothing() -> None:
    """B184: the second row is then the first."""
    assert judged([ANN, ("2", "ann@x.org", None)], failed={2}) == {}


def test_a_row_that_is_refused_claims_nothing() -> None:
    """Line 3 is refused for its number, so Ben's address is free for line 4."""
    rows: list[Cells] = [ANN, ("1", "ben@x.org", None), ("3", "ben@x.org", None)]
    assert judged(rows) == {3: [("duplicate_employee_number", "2")]}


def test_every_name_that_is_taken_is_told() -> None:
    """One issue for each, keys first."""
    rows: list[Cells] = [ANN, BEN, ("1", "ben@x.org", None)]
    expected = [("duplicate_employee_number", "2"), ("duplicate_email", "3")]
    assert judged(rows) == {4: expected}


def test_a_username_is_claimed_where_the_file_has_the_column() -> None:
    """S34: compared by NFKC and case-fold."""
    rows: list[Cells] = [("1", "a@x.org", "ann"), ("2", "b@x.org", "\uff21nn")]
    assert judged(rows, usernames=True) == {3: [("duplicate_username", "2")]}


def test_a_kind_of_name_does_not_meet_another_kind() -> None:
    """A number that reads like a username is not one."""
    rows: list[Cells] = [("ann", "a@x.org", "ben"), ("ben", "b@x.org", "ann")]
    assert judged(rows, usernames=True) == {}


@given(st.lists(st.integers(0, 6), max_size=40), st.integers(1, 7), st.sets(st.integers(2, 41)))
def test_where_batches_are_cut_decides_nothing(
    numbers: list[int], size: int, failed: set[int]
) -> None:
    """P15: one batch or many, the same rows are refused for the same lines."""
    rows: list[Cells] = [(str(n), f"u{n * 7 % 5}@x.org", None) for n in numbers]
    cut = [rows[at : at + size] for at in range(0, len(rows), size)]
    assert judged(*cut, failed=failed) == judged(rows, failed=failed)


def test_two_imports_keep_their_claims_apart_by_their_secrets() -> None:
    """No file can prepare a collision: the same text has another hash in each import."""
    hashes = [
        Claims(secret, Field.EMPLOYEE_NUMBER)._number.hashes(["1"]).tobytes()
        for secret in (SECRET, SECRET[::-1])
    ]
    assert hashes[0] != hashes[1]


def test_claimed_hashes_are_found_again_among_a_hundred_thousand() -> None:
    """P15: however often the runs were merged; an unclaimed hash is found nowhere."""
    generator = np.random.default_rng(7)
    hashes = generator.integers(0, 1 << 63, size=(100_000, 2), dtype=np.uint64)
    claimed = ClaimedHashes()
    for start in range(0, 90_000, 1_000):
        lines = np.arange(start + 2, start + 1_002, dtype=np.uint32)
        claimed.add(SortedHashes(hashes[start : start + 1_000]), lines)
    order = np.array(random.Random(7).sample(range(100_000), 100_000))
    expected = np.where(order < 90_000, order + 2, 0)
    assert claimed.lines(SortedHashes(hashes[order])).tolist() == expected.tolist()


def test_hashes_that_share_a_half_are_two() -> None:
    """All 128 bits count."""
    claimed = ClaimedHashes()
    both = np.array([[5, 1], [5, 2]], dtype=np.uint64)
    claimed.add(SortedHashes(both), np.array([2, 3], dtype=np.uint32))
    asked = np.array([[5, 2], [5, 3], [5, 1], [1, 5]], dtype=np.uint64)
    assert claimed.lines(SortedHashes(asked)).tolist() == [3, 0, 2, 0]
