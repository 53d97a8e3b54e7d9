"""`rollbook imports` → imports, running and past."""

import uuid

import click
from rich.console import RenderableType
from rich.text import Text

from rollbook.cli.connection import ask, connection_options
from rollbook.cli.listing import directory_option, output_option, show
from rollbook.cli.output import paper, put, visible
from rollbook.cli.table import counts, facts
from rollbook.v1.imports_pb2 import Import, ImportState

_COLUMNS = (
    "importId",
    "directory",
    "profile",
    "source",
    "principal",
    "state",
    "createTime",
    "updateTime",
    "lastLine",
    "summary",
)


@click.group()
def imports() -> None:
    """Imports, running and past."""


@imports.command("show")
@click.argument("import_id", metavar="ID", type=click.UUID)
@directory_option
@output_option
@connection_options
def _show(import_id: uuid.UUID, directory: str, output: str) -> None:
    """Where the import ID stands, and its counts."""
    found = ask(lambda client: client.get_import(directory, str(import_id)))
    if output == "table":
        _page(found)
    else:
        show([found], _COLUMNS, output)


def _page(found: Import) -> None:
    state = ImportState.Name(found.state).removeprefix("IMPORT_STATE_")
    began, changed = found.create_time.ToDatetime(), found.update_time.ToDatetime()
    lines: list[tuple[str, RenderableType]] = [
        ("import", Text.assemble((found.import_id, "bold"), f" into {visible(found.directory)}")),
        ("state", Text.assemble((state, "bold"), f", up to line {found.last_line:,}")),
        ("rows", counts(found.summary)),
    ]
    if found.summary.HasField("stopped_by"):
        stopped = found.summary.stopped_by
        lines.append(("stopped", f"at line {stopped.line:,} by {stopped.code}"))
    codes = sorted(found.summary.codes.items())
    if codes:
        lines.append(("codes", ", ".join(f"{code} {count:,}" for code, count in codes)))
    source = visible(found.source)
    lines += [
        ("profile", f"{visible(found.profile)}, source {source}"),
        ("by", visible(found.principal)),
        ("times", f"began {began:%Y-%m-%d %H:%M:%S} UTC, last changed {changed:%H:%M:%S}"),
    ]
    put(paper(), facts(lines))
