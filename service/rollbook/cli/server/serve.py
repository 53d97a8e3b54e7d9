"""`rollbook serve` → the service, until it is told to stop."""

from pathlib import Path

import click

from rollbook.cli.server.options import database_options, server_side, settings_from_environment


@click.command()
@database_options
@click.option(
    "--listen", metavar="HOST:PORT", help="Or unix:PATH; port 0 takes a free one. [ROLLBOOK_LISTEN]"
)
@click.option(
    "--strict-plugins",
    is_flag=True,
    help="Do not start where any installed plugin is broken. [ROLLBOOK_STRICT_PLUGINS]",
)
def serve(embedded: bool, state: Path, listen: str | None, strict_plugins: bool) -> None:
    """Run the service, until SIGTERM or Ctrl-C.

    Prints `listening on HOST:PORT` when it is ready. With --embedded it brings its own
    PostgreSQL; the first time it makes the directory `main` and an administrator's token. Other
    commands, run from the same folder, find both in ./.rollbook.
    """
    typed: dict[str, object] = {"listen": listen} if listen else {}
    if strict_plugins:
        typed["strict_plugins"] = True
    settings = settings_from_environment(embedded=embedded, **typed)
    from rollbook import server

    token = state / "token"
    is_new = embedded and not token.exists()

    def ready(address: str) -> None:
        click.echo(f"listening on {address}")
        if is_new:
            click.echo(f"the administrator's token is in {token}")

    with server_side():
        server.run(settings, embedded=state if embedded else None, ready=ready)
