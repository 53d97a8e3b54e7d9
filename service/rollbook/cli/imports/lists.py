"""`rollbook imports list` and `issues`."""

import json
import uuid
from collections.abc import AsyncIterator, Sequence

import click
from rich.table import Table
from rich.text import Text

from rollbook.cli.connection import ask, connection_options
from rollbook.cli.imports.page import COLUMNS, counts, state_word
from rollbook.cli.screen.formats import (
    Time,
    directory_option,
    import_id_argument,
    output_option,
    print_csv,
    set_conditions,
)
from rollbook.cli.screen.streams import (
    print_block,
    printable,
    stdout_console,
)
from rollbook.client import Client, Message
from rollbook.client.json_values import plain
from rollbook.v1.imports_pb2 import Import, ImportIssue, ImportState, ListImportsRequest
from rollbook.v1.results_pb2 import Severity

MOST = 1_000
"""Lines of a table: more than a person reads."""
_STATES = [name.removeprefix("IMPORT_STATE_") for name in ImportState.keys()[1:]]
_SEVERITIES = ["error", "warning"]
_ISSUE_COLUMNS = ("line", "row", "code", "severity", "field", "message", "params")


@click.command("list")
@click.option("--state", type=click.Choice(_STATES, case_sensitive=False), help="Only this state.")
@click.option(
    "--file", "file_name", default="", help="Only those whose file's name has this in it."
)
@click.option("--by", "principal", default="", help="Only those of this principal.")
@click.option("--profile", default="", help="Only those by this profile.")
@click.option("--created-from", type=Time(), metavar="TIME", help="Only begun then or later.")
@click.option("--created-until", type=Time(), metavar="TIME", help="Only begun before then.")
@directory_option
@output_option
@connection_options
def list_(state: str | None, directory: str, output: str, **conditions: object) -> None:
    """List the directory's imports, newest first.

    Example: rollbook imports list --by payroll --created-from 2026-01-31
    """
    wanted = ListImportsRequest()
    set_conditions(wanted, conditions)

    async def asked(client: Client) -> None:
        found = client.imports.list(directory, (state or "").upper(), wanted=wanted)
        if output == "table":
            await _listed(found)
        else:
            await print_listed(found, COLUMNS, output)

    ask(asked)


@click.command("issues")
@import_id_argument
@click.option("--code", default="", help="Only this code, such as invalid_email.")
@click.option(
    "--severity", type=click.Choice(_SEVERITIES, case_sensitive=False), help="Only this severity."
)
@directory_option
@output_option
@connection_options
def issues(
    import_id: uuid.UUID, code: str, severity: str | None, directory: str, output: str
) -> None:
    """List the errors and warnings of the import ID, by line."""
    wanted = (severity or "").upper()

    async def asked(client: Client) -> None:
        found = client.imports.issues(directory, str(import_id), code=code, severity=wanted)
        if output == "table":
            await _tabled(found)
        else:
            await print_listed(found, _ISSUE_COLUMNS, output)

    ask(asked)


async def print_listed(found: AsyncIterator[Message], columns: Sequence[str], output: str) -> None:
    """A line a message, as they come: there may be millions."""
    if output == "ndjson":
        async for one in found:
            print(json.dumps(plain(one), ensure_ascii=False))  # noqa: T201
        return
    print_csv(columns)
    async for one in found:
        values = plain(one)
        if isinstance(issue := values.get("issue"), dict):
            values |= issue
        print_csv([values.get(name, "") for name in columns])


async def _listed(found: AsyncIterator[Import]) -> None:
    """A few lines an import, because an id must not be broken: it is there to be copied."""
    page = stdout_console()
    async for one in found:
        began = f"{one.create_time.ToDatetime():%Y-%m-%d %H:%M:%S}"
        state = (state_word(one.state).lower().replace("_", " "), "bold")
        by = (f"  {began} UTC, ", "dim")
        deleted = (", its rows deleted", "dim") if one.rows_deleted else ""
        page.print(Text.assemble(" ", one.import_id, by, state, deleted))
        if one.file_name:
            page.print(Text(f"   {printable(one.file_name)}"))
        page.print(Text.assemble("   ", counts(one.summary)))


async def _tabled(found: AsyncIterator[ImportIssue]) -> None:
    table = Table(box=None, header_style="dim", padding=(0, 2, 0, 1))
    table.add_column("line", justify="right")
    for name in ("field", "code", "message"):
        table.add_column(name, overflow="fold")
    more = False
    async for one in found:
        more = table.row_count == MOST
        if more:
            break
        warning = one.issue.severity == Severity.SEVERITY_WARNING
        table.add_row(
            str(one.line),
            Text(printable(one.issue.field), "yellow" if warning else "bold"),
            Text(printable(one.issue.code), "dim"),
            printable(one.issue.message),
        )
    print_block(stdout_console(), table)
    if more:
        stdout_console().print(" and more; --output ndjson lists all of them", style="yellow")
