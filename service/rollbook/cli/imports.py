"""`rollbook imports` → its commands."""

import click

from rollbook.cli.import_ends import apply, approve, cancel
from rollbook.cli.import_lists import issues, list_, notices, show
from rollbook.cli.import_reports import report
from rollbook.cli.import_watch import watch


@click.group()
def imports() -> None:
    """Imports, running and past."""


for _command in (list_, show, issues, notices, report, watch, cancel, approve, apply):
    imports.add_command(_command)
