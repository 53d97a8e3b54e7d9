"""The answers of an import → lines for a program, or a page for a person."""

import csv
import json
import sys
from typing import Protocol

from rollbook.cli.output import defused
from rollbook.client import plain
from rollbook.v1.imports_pb2 import ImportState, ImportSummary, ImportUnderstood, RowResults


class Paper(Protocol):
    """Where answers are written, as they come."""

    def understood(self, event: ImportUnderstood) -> None:
        """What the server made of the header."""

    def results(self, event: RowResults) -> None:
        """Some rows' results."""

    def summary(self, event: ImportSummary) -> None:
        """What became of it all; the last."""

    def close(self) -> None:
        """Write what is still held, also where no summary came."""


class NdjsonPaper:
    """One JSON object a line: every row result, then the summary."""

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
        sys.stdout.write("\n".join([*lines, ""]))
        sys.stdout.flush()


class CsvPaper:
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

    def __init__(self) -> None:
        self._csv = csv.writer(sys.stdout, lineterminator="\n")
        self._csv.writerow(self._COLUMNS)

    def understood(self, event: ImportUnderstood) -> None:
        """Nothing: rows alone, and the summary."""

    def results(self, event: RowResults) -> None:
        """A line a row."""
        for result in event.results:
            told = plain(result)
            told["replayed"] = str(result.replayed).lower()
            self._csv.writerow([_cell(told[name]) for name in self._COLUMNS])
        sys.stdout.flush()

    def summary(self, event: ImportSummary) -> None:
        """The last line."""
        state = ImportState.Name(event.state)
        self._csv.writerow(["", event.rows, state, "", "", _cell(plain(event)), "", ""])
        sys.stdout.flush()

    def close(self) -> None:
        """Nothing is held."""
        sys.stdout.flush()


def _cell(value: object) -> str:
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")) if value else ""
    return defused(str(value))
