"""`rollbook whoami`: who the caller is to the server, and what they may."""

import click

from rollbook.cli.connection import ask, connection_options
from rollbook.cli.screen.formats import output_option, show

_COLUMNS = (
    "principal",
    "scopes",
    "directories",
    "allDirectories",
    "userId",
    "session",
    "expireTime",
)


@click.command()
@output_option
@connection_options
def whoami(output: str) -> None:
    """Show whose token this is, and what it opens."""
    show([ask(lambda client: client.sessions.caller())], _COLUMNS, output)
