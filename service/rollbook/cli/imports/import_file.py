"""`rollbook import FILE` → every row's answer on stdout, and an exit code that says how it went."""

import asyncio
import os
import shlex
import stat
import uuid
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import click

from rollbook.cli.connection import Where, connection_options, find
from rollbook.cli.exit_codes import ARGUMENTS, CTRL_C, FINE, SOME_FAILED, describe_error
from rollbook.cli.imports.options import Given, chosen, import_choices
from rollbook.cli.imports.progress_bar import ProgressBar
from rollbook.cli.imports.report import write_report
from rollbook.cli.imports.table_writer import TableWriter
from rollbook.cli.imports.writers import CsvWriter, NdjsonWriter, ResultWriter
from rollbook.cli.screen.streams import print_error, stdout_console
from rollbook.client import (
    Client,
    Content,
    Event,
    FileContent,
    Interrupted,
    StreamContent,
    new_import,
    read_chunks,
)
from rollbook.errors import FileFault, Reason, Refusal, RollbookError
from rollbook.v1.imports_pb2 import ImportProgress, ImportSummary, ImportUnderstood, RowResults

if TYPE_CHECKING:
    from rollbook.v1.imports_pb2 import ImportStart

_STDIN = "-"


@dataclass(frozen=True, slots=True)
class _Job:
    """One file on its way to one server, and where its answers go."""

    title: str
    content: Content
    start: "ImportStart"
    output: str
    again: str
    """The command that sends the same import again."""
    report: str
    """The file for the failed rows; empty: none."""


@click.command("import")
@click.argument("file")
@click.option("--directory", default="main", show_default=True, help="The directory's name.")
@click.option("--profile", default="", help="The profile's name. [default]")
@import_choices
@click.option("--source", default="", help="Where the users come from. [the profile's name]")
@click.option("--import-id", type=click.UUID, help="The id of an import to go on with. [new]")
@click.option(
    "--output",
    type=click.Choice(["table", "ndjson", "csv"]),
    default="table",
    show_default=True,
    help="For a person; or a line a row result, and the summary last.",
)
@click.option("--report", default="", metavar="FILE", help="Write the failed rows there, as CSV.")
@connection_options
@click.pass_context
def import_(
    context: click.Context,
    /,
    *,
    file: str,
    directory: str,
    profile: str,
    source: str,
    import_id: uuid.UUID | None,
    output: str,
    report: str,
    **given: Unpack[Given],
) -> int:
    """Import the users of a CSV file.

    FILE begins with a header; `-` is stdin.

    Every row is answered, while the file is still being sent. Results go to stdout, progress to
    stderr. A wrong row never stops a right one, and the same file again changes nothing.

    What comes from a pipe is kept nowhere: where its connection is lost it cannot be resumed by
    itself. Send the same bytes again with the same --import-id.
    """
    options = chosen(given)
    if not Path(report).parent.is_dir():
        raise click.UsageError(f"--report {report}: there is no directory {Path(report).parent}")
    content = _content(file)
    where = find()
    start = new_import(
        directory,
        profile=profile,
        source=source,
        options=options,
        import_id=str(import_id or uuid.uuid4()),
    )
    title = "stdin" if file == _STDIN else Path(file).name
    job = _Job(title, content, start, output, _again(context, start.import_id), report)
    return _run(job, where)


def _run(job: _Job, where: Where) -> int:
    try:
        return asyncio.run(_import(job, where))
    except KeyboardInterrupt:
        print_error(f"rollbook import: interrupted; to go on: {job.again}")
        return CTRL_C
    except RollbookError as refused:
        print_error(f"rollbook import: {_place(job, refused)}{describe_error(refused)}")
        if refused.verdict.resumable:
            print_error(f"to go on: {job.again}")
        return refused.verdict.exit_code


async def _import(job: _Job, where: Where) -> int:
    code = FINE
    async with where.client() as client:
        with ProgressBar(job.content.size) as line:
            page = _writer(job, line)
            answered = False
            try:
                async for event in _events(client, job):
                    if isinstance(event, ImportSummary):
                        answered = True
                        code = SOME_FAILED if event.failed else FINE
                    _tell(event, page, line)
            finally:
                page.close()
                if answered and job.report:
                    start = job.start
                    await write_report(client, start.directory, start.import_id, job.report)
    return code


async def _events(client: Client, job: _Job) -> AsyncIterator[Event | Interrupted]:
    """What the upload yields; a file that cannot be read on is refused as any other wrong file.

    Raises:
        RollbookError: as the upload, and where the file cannot be read.
    """
    try:
        async with aclosing(client.upload(job.content, job.start)) as events:
            async for event in events:
                yield event
    except OSError as wrong:
        why = f"{job.title} cannot be read: {wrong.strerror}"
        raise Refusal(Reason.UNSUPPORTED_CONTENT, why) from None


def _tell(event: Event | Interrupted, page: ResultWriter, line: ProgressBar) -> None:
    match event:
        case ImportUnderstood():
            page.understood(event)
        case RowResults():
            page.results(event)
        case ImportSummary():
            page.summary(event)
        case ImportProgress():
            line.at(
                bytes_received=event.bytes_received,
                rows=event.rows_answered,
                end_received=event.end_received,
            )
        case Interrupted():
            line.says(f"{describe_error(event.cause)}; sending again in {event.wait:.1f} s")


def _place(job: _Job, refused: RollbookError) -> str:
    """Which file, and which line of it unless the message says so itself."""
    if not isinstance(refused, FileFault):
        return ""
    line = f"line {refused.line}"
    return f"{job.title}: " if line in refused.message else f"{job.title}, {line}: "


def _writer(job: _Job, line: ProgressBar) -> ResultWriter:
    match job.output:
        case "ndjson":
            return NdjsonWriter(line.aside)
        case "csv":
            return CsvWriter(line.aside)
    return TableWriter(stdout_console(), job.title, line.aside)


def _content(file: str) -> Content:
    """The file to send: one on disk can be sent again, a pipe cannot.

    Raises:
        click.UsageError: it is missing, a directory, or may not be read.
    """
    if file == _STDIN:
        return StreamContent(read_chunks(0))
    path = Path(file)
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError as wrong:
        raise click.UsageError(f"{file}: {wrong.strerror}") from None
    kind = os.fstat(descriptor).st_mode
    if stat.S_ISDIR(kind):
        os.close(descriptor)
        raise click.UsageError(f"{file} is a directory")
    if not stat.S_ISREG(kind):
        return StreamContent(read_chunks(descriptor))
    os.close(descriptor)
    return FileContent(path)


def _again(context: click.Context, import_id: str) -> str:
    typed = list(context.meta.get(ARGUMENTS, ["import"]))
    if any(word == "--import-id" or word.startswith("--import-id=") for word in typed):
        return shlex.join(["rollbook", *typed])
    at = typed.index("--") if "--" in typed else len(typed)
    return shlex.join(["rollbook", *typed[:at], "--import-id", import_id, *typed[at:]])
