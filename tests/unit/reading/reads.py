"""Reads a file in every chunking and portioning, for comparison."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rollbook.errors import FileFault
from rollbook.model import Mark, Options, Understood
from rollbook.profiles import Profile, Profiles
from rollbook.reading import Reader
from rollbook.settings import Settings

HEADER = "employee_number,email,first_name,last_name,role,location"
CHUNKS = (1, 7, 4096, 262_144)
PORTIONS = (1, 7, 100, 5_000)
DEFAULT = Profiles().named("default")
SETTINGS = Settings()  # read once: it takes longer than a small file


@dataclass
class Told:
    """What came out: row by row, and how it ended."""

    understood: Understood | None = None
    lines: list[int] = field(default_factory=list)
    raw: list[list[str]] = field(default_factory=list)
    cells: list[dict[str, str | None]] = field(default_factory=list)
    issues: dict[int, tuple[str, str]] = field(default_factory=dict)  # position → code, field
    messages: dict[int, str] = field(default_factory=dict)
    reason: str = ""
    line: int = 0
    message: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def columns(self) -> dict[str, str]:
        assert self.understood
        return {column.header: column.field for column in self.understood.columns}


def a_row(number: int = 1, **cells: str) -> str:
    """One correct row of `HEADER`, with the given cells in place of its own."""
    row = {
        "employee_number": f"E{number}",
        "email": f"user{number}@example.com",
        "first_name": "Ines",
        "last_name": "Costa",
        "role": "",
        "location": "",
    }
    return ",".join((row | cells).values())


def read(
    content: bytes,
    *,
    chunk: int = 262_144,
    most: int = 5_000,
    end: bool = True,
    profile: Profile = DEFAULT,
    limits: Mapping[str, int] | None = None,
    **options: Any,
) -> tuple[Told, dict[int, Mark]]:
    """The reader's results, and the mark after so many rows for each take."""
    reader = Reader(profile, Options(**options), SETTINGS.model_copy(update=limits))
    told = Told()
    marks: dict[int, Mark] = {}
    try:
        for at in range(0, len(content), chunk):
            reader.feed(content[at : at + chunk])
            _take(reader, most, told, marks)
        if end:
            reader.end()
        _take(reader, most, told, marks)
    except FileFault as fault:
        told.reason, told.line = fault.reason.value, fault.line
        told.message, told.facts = fault.message, fault.facts
    told.understood = reader.understood
    return told, marks


def _take(reader: Reader, most: int, told: Told, marks: dict[int, Mark]) -> None:
    while True:
        waiting = reader.ready
        rows = reader.take(most)
        if rows is None:
            assert waiting == 0
            return
        assert 0 < len(rows) == min(waiting, most)
        assert rows.first == len(told.lines) + 1
        before = len(told.lines)
        told.lines += rows.lines
        told.raw += [list(row) for row in rows.raw]
        for position in range(len(rows)):
            told.cells.append({name: cells[position] for name, cells in rows.columns.items()})
        for position, issue in rows.faults.items():
            told.issues[before + position] = (issue.code.value, issue.field)
            told.messages[before + position] = issue.message
            assert set(told.cells[before + position].values()) <= {""}
        marks[len(told.lines)] = rows.mark


def told_of(content: bytes, *, chunks: tuple[int, ...] = CHUNKS, **more: Any) -> Told:
    """The reader's result for a file: the same for every chunk size and every portion."""
    expected, marks = read(content, chunk=chunks[-1], most=1, **more)
    for chunk in chunks:
        for most in PORTIONS if chunk in (7, 262_144) else (100,):
            told, some = read(content, chunk=chunk, most=most, **more)
            assert told == expected, (chunk, most)
            assert some.items() <= marks.items(), (chunk, most)
            assert not marks or max(some) == max(marks)
    return expected


def csv_of(*rows: str, header: str = HEADER, end: str = "\n") -> bytes:
    """A file of `header` and `rows`, each line ended by `end`."""
    return "".join(line + end for line in (header, *rows)).encode()
