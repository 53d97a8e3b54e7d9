"""The answers of an import → a page for a person, at 80 columns.

Of a small file every row is shown. Of a large one only the rows with something to say, as they
come and never more than a person would read; the summary counts the rest.
"""

import time
from collections.abc import Iterable, Sequence
from contextlib import nullcontext

from rich.columns import Columns
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from rollbook.cli.imports.writers import Room
from rollbook.cli.screen.formats import labelled
from rollbook.cli.screen.streams import print_block, printable
from rollbook.v1.imports_pb2 import ImportState, ImportSummary, ImportUnderstood, RowResults
from rollbook.v1.results_pb2 import FieldChange, Issue, Outcome, RowResult, Severity

SMALL = 40
"""Rows of a file that is shown whole."""
_MOST_FAILED, _MOST_OTHERS = 1_000, 100
_MOST_CREATED = 20

_OUTCOME_WIDTH = len("NOT APPLIED")
_STYLES = {
    "CREATED": "green",
    "UPDATED": "cyan",
    "UNCHANGED": "dim",
    "FAILED": "bold red",
    "NOT_APPLIED": "yellow",
    "SUSPENDED": "magenta",
}
_GOOD_ENDS = {ImportState.IMPORT_STATE_COMPLETED, ImportState.IMPORT_STATE_PREVIEWED}
_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "pipes"}


class TableWriter:
    """Writes the page of one import of `title`, such as a file's name, on `console`."""

    def __init__(self, console: Console, title: str, room: Room = nullcontext):
        self._console = console
        self._room = room
        self._title = title
        self._began = time.monotonic()
        self._headers: dict[str, str] = {}
        self._held: list[RowResult] | None = []  # None once the file is large
        self._created: list[str] = []
        self._left = {"FAILED": _MOST_FAILED, "other": _MOST_OTHERS}
        self._left_out = 0
        self._headed = False
        self._told: set[str] = set()
        self._widths: tuple[int, int, int] | None = None

    def understood(self, event: ImportUnderstood) -> None:
        """Encoding, delimiter, and which column feeds which field."""
        self._headers = {column.field: column.header for column in event.columns if column.field}
        delimiter = _DELIMITERS.get(event.delimiter, repr(event.delimiter))
        lines: list[tuple[str, RenderableType]] = [
            (
                "file",
                Text(f"{printable(self._title)}: {event.encoding}, separated by {delimiter}"),
            ),
            ("columns", _columns(event)),
        ]
        if event.ignored_columns:
            ignored = ", ".join(map(printable, event.ignored_columns))
            lines.append(("ignored", Text(ignored, "yellow")))
            self._told.add("unknown_column_ignored")  # by that line
        lines += self._notes(event.warnings)
        self._say(labelled(lines))

    def results(self, event: RowResults) -> None:
        """Rows as they come; held back while the file may still be a small one."""
        for result in event.results:
            if result.outcome == Outcome.OUTCOME_CREATED and len(self._created) < _MOST_CREATED:
                self._created.append(result.employee_number)
        rows: Sequence[RowResult] = event.results
        if self._held is not None:
            self._held.extend(event.results)
            if len(self._held) <= SMALL:
                return
            rows, self._held = self._held, None
        self._show([row for row in rows if self._speaks(row)])

    def summary(self, event: ImportSummary) -> None:
        """What became of it all, and the accounts that were created."""
        self.close()
        seconds = time.monotonic() - self._began
        state = ImportState.Name(event.state).removeprefix("IMPORT_STATE_")
        style = "bold green" if event.state in _GOOD_ENDS and not event.failed else "bold yellow"
        end = Text.assemble((state, style), f" in {seconds:.1f} s")
        if event.state == ImportState.IMPORT_STATE_PREVIEWED:
            end.append(": nothing was written")
        if event.HasField("stopped_by"):
            line = event.stopped_by.line
            where = f"at line {line} " if line else ""
            end.append(f", stopped {where}by {event.stopped_by.code}")
        lines: list[tuple[str, RenderableType]] = [("import", end), ("rows", counts(event))]
        if event.codes:
            codes = sorted(event.codes.items(), key=lambda code: (-code[1], code[0]))
            lines.append(("codes", Text(", ".join(f"{code} {n:,}" for code, n in codes))))
        if self._created and event.state != ImportState.IMPORT_STATE_PREVIEWED:
            lines.append(("created", _numbers(self._created, event.created)))
        lines += self._notes(event.warnings)
        lines.append(("id", Text(event.import_id, "dim")))
        self._say(labelled(lines))

    def close(self) -> None:
        """The rows that are still held, in the order of the file."""
        if self._held:
            self._show(self._held)
        self._held = None
        if self._left_out:
            more = f" and {self._left_out:,} more rows with something to say; "
            with self._room():
                self._console.print(f"{more}--output ndjson tells all of them", style="yellow")
            self._left_out = 0

    def _speaks(self, row: RowResult) -> bool:
        failed = row.outcome == Outcome.OUTCOME_FAILED
        if not (failed or row.issues or row.changes):
            return False
        kind = "FAILED" if failed else "other"
        if self._left[kind]:
            self._left[kind] -= 1
            return True
        self._left_out += 1
        return False

    def _show(self, rows: Sequence[RowResult]) -> None:
        if not rows:
            return
        if not self._widths:  # once: what comes later has to stand below
            self._widths = _widths(rows, self._held)
        line, outcome, number = self._widths
        table = Table(box=None, show_header=not self._headed, header_style="dim", expand=True)
        table.add_column("line", justify="right", width=line, no_wrap=True)
        table.add_column("outcome", width=outcome, no_wrap=True)
        table.add_column("number", width=number, no_wrap=True, overflow="ellipsis")
        table.add_column("what there is to say", ratio=1)
        for row in sorted(rows, key=lambda row: row.line):
            word = Outcome.Name(row.outcome).removeprefix("OUTCOME_")
            table.add_row(
                str(row.line) if row.line else "",
                Text(word.replace("_", " "), _STYLES.get(word, "")),
                Text(printable(row.employee_number)),
                Group(*self._sayings(row)),
            )
        with self._room():
            if not self._headed:
                self._console.print()
            print_block(self._console, table)
        self._headed = True

    def _sayings(self, row: RowResult) -> Iterable[Text]:
        for issue in row.issues:
            column = printable(self._headers.get(issue.field, issue.field))
            warning = issue.severity == Severity.SEVERITY_WARNING
            head = Text.assemble((column, "yellow" if warning else "bold"), "  " if column else "")
            yield head.append(issue.code, "dim")
            yield Text(printable(issue.message))
        for change in row.changes:
            yield self._change(change, row.outcome)

    def _notes(self, warnings: Iterable[Issue]) -> list[tuple[str, RenderableType]]:
        """Of the import as a whole; what was said of the header is not said again at the end."""
        new = [issue for issue in warnings if issue.code not in self._told]
        self._told.update(issue.code for issue in new)
        return [("note", _note(issue)) for issue in new]

    def _change(self, change: FieldChange, outcome: Outcome) -> Text:
        column = printable(self._headers.get(change.field, change.field))
        said = Text.assemble((f"{column}: ", "cyan"))
        if outcome != Outcome.OUTCOME_CREATED:  # a new user had nothing before
            said.append(f"{_quoted(change.old_value)} → ")
        return said.append(_quoted(change.new_value))

    def _say(self, block: RenderableType) -> None:
        with self._room():
            self._console.print()
            print_block(self._console, block)


