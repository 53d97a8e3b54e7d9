"""`rollbook imports report`: downloads the failed rows as CSV, to correct and import."""

import os
import stat
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import aclosing, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import click

from rollbook.cli.connection import ask, connection_options
from rollbook.cli.screen.formats import directory_option, import_id_argument
from rollbook.client import Client

_STDOUT = "-"


@click.command("report")
@import_id_argument
@click.argument("file", default=_STDOUT)
@click.option("--force", is_flag=True, help="Write over FILE where it is there already.")
@directory_option
@connection_options
def report(import_id: uuid.UUID, file: str, force: bool, directory: str) -> None:
    """Download the failed rows of the import ID as CSV, with the reasons.

    Correct the cells, then import the file: the columns that the report adds are ignored. Without
    FILE, or with `-`, the report goes to stdout. A FILE that is there already is not written over,
    since it may have corrections.
    """
    if not force and is_written_over(file):
        raise click.UsageError(
            f"{file} is there already, perhaps with corrections: name another file, or add --force"
        )
    ask(lambda client: write_report(client, directory, str(import_id), file))


async def write_report(client: Client, directory: str, import_id: str, file: str) -> None:
    """Write an import's failure report; a file takes its name only when it is whole.

    Raises:
        RollbookError: the server refuses, or does not answer.
        click.UsageError: the file cannot be written.
    """
    async with aclosing(client.imports.report(directory, import_id)) as pieces:
        with _written_whole(file) as target:
            async for piece in pieces:
                target.write(piece)


def is_written_over(file: str) -> bool:
    """Whether a report in this file would take the place of another file."""
    return file != _STDOUT and Path(file).is_file()


@contextmanager
def _written_whole(file: str) -> Iterator[BinaryIO]:
    """Write to stdout, or to a file of another name that takes the real one at the end.

    A link to a file stays, and its target is replaced; what is no regular file, such as
    /dev/stdout, is written to.
    """
    if file == _STDOUT:
        yield sys.stdout.buffer
        sys.stdout.flush()
        return
    path = Path(os.path.realpath(file))
    try:
        if path.exists() and not stat.S_ISREG(path.stat().st_mode):
            with path.open("wb") as target:
                yield target
            return
        descriptor, part = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as target:
                yield target
            Path(part).replace(path)
        finally:
            with suppress(OSError):
                Path(part).unlink()
    except OSError as wrong:
        raise click.UsageError(f"{file} cannot be written: {wrong.strerror}") from None


def check_report(report: str, source: str) -> None:
    """Refuse a report that cannot be written or that would overwrite the file that is imported.

    `source` is the path of the file, or `-`. The same file is found by whatever name or link. The
    file that the results go to, or what stderr shows, is refused as well.

    Raises:
        click.UsageError: with the reason.
    """
    if not report:
        return
    if report == _STDOUT:
        raise click.UsageError("--report needs a file: stdout has the results")
    if not Path(report).parent.is_dir():
        raise click.UsageError(f"--report {report}: there is no directory {Path(report).parent}")
    if Path(report).is_dir():
        raise click.UsageError(f"--report {report} is a directory")
    if is_same_file(report, source):
        raise click.UsageError(f"--report {report} is the file that is imported; name another file")
    for name, descriptor in (("stdout", 1), ("stderr", 2)):
        if _is_file_of(report, descriptor):
            raise click.UsageError(f"--report {report} is the file of {name}; name another file")


def _is_file_of(path: str, descriptor: int) -> bool:
    with suppress(OSError):
        out = os.fstat(descriptor)
        return stat.S_ISREG(out.st_mode) and os.path.samestat(Path(path).stat(), out)
    return False


def check_stdout(source: str) -> None:
    """Refuse results that would be written over the file that is imported.

    Raises:
        click.UsageError: stdout is that file.
    """
    with suppress(OSError, ValueError):
        out = os.fstat(sys.stdout.fileno())
        if stat.S_ISREG(out.st_mode) and os.path.samestat(out, _status(source)):
            raise click.UsageError(f"stdout is the file that is imported, {source}")


def is_same_file(path: str, source: str) -> bool:
    """Whether both are one file; `source` may be `-`, stdin."""
    try:
        return os.path.samestat(Path(path).stat(), _status(source))
    except OSError:
        return False


def _status(source: str) -> os.stat_result:
    return os.fstat(0) if source == _STDOUT else Path(source).stat()
