"""Prints the answers of an import for a person, as wide as the screen.

What was understood, the rows that `shown_rows` chooses, the counts, and what to do next.
"""

import time
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import replace

from rich.columns import Columns
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from rollbook.cli.imports.next_steps import Request, is_silent, next_steps, print_steps
from rollbook.cli.imports.page import (
    DELIMITERS,
    PLANNED,
    WILL,
    change_text,
    counts,
    mails,
    outcome_text,
)
from rollbook.cli.imports.shown_rows import BLANK, MOST_ALIKE, SMALL, Alike, Likeness, ShownRows
from rollbook.cli.imports.writers import Paused
from rollbook.cli.screen.formats import labelled
from rollbook.cli.screen.streams import print_block, printable
from rollbook.client import not_clean
from rollbook.errors import Reason
from rollbook.v1.imports_pb2 import (
    ImportAccepted,
    ImportState,
    ImportSummary,
    ImportUnderstood,
    RowResults,
)
from rollbook.v1.options_pb2 import Commit, Notify
from rollbook.v1.results_pb2 import Issue, RowResult, Severity

_OUTCOME_WIDTH = len("NOT APPLIED")
_GAPS = 8
"""Columns of the screen between four columns of a table, and beside them."""
_ISSUES_WIDTH, _NUMBER_LEAST, _NUMBER_OF_LARGE = 30, 16, 20
"""Columns of the screen: for the issues at least, for a number at least and in a large file."""
_GOOD_ENDS = {ImportState.IMPORT_STATE_COMPLETED, ImportState.IMPORT_STATE_PREVIEWED}