def _widths(rows: Sequence[RowResult], held: Sequence[RowResult] | None) -> tuple[int, int, int]:
    """Of line, outcome and number: as narrow as they may be, for the sake of what is said."""
    if held is None:  # larger ones are still to come
        return 8, _OUTCOME_WIDTH, 12
    longest = max(len(printable(row.employee_number)) for row in rows)
    return 4, _OUTCOME_WIDTH, min(max(longest, len("number")), 16)


def _columns(event: ImportUnderstood) -> Columns:
    fed = [column for column in event.columns if column.field]
    return Columns(
        [_column(printable(column.header), printable(column.field)) for column in fed],
        padding=(0, 3, 0, 0),
    )


def _column(header: str, field: str) -> Text:
    if header == field:
        return Text(field, no_wrap=True)
    return Text.assemble((header, "bold"), " → ", field, no_wrap=True)


def counts(event: ImportSummary) -> Text:
    """The rows, and how many of them came to which outcome."""
    counts = [
        ("CREATED", event.created, True),
        ("UPDATED", event.updated, True),
        ("UNCHANGED", event.unchanged, True),
        ("FAILED", event.failed, True),
        ("NOT_APPLIED", event.not_applied, False),
        ("SUSPENDED", event.suspended, False),
    ]
    said = [
        Text(f"{count:,} {name.lower().replace('_', ' ')}", _STYLES[name] if count else "dim")
        for name, count, always in counts
        if count or always
    ]
    return Text.assemble((f"{event.rows:,}", "bold"), ": ", Text(", ").join(said))


def _numbers(first: Sequence[str], created: int) -> Text:
    more = created - len(first)
    return Text(", ".join(map(printable, first)) + (f" and {more:,} more" if more > 0 else ""))


def _note(issue: Issue) -> Text:
    return Text.assemble((printable(issue.message), "yellow"), (f" {issue.code}", "dim"))


def _quoted(value: str) -> str:
    return f"“{printable(value)}”" if value else "nothing"
