"""`rollbook imports`: lists, watches, cancels, approves and applies imports."""

import json
import sys
import uuid
from contextlib import aclosing, suppress

import click
from rich.text import Text

from rollbook.cli.connection import ask, connection_options
from rollbook.cli.exit_codes import INTERNAL
from rollbook.cli.imports.invite import invite_import
from rollbook.cli.imports.lists import issues, list_
from rollbook.cli.imports.next_steps import Request, later
from rollbook.cli.imports.notices import notices
from rollbook.cli.imports.page import (
    COLUMNS,
    counts,
    exit_code,
    request_of,
    show_import,
    state_word,
)
from rollbook.cli.imports.report import report
from rollbook.cli.imports.rows import rows
from rollbook.cli.imports.table_writer import TableWriter
from rollbook.cli.imports.writers import CsvWriter, NdjsonWriter, ResultWriter
from rollbook.cli.screen.formats import (
    directory_option,
    import_id_argument,
    output_option,
    print_csv,
)
from rollbook.cli.screen.streams import stdout_console
from rollbook.client import Client, import_options, plain
from rollbook.errors import RollbookError
from rollbook.v1.imports_pb2 import Import, ImportSummary


@click.group()
def imports() -> None:
    """List, watch, cancel, approve and apply imports, running and past."""


@imports.command("show")
@import_id_argument
@directory_option
@output_option
@connection_options
def _show(import_id: uuid.UUID, directory: str, output: str) -> None:
    """Show the state of the import ID, and its counts."""
    found = ask(lambda client: client.imports.get(directory, str(import_id)))
    show_import(found, output, request_of(directory))


@imports.command("watch")
@import_id_argument
@directory_option
@output_option
@connection_options
def _watch(import_id: uuid.UUID, directory: str, output: str) -> int:
    """Follow the import ID until it ends, whichever server runs it.

    The exit code is the same as that of `rollbook import`.
    """

    async def asked(client: Client) -> int:
        code = INTERNAL
        if output == "csv":
            print_csv(COLUMNS)
        async with aclosing(client.imports.watch(directory, str(import_id))) as seen:
            async for one in seen:
                _print_state(one, output)
                code = exit_code(one.summary)
        return code

    return ask(asked)


@imports.command("cancel")
@import_id_argument
@directory_option
@output_option
@connection_options
def _cancel(import_id: uuid.UUID, directory: str, output: str) -> None:
    """Cancel the import ID, which must be your own. Committed rows stay."""
    found = ask(lambda client: client.imports.cancel(directory, str(import_id)))
    show_import(found, output, request_of(directory))


@imports.command("approve")
@import_id_argument
@directory_option
@output_option
@connection_options
def _approve(import_id: uuid.UUID, directory: str, output: str) -> None:
    """Approve the import ID, which a safeguard has stopped and another person began.

    Then `rollbook imports apply ID` applies it.
    """
    found = ask(lambda client: client.imports.approve(directory, str(import_id)))
    show_import(found, output, request_of(directory))


@imports.command("apply")
@import_id_argument
@click.option("--only-lines", metavar="LINES", help="Apply only these lines, such as 2-9,12.")
@click.option("--only-outcomes", metavar="OUTCOMES", help="Apply only these: created, updated.")
@directory_option
@output_option
@connection_options
def _apply(
    import_id: uuid.UUID,
    only_lines: str | None,
    only_outcomes: str | None,
    directory: str,
    output: str,
) -> int:
    """Apply the import ID, which was previewed or approved.

    It applies exactly the plan of the preview, or nothing if the plan has changed. The file is not
    sent again.
    """
    given = {"only_lines": only_lines, "only_outcomes": only_outcomes}
    try:
        only = import_options(**{name: text for name, text in given.items() if text})
    except ValueError as wrong:
        raise click.UsageError(str(wrong)) from None

    async def asked(client: Client) -> int:
        request = request_of(directory)
        with suppress(RollbookError):  # who may apply it may not always look at it
            request = later(await client.imports.get(directory, str(import_id)), request)
        page = _writer(output, str(import_id), request)
        code = INTERNAL
        try:
            async with aclosing(client.imports.apply(directory, str(import_id), only)) as answers:
                async for event in answers:
                    if isinstance(event, ImportSummary):
                        page.summary(event)
                        code = exit_code(event)
                    else:
                        page.results(event)
        finally:
            page.close()
        return code

    return ask(asked)


def _print_state(one: Import, output: str) -> None:
    match output:
        case "ndjson":
            print(json.dumps(plain(one), ensure_ascii=False), flush=True)  # noqa: T201
        case "csv":
            answers = plain(one)
            print_csv([answers.get(name, "") for name in COLUMNS])
            sys.stdout.flush()
        case _:
            state = Text(state_word(one.state).replace("_", " "), "bold")
            line = f", up to line {one.last_line:,}: "
            stdout_console().print(Text.assemble(" ", state, line, counts(one.summary)))


def _writer(output: str, title: str, request: Request) -> ResultWriter:
    match output:
        case "ndjson":
            return NdjsonWriter()
        case "csv":
            return CsvWriter()
    return TableWriter(stdout_console(), title, request=request)


for _command in (list_, invite_import, issues, rows, notices, report):
    imports.add_command(_command)
