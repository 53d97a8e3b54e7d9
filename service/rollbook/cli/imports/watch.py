"""`rollbook imports watch` → how an import goes on, line by line, and how it ended."""

import csv
import json
import sys
import uuid
from contextlib import aclosing

import click
from rich.text import Text

from rollbook.cli.connection import ask, connection_options
from rollbook.cli.exit_codes import INTERNAL
from rollbook.cli.imports.page import COLUMNS, exit_code, state_word
from rollbook.cli.imports.result_table import counts
from rollbook.cli.screen.listing import cell, directory_option, output_option
from rollbook.cli.screen.output import defused, paper
from rollbook.client import Client
from rollbook.client.json_values import plain
from rollbook.v1.imports_pb2 import Import


@click.command("watch")
@click.argument("import_id", metavar="ID", type=click.UUID)
@directory_option
@output_option
@connection_options
def watch(import_id: uuid.UUID, directory: str, output: str) -> int:
    """Follow the import ID until it ends, whichever server runs it.

    The exit code is the one that the import's own command ends with.
    """

    async def asked(client: Client) -> int:
        code = INTERNAL
        if output == "csv":
            _csv(COLUMNS)
        async with aclosing(client.imports.watch(directory, str(import_id))) as seen:
            async for one in seen:
                _tell(one, output)
                code = exit_code(one.summary)
        return code

    return ask(asked)


def _tell(one: Import, output: str) -> None:
    match output:
        case "ndjson":
            print(json.dumps(plain(one), ensure_ascii=False), flush=True)  # noqa: T201
        case "csv":
            told = plain(one)
            _csv([defused(cell(told.get(name, ""))) for name in COLUMNS])
        case _:
            state = Text(state_word(one.state).replace("_", " "), "bold")
            line = f", up to line {one.last_line:,}: "
            paper().print(Text.assemble(" ", state, line, counts(one.summary)))


def _csv(cells: "list[str] | tuple[str, ...]") -> None:
    csv.writer(sys.stdout, lineterminator="\n").writerow(cells)
    sys.stdout.flush()
