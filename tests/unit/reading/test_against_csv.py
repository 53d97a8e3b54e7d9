"""The reader agrees with Python's `csv`, on random files."""

import csv
import io
import random
import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rollbook.errors import Reason
from tests.unit.reading.reads import HEADER, Told, read

# What makes a difference to a reader stands here more often than in any text.
CELLS = st.text(
    st.one_of(
        st.sampled_from("\",;|\t\r\n '=é太\u2028\x85\x0b\x1c\ufeff"), st.characters(codec="utf-8")
    ),
    max_size=12,
).filter(lambda cell: "\0" not in cell)
WIDTH = len(HEADER.split(","))
ROWS = st.lists(st.lists(CELLS, min_size=WIDTH, max_size=WIDTH), max_size=12)
ENDS = st.sampled_from(["\n", "\r\n", "\r"])
CHUNKS = st.sampled_from([1, 2, 3, 5, 7, 16, 64, 262_144])
PORTIONS = st.sampled_from([1, 2, 7, 5_000])
LIMITS = st.sampled_from([{}, {"max_record_bytes": 40}, {"max_rows": 3}])


def written(rows: list[list[str]], end: str, delimiter: str) -> bytes:
    """A valid file, which csv.writer does not make: it may leave a CR without quotes."""
    needs_quotes = re.compile(f'["\r\n{re.escape(delimiter)}]')

    def cell(text: str) -> str:
        quoted = needs_quotes.search(text) or len(text) % 3 == 2
        return '"' + text.replace('"', '""') + '"' if quoted else text

    lines = [delimiter.join(map(cell, row)) + end for row in (HEADER.split(","), *rows)]
    return "".join(lines).encode()


def expected(content: bytes, delimiter: str) -> list[list[str]]:
    """The rows that csv reads in it."""
    text = io.StringIO(content.decode(), newline="")
    return list(csv.reader(text, strict=True, delimiter=delimiter))[1:]


def same_as_csv(rows: list[list[str]], end: str, delimiter: str, chunk: int, most: int) -> None:
    content = written(rows, end, delimiter)
    told, marks = read(content, chunk=chunk, most=most)
    assert told.reason == ""
    assert told.issues == {}
    assert told.raw == expected(content, delimiter) == rows
    assert told.cells == [dict(zip(HEADER.split(","), row, strict=True)) for row in rows]
    assert not marks or max(mark.offset for mark in marks.values()) == len(content)


@given(ROWS, ENDS, st.sampled_from(",;\t|"), CHUNKS, PORTIONS)
def test_same_cells(rows: list[list[str]], end: str, delimiter: str, chunk: int, most: int) -> None:
    """A valid file gives the cells that csv.reader(strict=True) gives, however it is cut."""
    same_as_csv(rows, end, delimiter, chunk, most)


@given(
    ROWS, ENDS, st.lists(st.tuples(st.integers(0, 2000), st.binary(max_size=3)), max_size=6), LIMITS
)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_mutated(
    rows: list[list[str]], end: str, changes: list[tuple[int, bytes]], limits: dict[str, int]
) -> None:
    """A mutated file ends in rows and perhaps one fault of the file, the same for any chunks."""
    mutated_is_read(written(rows, end, ","), changes, limits)


def mutated_is_read(
    content: bytes, changes: list[tuple[int, bytes]], limits: dict[str, int]
) -> None:
    for anywhere, put in changes:
        at = anywhere % (len(content) + 1)
        content = content[:at] + put + content[at + (at % 2) :]
    whole, marks = read(content, most=1, limits=limits)
    assert whole.reason in {"", *Reason}
    assert whole.message.isprintable()
    assert len(whole.message) < 2_000
    assert sorted(set(whole.lines)) == whole.lines
    for chunk, most in ((1, 3), (3, 5_000), (16, 2)):
        told, some = read(content, chunk=chunk, most=most, limits=limits)
        assert told == whole
        assert some.items() <= marks.items()


@given(ROWS, st.integers(0, 2_000), CHUNKS)
def test_cut_off_anywhere(rows: list[list[str]], cut: int, chunk: int) -> None:
    """P03 A valid file cut off at any byte gives some of its rows, whole, and no fault."""
    content = written(rows, "\r\n", ",")
    told, _ = read(content[:cut], chunk=chunk, end=False)
    assert told.reason == ""
    assert told.raw == rows[: len(told.raw)]


@pytest.mark.parametrize("seed", range(20))
def test_same_cells_in_larger_files(seed: int) -> None:
    """Files of many pieces give the cells that csv gives."""
    same_as_csv(*random_file(random.Random(seed), most_rows=4_000))


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("tenth", range(10))
def test_20_000_files(tenth: int) -> None:
    """20,000 valid files give the cells that csv gives; as many mutated ones end as files may."""
    for seed in range(tenth * 2_000, (tenth + 1) * 2_000):
        chance = random.Random(seed)
        rows, end, delimiter, chunk, most = random_file(chance, most_rows=12)
        try:
            same_as_csv(rows, end, delimiter, chunk, most)
            changes = [
                (chance.randrange(2_000), chance.randbytes(chance.randrange(4)))
                for _ in range(chance.randrange(6))
            ]
            limits = chance.choice([{}, {"max_record_bytes": 40}, {"max_rows": 3}])
            mutated_is_read(written(rows, end, ","), changes, limits)
        except BaseException as wrong:
            wrong.add_note(f"seed {seed}")
            raise


def random_file(
    chance: random.Random, most_rows: int
) -> tuple[list[list[str]], str, str, int, int]:
    """Rows, line end, delimiter, chunk size and portion, all by chance."""
    odd = "\",;|\t\r\n '=é太\u2028\x85\x0b"
    plain = "abcdefghij Äя@.-"
    share = chance.choice([0.0, 0.01, 0.3, 0.9])
    rows = [
        [
            "".join(
                chance.choice(odd if chance.random() < share else plain)
                for _ in range(chance.randrange(10))
            )
            for _ in range(WIDTH)
        ]
        for _ in range(chance.randrange(most_rows))
    ]
    return (
        rows,
        chance.choice(["\n", "\r\n", "\r"]),
        chance.choice(",;\t|"),
        chance.choice([1, 7, 100, 4_096, 262_144]) if most_rows < 100 else 4_096,
        chance.choice([1, 7, 100, 5_000]),
    )


def test_told_is_compared_whole() -> None:
    """The comparison above is one: what differs in a line is not equal."""
    assert Told(lines=[1]) != replace(Told(lines=[1]), lines=[2])
