"""`rollbook imports rows`: the rows of an import, with cells, outcome, issues and changes."""

import json
import re
import uuid
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence

import click
from rich.console import Group
from rich.table import Table
from rich.text import Text

from rollbook.cli.connection import ask, connection_options
from rollbook.cli.imports.lists import MOST
from rollbook.cli.imports.page import PLANNED, change_text, outcome_text
from rollbook.cli.imports.writers import packed
from rollbook.cli.screen.formats import (
    directory_option,
    import_id_argument,
    output_option,
    print_csv,
)
from rollbook.cli.screen.streams import print_block, printable, stdout_console
from rollbook.client import Client, plain
from rollbook.v1.imports_pb2 import ImportRow, ListImportRowsRequest, ListImportRowsResponse
from rollbook.v1.options_pb2 import LineRange
from rollbook.v1.results_pb2 import Outcome, RowResult, Severity

_OUTCOMES = [name.removeprefix("OUTCOME_").lower().replace("_", "-") for name in Outcome.keys()[1:]]
_COLUMNS = ("line", "row", "outcome", "employeeNumber", "userId", "issues", "changes", "cells")
_LINES = re.compile(r"([1-9][0-9]{0,17})(?:-([1-9][0-9]{0,17}))?")


class _Lines(click.ParamType[LineRange]):
    """Lines of the file, such as 2-9."""

    name = "lines"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> LineRange:
        """The range, or a usage error."""
        found = _LINES.fullmatch(str(value).strip())
        lines = LineRange(first=int(found[1]), last=int(found[2] or found[1])) if found else None
        if lines is None or lines.last < lines.first:
            self.fail(f"{value!r} is no line, and no range such as 2-9", param, ctx)
        return lines


@click.command("rows")
@import_id_argument
@click.option(
    "--outcome",
    "outcomes",
    multiple=True,
    type=click.Choice(_OUTCOMES, case_sensitive=False),
    help="Only this outcome; may be given several times.",
)
@click.option("--code", default="", help="Only rows with this code, such as invalid_email.")
@click.option("--with-issues", is_flag=True, help="Only rows with an error or a warning.")
@click.option("--lines", type=_Lines(), help="Only these lines of the file, such as 2-9.")
@directory_option
@output_option
@connection_options
def rows(  # noqa: PLR0917 -- one argument an option
    import_id: uuid.UUID,
    outcomes: Sequence[str],
    code: str,
    with_issues: bool,
    lines: LineRange | None,
    directory: str,
    output: str,
) -> None:
    """List the rows of the import ID, by line: what became of each, and why.

    Of a preview: what would become of them. With `--output ndjson` or csv each row has its cells as
    they were written, in the order of the file's columns, as long as they are kept.

    Example: rollbook imports rows ID --outcome failed
    """
    wanted = ListImportRowsRequest(
        directory=directory,
        import_id=str(import_id),
        page_size=MOST,
        outcomes=[f"OUTCOME_{one.upper().replace('-', '_')}" for one in outcomes],
        code=code,
        only_with_issues=with_issues,
        lines=lines,
    )

    async def asked(client: Client) -> None:
        pages = _pages(client, wanted)
        if output == "table":
            found = await client.imports.get(directory, str(import_id))
            await _tabled(pages, planned=found.state in PLANNED)
        else:
            await _listed(pages, output)

    ask(asked)


async def _pages(
    client: Client, wanted: ListImportRowsRequest
) -> AsyncIterator[ListImportRowsResponse]:
    while True:
        page = await client.imports.rows_page(wanted)
        yield page
        if not page.next_page_token:
            return
        wanted.page_token = page.next_page_token


async def _listed(pages: AsyncIterator[ListImportRowsResponse], output: str) -> None:
    """A line a row, as they come: there may be millions."""
    if output == "csv":
        print_csv(_COLUMNS)
    async for page in pages:
        for row in page.rows:
            values = plain(row.result) | {"cells": list(row.cells)}
            if output == "csv":
                print_csv([packed(values[name]) for name in _COLUMNS])
            else:
                print(json.dumps(values, ensure_ascii=False))  # noqa: T201


async def _tabled(pages: AsyncIterator[ListImportRowsResponse], *, planned: bool) -> None:
    table = Table(box=None, header_style="dim", padding=(0, 2, 0, 1))
    table.add_column("line", justify="right")
    table.add_column("outcome", no_wrap=True)
    table.add_column("number", overflow="fold")
    table.add_column("issues and changes", overflow="fold")
    more = False
    async for page in pages:
        fed = {column.field: at for at, column in enumerate(page.columns) if column.field}
        headers = {field: page.columns[at].header for field, at in fed.items()}
        more = len(page.rows) > MOST - table.row_count
        for row in page.rows[: MOST - table.row_count]:
            result = row.result
            table.add_row(
                str(result.line) if result.line else "",
                outcome_text(result.outcome, planned=planned),
                printable(result.employee_number),
                Group(*_issues(row, fed, headers), *_changes(result, headers)),
            )
        if table.row_count == MOST:
            more = more or bool(page.next_page_token)
            break
    print_block(stdout_console(), table)
    if more:
        stdout_console().print(" and more; --output ndjson lists all of them", style="yellow")


def _issues(row: ImportRow, fed: Mapping[str, int], headers: Mapping[str, str]) -> Iterable[Text]:
    """Each issue: the column and the cell that it is about, and the message below."""
    for issue in row.result.issues:
        warning = issue.severity == Severity.SEVERITY_WARNING
        column = printable(headers.get(issue.field, issue.field))
        at = fed.get(issue.field, len(row.cells))
        cell = f"“{printable(row.cells[at])}” " if at < len(row.cells) and row.cells[at] else ""
        yield Text.assemble(
            (column, "yellow" if warning else "bold"),
            " " if column else "",
            cell,
            (issue.code, "dim"),
        )
        yield Text(printable(issue.message))


def _changes(result: RowResult, headers: Mapping[str, str]) -> Iterable[Text]:
    for change in result.changes:
        yield change_text(headers.get(change.field, change.field), change, result.outcome)
