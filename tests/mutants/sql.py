"""Makes variants of one SQL statement, each with one small fault."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_SWAPS = (
    (re.compile(r"<>"), "=", "<> becomes ="),
    (re.compile(r"(?<![<>:=!])=(?![=>])"), "<>", "= becomes <>"),
    (re.compile(r"\bcoalesce\((\w+\.\w+), (\w+\.\w+)\)"), r"\2", "the row's own cell is ignored"),
    (re.compile(r"\bnot (?=\w+\.)"), "", "a not is dropped"),
    (re.compile(r"\bor\b"), "and", "or becomes and"),
    (re.compile(r"\band\b"), "or", "and becomes or"),
    (re.compile(r"(?<=then )(\d+)\b"), "0", "a bit is never set"),
)


class Fault(NamedTuple):
    """A statement with a fault: its whole text, the line (from 1) and what was done there."""

    text: str
    line: int
    what: str


def faults(statement: str) -> Iterator[Fault]:
    """Every fault of the statement, each alone. Comments stay as they are."""
    lines = statement.splitlines(keepends=True)
    for at, line in enumerate(lines):
        if line.lstrip().startswith("--"):
            continue
        for pattern, replacement, what in _SWAPS:
            for found in pattern.finditer(line):
                wrong = line[: found.start()] + found.expand(replacement) + line[found.end() :]
                yield Fault("".join([*lines[:at], wrong, *lines[at + 1 :]]), at + 1, what)
