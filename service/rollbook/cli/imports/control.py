"""`rollbook imports cancel`, `approve` and `apply` → what a person decides about an import."""

import uuid
from contextlib import aclosing

import click

from rollbook.cli.connection import ask, connection_options
from rollbook.cli.exit_codes import INTERNAL
from rollbook.cli.imports.page import exit_code, show_import
from rollbook.cli.imports.result_formats import CsvPaper, NdjsonPaper, Paper
from rollbook.cli.imports.result_table import TablePaper
from rollbook.cli.screen.listing import directory_option, output_option
from rollbook.cli.screen.output import paper
from rollbook.client import Client, import_options
from rollbook.v1.imports_pb2 import ImportSummary

_id = click.argument("import_id", metavar="ID", type=click.UUID)


@click.command("cancel")
@_id
@directory_option
@output_option
@connection_options
def cancel(import_id: uuid.UUID, directory: str, output: str) -> None:
    """Stop the import ID, one's own. What it has committed stays."""
    show_import(ask(lambda client: client.imports.cancel(directory, str(import_id))), output)


@click.command("approve")
@_id
@directory_option
@output_option
@connection_options
def approve(import_id: uuid.UUID, directory: str, output: str) -> None:
    """Let the import ID pass that a safeguard has stopped; never one's own."""
    show_import(ask(lambda client: client.imports.approve(directory, str(import_id))), output)


@click.command("apply")
@_id
@click.option("--only-lines", metavar="LINES", help="Only rows of these lines, such as 2-9,12.")
@click.option("--only-outcomes", metavar="OUTCOMES", help="Only these of created,updated.")
@directory_option
@output_option
@connection_options
def apply(
    import_id: uuid.UUID,
    only_lines: str | None,
    only_outcomes: str | None,
    directory: str,
    output: str,
) -> int:
    """Apply the import ID, previewed or approved: exactly what was planned, or nothing.

    No file is sent again.
    """
    given = {"only_lines": only_lines, "only_outcomes": only_outcomes}
    try:
        only = import_options(**{name: text for name, text in given.items() if text})
    except ValueError as wrong:
        raise click.UsageError(str(wrong)) from None

    async def asked(client: Client) -> int:
        page = _paper(output, str(import_id))
        code = INTERNAL
        try:
            async with aclosing(client.imports.apply(directory, str(import_id), only)) as told:
                async for event in told:
                    if isinstance(event, ImportSummary):
                        page.summary(event)
                        code = exit_code(event)
                    else:
                        page.results(event)
        finally:
            page.close()
        return code

    return ask(asked)


def _paper(output: str, title: str) -> Paper:
    match output:
        case "ndjson":
            return NdjsonPaper()
        case "csv":
            return CsvPaper()
    return TablePaper(paper(), title)
