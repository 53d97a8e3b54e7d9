"""Prints the answers of an import for a program, as JSON lines or CSV."""

import json
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol, TypeAlias

from rollbook.cli.screen.formats import print_csv
from rollbook.cli.screen.streams import print_error
from rollbook.client.json_values import plain
from rollbook.v1.imports_pb2 import (
    ImportAccepted,
    ImportState,
    ImportSummary,
    ImportUnderstood,
    RowResults,
)

Paused: TypeAlias = Callable[[], AbstractContextManager[None]]
"""Entered while something is written: a progress bar on the same screen is taken away meanwhile."""


class ResultWriter(Protocol):
    """Writes the answers of one import, as they come."""

    def accepted(self, event: ImportAccepted) -> None:
        """The options in force."""

    def understood(self, event: ImportUnderstood) -> None:
        """What the server made of the header."""

    def results(self, event: RowResults) -> None:
        """Some rows' results."""

    def summary(self, event: ImportSummary) -> None:
        """The counts; the last event."""

    def close(self) -> None:
        """Write what is still held, also if no summary came."""


class NdjsonWriter:
    """One JSON object a line: every row result, then the summary."""

    def __init__(self, paused: Paused = nullcontext):
        self._paused = paused

    def accepted(self, event: ImportAccepted) -> None:
        """Writes nothing."""

    def understood(self, event: ImportUnderstood) -> None:
        """Writes nothing."""

    def results(self, event: RowResults) -> None:
        """A line a row."""
        self._write([plain(result) for result in event.results])

    def summary(self, event: ImportSummary) -> None:
        """The last line."""
        self._write([plain(event)])

    def close(self) -> None:
        """Nothing is held."""

    def _write(self, objects: list[dict[str, object]]) -> None:
        lines = [json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in objects]
        with self._paused():
            sys.stdout.write("\n".join([*lines, ""]))
            sys.stdout.flush()


class CsvWriter:
    """A header and a line a row result; issues and changes are JSON in their cell.

    Every record is a row of the file, so the summary is not among them: it goes to stderr.
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

    def __init__(self, paused: Paused = nullcontext):
        self._paused = paused
        self._write([self._COLUMNS])

    def accepted(self, event: ImportAccepted) -> None:
        """Writes nothing."""

    def understood(self, event: ImportUnderstood) -> None:
        """Writes nothing."""

    def results(self, event: RowResults) -> None:
        """A line a row."""
        shown = [plain(result) for result in event.results]
        self._write([[packed(one[name]) for name in self._COLUMNS] for one in shown])

    def summary(self, event: ImportSummary) -> None:
        """One line on stderr."""
        with self._paused():
            print_error(f"rollbook: {_state(event)}: {_counted(event)}; import {event.import_id}")

    def close(self) -> None:
        """Nothing is held."""

    def _write(self, lines: Sequence[Sequence[object]]) -> None:
        with self._paused():
            print_csv(*lines)
            sys.stdout.flush()


def packed(value: object) -> object:
    """A list in a cell as JSON."""
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")) if value else ""
    return value


def _state(event: ImportSummary) -> str:
    return ImportState.Name(event.state).removeprefix("IMPORT_STATE_")


def _counted(event: ImportSummary) -> str:
    counts = {
        "created": event.created,
        "updated": event.updated,
        "unchanged": event.unchanged,
        "failed": event.failed,
        "not applied": event.not_applied,
        "suspended": event.suspended,
        "reactivated": event.reactivated,
        "left to other sources": event.released,
        "protected from suspension": event.protected,
    }
    return f"{event.rows:,} rows, " + ", ".join(f"{n:,} {name}" for name, n in counts.items())
