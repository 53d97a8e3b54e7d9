"""`rollbook serve`, `migrate` and `doctor`: commands for operators."""

from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import RenderableType
from rich.text import Text

from rollbook.cli.exit_codes import FINE, SOME_FAILED
from rollbook.cli.extras import has_web, needs_extra
from rollbook.cli.screen.formats import labelled
from rollbook.cli.screen.streams import print_block, printable, stdout_console
from rollbook.cli.server.options import (
    database_options,
    is_embedded_here,
    server_side,
    settings_from_environment,
)
from rollbook.model.openid_client import OpenIDClient, read_client

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from rollbook.server.serve import Front
    from rollbook.settings import Settings


@click.command()
@database_options
@click.option(
    "--listen",
    metavar="HOST:PORT",
    help="Listen here; also unix:PATH; port 0: any. [ROLLBOOK_LISTEN]",
)
@click.option(
    "--strict-plugins",
    is_flag=True,
    help="Do not start if any installed plugin is broken. [ROLLBOOK_STRICT_PLUGINS]",
)
@click.option("--no-web", is_flag=True, help="With --embedded: no web console.")
def serve(
    embedded: bool, state: Path, listen: str | None, strict_plugins: bool, no_web: bool
) -> None:
    """Run the service until SIGTERM or Ctrl-C.

    It prints `listening on HOST:PORT` when it is ready. With --embedded it starts its own
    PostgreSQL; the first time it creates the directory `main` and an administrator's token. Other
    commands in the same folder find address and token in ./.rollbook. It also prints a link to the
    web console, which signs you in once, if the extra `web` is installed.

    Example: rollbook serve --embedded
    """
    typed: dict[str, object] = {"listen": listen} if listen else {}
    if strict_plugins:
        typed["strict_plugins"] = True
    settings = settings_from_environment(embedded=embedded, **typed)
    if embedded and not (settings.web_listen or no_web) and has_web():
        settings = settings.model_copy(update={"web_listen": "127.0.0.1:0"})
    from rollbook import server

    if settings.metrics_listen:
        with needs_extra("metrics"):
            import rollbook.server.operations.metrics  # noqa: F401 -- before anything starts

    token = state / "token"
    lines: list[str] = []
    with server_side():
        openid = read_client(settings)
    front = None
    if settings.web_listen:
        front = _front(settings, token if embedded else None, lines, openid)
    is_new = embedded and not token.exists()

    def ready(address: str) -> None:
        click.echo(f"listening on {address}")
        if is_new:
            click.echo(f"the administrator's token is in {token}")
        for line in lines:
            click.echo(line)
        if embedded and lines:
            click.echo(f"later, sign in there with the access token that is in {token}")

    with server_side():
        server.run(settings, embedded=state if embedded else None, ready=ready, front=front)


def _front(
    settings: "Settings",
    administrator: Path | None,
    lines: list[str],
    openid: OpenIDClient | None,
) -> "Front":
    """What answers HTTP beside the server; see `beside_server`."""
    with needs_extra("web"):
        import rollbook.web

        if openid:
            import rollbook.web.openid  # noqa: F401 -- before anything starts
    from rollbook.cli.server.web import beside_server, listen_of

    listen = listen_of(settings)

    def front(inside: str, login: str) -> "AbstractAsyncContextManager[None]":
        token = administrator.read_text().strip() if administrator else ""
        return beside_server(listen, inside, login, token, lines, openid)

    return front


@click.command()
@database_options
def migrate(embedded: bool, state: Path) -> None:
    """Bring the database to this version's schema."""
    settings = settings_from_environment(embedded=embedded)
    from rollbook import server

    with server_side():
        applied = server.migrate(settings, embedded=state if embedded else None)
    for name in applied:
        click.echo(f"applied {name}")
    if not applied:
        click.echo("nothing to do: the database is of this version")


@click.command()
@database_options
def doctor(embedded: bool, state: Path) -> int:
    """Check settings, database, plugins and files. The exit code is 0 if all is well, else 1.

    Without --embedded and without ROLLBOOK_DATABASE_URL it checks the embedded server whose state
    is in this folder, if there is one.
    """
    embedded = embedded or is_embedded_here(state)
    settings = settings_from_environment(embedded=embedded)
    from rollbook import server
    from rollbook.cli.server.web import examine_web

    with server_side():
        found = server.examine(settings, embedded=state if embedded else None)
    found += examine_web(settings)
    lines: list[tuple[str, RenderableType]] = []
    for finding in found:
        sign = Text("well", "green") if finding.ok else Text("not well", "bold red")
        if finding.risk:
            sign = Text("a risk", "yellow")
        lines.append(
            (
                printable(finding.name),
                sign.append(f": {printable(finding.text)}", "default"),
            )
        )
    print_block(stdout_console(), labelled(lines))
    return FINE if all(finding.ok for finding in found) else SOME_FAILED
