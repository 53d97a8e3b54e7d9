"""`rollbook doctor` → what is well and what is not, and where to look."""

from pathlib import Path

import click
from rich.console import RenderableType
from rich.text import Text

from rollbook.cli.exit_codes import FINE, SOME_FAILED
from rollbook.cli.imports.result_table import facts
from rollbook.cli.screen.output import paper, put, visible
from rollbook.cli.server.options import database_options, server_side, settings_from_environment


@click.command()
@database_options
def doctor(embedded: bool, state: Path) -> int:
    """Examine settings and database. Exit code 0 where all is well, else 1."""
    settings = settings_from_environment(embedded=embedded)
    from rollbook import server

    with server_side():
        found = server.examine(settings, embedded=state if embedded else None)
    lines: list[tuple[str, RenderableType]] = []
    for finding in found:
        sign = Text("well", "green") if finding.ok else Text("not well", "bold red")
        lines.append((visible(finding.name), sign.append(f": {visible(finding.text)}", "default")))
    put(paper(), facts(lines))
    return FINE if all(finding.ok for finding in found) else SOME_FAILED
