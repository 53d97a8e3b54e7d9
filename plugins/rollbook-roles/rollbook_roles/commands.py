"""The command `rollbook-roles`: explains rules, and checks them before a service has them."""

from pathlib import Path

import click

from rollbook.hooks import User
from rollbook_roles.explaining import explained
from rollbook_roles.plugin import VARIABLE, rules_file
from rollbook_roles.reading import RulesError, read
from rollbook_roles.rules import Rules

_File = click.Path(path_type=Path)


@click.group()
def main() -> None:
    """Explain and check a file of rules for the plugin rollbook-roles."""


@main.command()
@click.option("--file", type=_File, help=f"Read the rules from this file. [{VARIABLE}]")
@click.option("--role", help="The row's role, as the file has it.")
@click.option("--department", help="The row's department.")
@click.option("--job-title", help="The row's job title.")
@click.option("--location", help="The row's location.")
@click.option("--directory", default="main", show_default=True, help="The directory of the row.")
def explain(
    file: Path | None,
    role: str | None,
    department: str | None,
    job_title: str | None,
    location: str | None,
    directory: str,
) -> None:
    """Explain which rule decides a row, and why those before it do not.

    A column that is not given counts as missing in the file; "" is a blank cell.

    Example: rollbook-roles explain --department Sales
    """
    user = User(1, role=role, department=department, job_title=job_title, location=location)
    for line in explained(_rules(file), user, directory):
        click.echo(line)


@main.command()
@click.argument("file", type=_File)
def check(file: Path) -> None:
    """Check whether a service would start with the rules in FILE."""
    rules = _rules(file)
    default = f"the default {rules.default.name}" if rules.default else "no default"
    click.echo(f"{file} is fine: {len(rules.rules)} rules, {default}")


def _rules(file: Path | None) -> Rules:
    try:
        return read(file or rules_file())
    except RulesError as wrong:
        raise click.ClickException(str(wrong)) from None
