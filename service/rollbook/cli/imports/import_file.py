"""`rollbook import FILE`: imports a file, prints the answers, sets the exit code."""

import asyncio
import os
import stat
import uuid
from collections.abc import AsyncIterator
from contextlib import ExitStack, aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Unpack

import click

from rollbook.cli.connection import (
    Where,
    connection_options,
    connection_words,
    find,
)
from rollbook.cli.exit_codes import CTRL_C, FINE, describe_error, report_refusal
from rollbook.cli.extras import needs_extra
from rollbook.cli.imports.next_steps import Request
from rollbook.cli.imports.options import Given, chosen, import_choices
from rollbook.cli.imports.page import exit_code
from rollbook.cli.imports.progress_bar import ProgressBar
from rollbook.cli.imports.report import (
    check_report,
    check_stdout,
    is_written_over,
    write_report,
)
from rollbook.cli.imports.table_writer import TableWriter
from rollbook.cli.imports.typed_command import corrected, resumed, typed
from rollbook.cli.imports.writers import CsvWriter, NdjsonWriter, ResultWriter
from rollbook.cli.screen.formats import (
    default_directory,
    directory_name,
    is_directory_typed,
    output_option,
)
from rollbook.cli.screen.streams import print_error, stdout_console
from rollbook.client import (
    AS_CSV,
    WORKBOOK_SUFFIXES,
    Client,
    Content,
    Event,
    FileContent,
    Interrupted,
    StreamContent,
    import_options,
    new_import,
    read_chunks,
    workbook_to_csv,
)
from rollbook.errors import FileFault, Reason, Refusal, RollbookError
from rollbook.v1.imports_pb2 import (
    ImportAccepted,
    ImportProgress,
    ImportSummary,
    ImportUnderstood,
    RowResults,
)

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
    request: Request
    """What the next steps need to know about this import."""


@click.command("import")
@click.argument("file")
@directory_name
@click.option("--profile", default="", help="Read the file by this profile. [default]")
@import_choices
@click.option(
    "--source", default="", help="The system that the users come from. [the profile's name]"
)
@click.option("--import-id", type=click.UUID, help="Resume the import of this id. [a new import]")
@output_option
@click.option("--report", default="", metavar="FILE", help="Write the failed rows to FILE, as CSV.")
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
    """Import the users of a CSV file, or of the first sheet of an Excel workbook (.xlsx).

    FILE begins with a header; `-` is stdin. `rollbook profiles sample` prints an example.

    Every row is answered while the file is still being sent. Results go to stdout, progress to
    stderr. A wrong row never stops a right one, and importing the same file again changes nothing.

    Example: rollbook import staff.csv --dry-run

    With --output ndjson each line is a row's result and the last one the summary, or the error
    that ended the import. With --output csv the summary goes to stderr.

    A pipe cannot be read twice, so an import from one does not resume by itself when its connection
    is lost. Send the same bytes again with the same --import-id.
    """
    options = chosen(given)
    check_report(report, file)
    check_stdout(file)
    with ExitStack() as opened:
        content = _content(file, given, opened)
        if isinstance(content, _Converted):
            options.MergeFrom(import_options(**AS_CSV))
        where = find()
        start = new_import(
            directory,
            profile=profile,
            source=source,
            options=options,
            import_id=str(import_id or uuid.uuid4()),
            file_name="" if file == _STDIN else Path(file).name,
        )
        request = Request(
            directory=directory if is_directory_typed(context) else "",
            connection=connection_words(),
            others_connection=connection_words(own=False),
            again=() if file == _STDIN or import_id else typed(context),
            corrected=corrected(context),
            report=report,
        )
        title = "stdin" if file == _STDIN else Path(file).name
        job = _Job(title, content, start, output, resumed(context, start.import_id), request)
        return _run(job, where)


def _run(job: _Job, where: Where) -> int:
    try:
        return asyncio.run(_import(job, where))
    except KeyboardInterrupt:
        print_error(f"rollbook import: interrupted; to go on: {job.again}")
        return CTRL_C
    except RollbookError as refused:
        code = report_refusal(
            refused, output=job.output, command="rollbook import", place=_place(job, refused)
        )
        if refused.verdict.resumable:
            print_error(f"to go on: {job.again}")
        return code


