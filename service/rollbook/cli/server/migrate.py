"""`rollbook migrate` → the database, brought to this version's tables."""

from pathlib import Path

import click

from rollbook.cli.server.options import database_options, server_side, settings_from_environment


@click.command()
@database_options
def migrate(embedded: bool, state: Path) -> None:
    """Bring the database to this version's tables."""
    settings = settings_from_environment(embedded=embedded)
    from rollbook import server

    with server_side():
        applied = server.migrate(settings, embedded=state if embedded else None)
    for name in applied:
        click.echo(f"applied {name}")
    if not applied:
        click.echo("nothing to do: the database is of this version")
