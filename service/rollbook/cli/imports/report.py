"""`rollbook imports report` → the failed rows as CSV, to be corrected and imported."""

import sys
import uuid
from contextlib import aclosing, suppress
from pathlib import Path

import click

from rollbook.cli.connection import ask, connection_options
from rollbook.cli.screen.formats import directory_option, import_id_argument
from rollbook.client import Client

_STDOUT = "-"


@click.command("report")
@import_id_argument
@click.argument("file", default=_STDOUT)
@directory_option
@connection_options
def report(import_id: uuid.UUID, file: str, directory: str) -> None:
    """The failed rows of the import ID, as they were written, and what was wrong.

    Correct the cells, and import the file: what the report adds is dropped. FILE is `-`, stdout,
    unless it is given.
    """
    ask(lambda client: write_report(client, directory, str(import_id), file))


async def write_report(client: Client, directory: str, import_id: str, file: str) -> None:
    """Write an import's failure report; a file is there only once it is whole.

    Raises:
        RollbookError: the server refuses, or nobody answers.
        click.UsageError: the file cannot be written.
    """
    async with aclosing(client.imports.report(directory, import_id)) as pieces:
        if file == _STDOUT:
            async for piece in pieces:
                sys.stdout.buffer.write(piece)
            sys.stdout.flush()
            return
        path = Path(file)
        part = path.with_name(f"{path.name}.part")
        try:
            with part.open("wb") as opened:
                async for piece in pieces:
                    opened.write(piece)
            part.replace(path)
        except OSError as wrong:
            raise click.UsageError(f"{file} cannot be written: {wrong.strerror}") from None
        finally:
            with suppress(OSError):
                part.unlink()