async def _import(job: _Job, where: Where) -> int:
    code = FINE
    async with where.client() as client:
        job.start.directory = job.start.directory or await default_directory(client)
        job = replace(job, request=replace(job.request, name=job.start.directory))
        with ProgressBar(job.content.size) as bar:
            writer = _writer(job, bar)
            answered = False
            try:
                async for event in _events(client, job):
                    if isinstance(event, ImportSummary):
                        answered = True
                        code = exit_code(event)
                    _write(event, writer, bar)
            finally:
                writer.close()
                if answered and (report := job.request.report):
                    replaced = is_written_over(report)
                    start = job.start
                    await write_report(client, start.directory, start.import_id, report)
                    if replaced:
                        print_error(f"{report} was there already, and has been written over")
    return code


async def _events(client: Client, job: _Job) -> AsyncIterator[Event | Interrupted]:
    """What the upload yields; a file that cannot be read on is refused as any other wrong file.

    Raises:
        RollbookError: as the upload, or the file cannot be read.
    """
    try:
        async with aclosing(client.upload(job.content, job.start)) as events:
            async for event in events:
                yield event
    except OSError as wrong:
        why = f"{job.title} cannot be read: {wrong.strerror}"
        raise Refusal(Reason.UNSUPPORTED_CONTENT, why) from None


def _write(event: Event | Interrupted, writer: ResultWriter, bar: ProgressBar) -> None:
    match event:
        case ImportAccepted():
            writer.accepted(event)
        case ImportUnderstood():
            writer.understood(event)
        case RowResults():
            writer.results(event)
        case ImportSummary():
            writer.summary(event)
        case ImportProgress():
            bar.update(
                bytes_received=event.bytes_received,
                rows=event.rows_answered,
                end_received=event.end_received,
            )
        case Interrupted():
            bar.print_line(f"{describe_error(event.cause)}; sending again in {event.wait:.1f} s")


def _place(job: _Job, refused: RollbookError) -> str:
    """The file, and the line of it unless the message names it."""
    if not isinstance(refused, FileFault):
        return ""
    line = f"line {refused.line}"
    return f"{job.title}: " if line in refused.message.lower() else f"{job.title}, {line}: "


def _writer(job: _Job, bar: ProgressBar) -> ResultWriter:
    match job.output:
        case "ndjson":
            return NdjsonWriter(bar.paused)
        case "csv":
            return CsvWriter(bar.paused)
    return TableWriter(stdout_console(), job.title, bar.paused, request=job.request)


class _Converted(FileContent):
    """The first sheet of a workbook, as a file of CSV."""


def _content(file: str, given: Given, opened: ExitStack) -> Content:
    """The file to send: one on disk can be sent again, a pipe cannot.

    Raises:
        click.UsageError: it is missing, a directory, or may not be read.
        Refusal: UNSUPPORTED_CONTENT, it is named as a workbook and is none.
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
    if path.suffix.lower() in WORKBOOK_SUFFIXES:
        return _workbook(path, given, opened)
    return FileContent(path)


def _workbook(path: Path, given: Given, opened: ExitStack) -> Content:
    """The first sheet as CSV, in a file that lasts as long as `opened`; notes go to stderr."""
    if given["delimiter"] or given["encoding"]:
        raise click.UsageError("a workbook has no --delimiter and no --encoding")
    folder = opened.enter_context(TemporaryDirectory(prefix="rollbook-"))
    converted = Path(folder, f"{path.stem}.csv")
    with needs_extra("excel"):
        try:
            with converted.open("wb") as target:
                notes = workbook_to_csv(path, target)
        except ValueError as wrong:
            raise Refusal(Reason.UNSUPPORTED_CONTENT, f"{path.name}: {wrong}") from None
    for note in notes:
        print_error(f"{path.name}: {note}")
    return _Converted(converted)
