"""`rollbook imports` → its commands."""

import click

from rollbook.cli.imports.control import apply, approve, cancel
from rollbook.cli.imports.lists import issues, list_, notices, show
from rollbook.cli.imports.report import report
from rollbook.cli.imports.watch import watch


@click.group()
def imports() -> None:
    """Imports, running and past."""


for _command in (list_, show, issues, notices, report, watch, cancel, approve, apply):
    imports.add_command(_command)