class TableWriter:
    """Writes the page of one import of `title`, such as a file's name, on `console`."""

    def __init__(
        self,
        console: Console,
        title: str,
        paused: Paused = nullcontext,
        *,
        request: Request | None = None,
    ):
        self._console = console
        self._paused = paused
        self._title = title
        self._request = request
        self._began = time.monotonic()
        self._preview = False
        self._notify = Notify.NOTIFY_UNSPECIFIED
        self._headers: dict[str, str] = {}
        self._noted: set[str] = set()
        self._large = False
        self._chosen = ShownRows()
        self._held: list[RowResult] | None = []  # None once rows are shown as they come
        self._widths: tuple[int, int, int] | None = None

    def accepted(self, event: ImportAccepted) -> None:
        """The options in force: a dry run's outcomes are written in the future tense."""
        self._preview = event.options.commit == Commit.COMMIT_NONE
        self._notify = event.options.notify
        if self._request:
            self._request = replace(self._request, silent=is_silent(event.options))

    def understood(self, event: ImportUnderstood) -> None:
        """Encoding, delimiter, and which column feeds which field."""
        self._headers = {column.field: column.header for column in event.columns if column.field}
        delimiter = DELIMITERS.get(event.delimiter, repr(event.delimiter))
        file = f"{printable(self._title)}: {event.encoding}, separated by {delimiter}"
        lines: list[tuple[str, RenderableType]] = [
            ("file", Text(file)),
            ("columns", _columns(event)),
        ]
        if event.ignored_columns:
            ignored = ", ".join(map(printable, event.ignored_columns))
            lines.append(("ignored", Text(ignored, "yellow")))
            self._noted.add("unknown_column_ignored")  # by that line
        # What such a column says is known only at the end.
        now = [one for one in event.warnings if one.code != "status_column_ignored"]
        self._print(labelled([*lines, *self._notes(now)]))

    def results(self, event: RowResults) -> None:
        """Rows as they come; held back while the file may still be a small one."""
        self._chosen.count(event)
        if self._held is not None and self._chosen.rows <= SMALL:
            self._held.extend(event.results)
            return
        # Nothing is shown of a clean row.
        rows = [row for row in not_clean(event) if self._chosen.is_shown(row)]
        if self._held is not None:
            if not self._large:
                self._large = True
                self._held = [row for row in self._held if self._chosen.is_shown(row)]
            rows = [*self._held, *rows]
            if self._chosen.blank:  # perhaps in every row: then it is printed once, above them
                self._held = rows
                return
            self._held = None
        self._show(rows)

    def summary(self, event: ImportSummary) -> None:
        """The counts, the accounts that were created, and what to do next."""
        self._preview |= event.state in PLANNED
        self.close()
        lines: list[tuple[str, RenderableType]] = [
            ("import", self._end(event)),
            ("rows", counts(event)),
        ]
        if mail := mails(event, self._notify):
            lines.append(("mail", mail))
        if event.codes:
            codes = sorted(event.codes.items(), key=lambda code: (-code[1], code[0]))
            lines.append(("codes", Text(", ".join(f"{code} {n:,}" for code, n in codes))))
        if self._chosen.created and not self._preview:
            lines.append(("created", _numbers(self._chosen.created, event.created)))
        lines += self._notes(event.warnings)
        lines.append(("id", Text(event.import_id, "dim")))
        self._print(labelled(lines))
        if self._request:
            with self._paused():
                print_steps(self._console, next_steps(event, self._request, self._chosen.unknown))

    def close(self) -> None:
        """Show the rows that are still held, in the order of the file."""
        held, self._held = self._held, None
        if held:
            if self._chosen.blank and self._chosen.rows > 1:
                self._print(labelled(self._blank_columns(self._chosen.blank)))
            else:
                self._chosen.blank = {}
            if not self._large:
                held.sort(key=lambda row: row.line)
                held = [row for row in held if self._chosen.is_shown(row, all_rows=True)]
            self._show(held)
        with self._paused():
            for key, alike in self._chosen.alike.items():
                if alike.first:
                    self._console.print(self._folded(key, alike))
            if self._chosen.left_out:
                more = f" and {self._chosen.left_out:,} more rows with an issue or a change; "
                self._console.print(f"{more}--output ndjson prints all of them", style="yellow")
        self._chosen.alike.clear()

    def _end(self, event: ImportSummary) -> Text:
        state = ImportState.Name(event.state).removeprefix("IMPORT_STATE_")
        style = "bold green" if event.state in _GOOD_ENDS and not event.failed else "bold yellow"
        end = Text.assemble((state, style), f" in {time.monotonic() - self._began:.1f} s")
        if event.state in PLANNED:
            end.append(": nothing was written")
        if event.HasField("stopped_by"):
            stopped = event.stopped_by
            where = f"at line {stopped.line} " if stopped.line else ""
            previewed = event.state == ImportState.IMPORT_STATE_PREVIEWED
            if previewed and stopped.code == Reason.SAFEGUARD_TRIPPED:
                end.append(f"; the safeguard would stop it {where}({stopped.code})")
            else:
                end.append(f", stopped {where}by {stopped.code}")
        return end

    def _show(self, rows: Sequence[RowResult]) -> None:
        if not rows:
            return
        is_first = self._widths is None
        if self._widths is None:  # once: what comes later has to stand below
            self._widths = self._column_widths(rows)
        line, outcome, number = self._widths
        table = Table(box=None, show_header=is_first, header_style="dim", expand=True)
        table.add_column("line", justify="right", width=line, no_wrap=True)
        table.add_column("outcome", width=outcome, no_wrap=True)
        table.add_column("number", width=number, overflow="fold")
        table.add_column("issues and changes", ratio=1)
        for row in sorted(rows, key=lambda row: row.line):
            table.add_row(
                str(row.line) if row.line else "",
                outcome_text(row.outcome, planned=self._preview),
                Text(printable(row.employee_number)),
                Group(*self._details(row)),
            )
        with self._paused():
            if is_first:
                self._console.print()
            print_block(self._console, table)

    def _column_widths(self, rows: Sequence[RowResult]) -> tuple[int, int, int]:
        """Of line, outcome and number: a number is cut only where the issues need the room."""
        outcome = len(WILL["SUSPENDED"]) if self._preview else _OUTCOME_WIDTH
        line = 8 if self._large else 4
        longest = max(len(printable(row.employee_number)) for row in rows)
        if self._large:  # longer numbers may still come
            longest = max(longest, _NUMBER_OF_LARGE)
        room = self._console.width - line - outcome - _GAPS - _ISSUES_WIDTH
        return line, outcome, min(max(longest, len("number")), max(room, _NUMBER_LEAST))

    def _details(self, row: RowResult) -> Iterable[Text]:
        issues = [issue for issue in row.issues if not self._is_said_above(issue)]
        if row.issues and not issues:
            yield Text("see above", "dim")
        for issue in issues:
            column = self._column(issue.field)
            warning = issue.severity == Severity.SEVERITY_WARNING
            head = Text.assemble((column, "yellow" if warning else "bold"), "  " if column else "")
            yield head.append(issue.code, "dim")
            yield Text(printable(issue.message))
        for change in row.changes:
            yield change_text(self._column(change.field), change, row.outcome)

    def _is_said_above(self, issue: Issue) -> bool:
        return issue.code == BLANK and issue.field in (self._chosen.blank or ())

    def _blank_columns(self, blank: dict[str, Issue]) -> list[tuple[str, RenderableType]]:
        return [
            (
                "blank",
                Text.assemble(
                    (self._column(name), "bold"),
                    f" is blank in all {self._chosen.rows:,} rows. {printable(issue.message)} ",
                    (issue.code, "dim"),
                ),
            )
            for name, issue in blank.items()
        ]

    def _folded(self, key: Likeness, alike: Alike) -> Text:
        count = alike.rows - MOST_ALIKE
        lines = f"lines {alike.first:,} to {alike.last:,}" if count > 1 else f"line {alike.first:,}"
        what = ", ".join(f"{self._column(name)} {code}".strip() for name, code in key)
        return Text(f" and {count:,} more like these, {lines}: {what}", "yellow")

    def _column(self, name: str) -> str:
        """The header that feeds a field, as the file has it."""
        return printable(self._headers.get(name, name))

    def _notes(self, warnings: Iterable[Issue]) -> list[tuple[str, RenderableType]]:
        """Warnings of the import as a whole; those of the header are not repeated at the end."""
        new = [issue for issue in warnings if issue.code not in self._noted]
        self._noted.update(issue.code for issue in new)
        return [
            ("note", Text.assemble((printable(issue.message), "yellow"), (f" {issue.code}", "dim")))
            for issue in new
        ]

    def _print(self, block: RenderableType) -> None:
        with self._paused():
            self._console.print()
            print_block(self._console, block)


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


def _numbers(first: Sequence[str], created: int) -> Text:
    more = created - len(first)
    return Text(", ".join(map(printable, first)) + (f" and {more:,} more" if more > 0 else ""))
