"""The answers of an import → lines for a program, or a page for a person."""

import csv
import json
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol, TypeAlias

from rollbook.client.json_values import plain
from rollbook.model.formulas import defused
from rollbook.v1.imports_pb2 import ImportState, ImportSummary, ImportUnderstood, RowResults

Room: TypeAlias = Callable[[], AbstractContextManager[None]]
"""Entered while something is written: a moving line on the same screen makes way."""


class ResultWriter(Protocol):
    """Where answers are written, as they come."""

    def understood(self, event: ImportUnderstood) -> None:
        """What the server made of the header."""

    def results(self, event: RowResults) -> None:
        """Some rows' results."""

    def summary(self, event: ImportSummary) -> None:
        """What became of it all; the last."""

    def close(self) -> None:
        """Write what is still held, also where no summary came."""


class NdjsonWriter:
    """One JSON object a line: every row result, then the summary."""

    def __init__(self, room: Room = nullcontext):
        self._room = room

    def understood(self, event: ImportUnderstood) -> None:
        """Nothing: rows alone, and the summary."""

    def results(self, event: RowResults) -> None:
        """A line a row."""
        self._write([plain(result) for result in event.results])

    def summary(self, event: ImportSummary) -> None:
        """The last line."""
        self._write([plain(event)])

    def close(self) -> None:
        """Nothing is held."""

    def _write(self, told: list[dict[str, object]]) -> None:
        lines = [json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in told]
        with self._room():
            sys.stdout.write("\n".join([*lines, ""]))
            sys.stdout.flush()


class CsvWriter:
    """A header, a line a row result, and last the summary.

    Issues and changes are JSON in their cell. The summary's line has no `line`; its `row` is the
    number of rows, its `outcome` the state, and all of it stands as JSON under `issues`.
    """

    _COLUMNS = (
        "line",
        "row",
        "outcome",
        "employeeNumber",
        "userId",
        "issues",
        "changes",
        "replayed",
    )

    def __init__(self, room: Room = nullcontext):
        self._room = room
        self._csv = csv.writer(sys.stdout, lineterminator="\n")
        self._write([self._COLUMNS])

    def understood(self, event: ImportUnderstood) -> None:
        """Nothing: rows alone, and the summary."""

    def results(self, event: RowResults) -> None:
        """A line a row."""
        told = [plain(result) for result in event.results]
        self._write([[_cell(one[name]) for name in self._COLUMNS] for one in told])

    def summary(self, event: ImportSummary) -> None:
        """The last line."""
        state = ImportState.Name(event.state)
        self._write([["", str(event.rows), state, "", "", _cell(plain(event)), "", ""]])

    def close(self) -> None:
        """Nothing is held."""

    def _write(self, lines: Sequence[Sequence[str]]) -> None:
        with self._room():
            self._csv.writerows(lines)
            sys.stdout.flush()


def _cell(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case list() | dict():
            return json.dumps(value, ensure_ascii=False, separators=(",", ":")) if value else ""
    return defused(str(value))
