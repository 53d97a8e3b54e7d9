"""The group of all commands; each is loaded only when it is used."""

import importlib
from importlib.metadata import PackageNotFoundError, version

import click

from rollbook.cli.connection import connection_options

_COMMANDS = {
    "demo": "demo:demo",
    "directories": "directories.directories:directories",
    "doctor": "server.commands:doctor",
    "import": "imports.import_file:import_",
    "imports": "imports.commands:imports",
    "locations": "directories.locations:locations",
    "migrate": "server.commands:migrate",
    "notices": "notices:notices",
    "plugins": "plugins.commands:plugins",
    "profiles": "profiles:profiles",
    "roles": "directories.roles:roles",
    "serve": "server.commands:serve",
    "tokens": "tokens:tokens",
    "units": "directories.units:units",
    "users": "users:users",
    "web": "server.web:web",
    "whoami": "whoami:whoami",
}


class _Lazy(click.Group):
    """So that `rollbook import` never loads the server, nor `rollbook serve` the client."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, name = _COMMANDS[cmd_name].split(":")
        command = getattr(importlib.import_module(f"rollbook.cli.{module}"), name)
        assert isinstance(command, click.Command)  # noqa: S101 -- narrows what getattr cannot
        return command


def _version(ctx: click.Context, _: click.Parameter, asked: bool) -> None:
    if not asked or ctx.resilient_parsing:
        return
    try:
        click.echo(f"rollbook {version('rollbook')}")
    except PackageNotFoundError:
        click.echo("rollbook, from a source tree that is not installed")
    ctx.exit()


@click.command(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Show the version and exit.",
)
@connection_options
def rollbook() -> None:
    """Import users from CSV files, and get an answer for every row.

    Start with `rollbook demo`, which shows a whole import. Then run `rollbook serve --embedded` in
    one terminal and `rollbook import FILE` in another.

    Exit codes: 0 all rows succeeded · 1 finished, some rows failed · 2 wrong usage · 3 the file
    cannot be read · 4 no connection, try again · 5 not permitted · 6 stopped by a rule · 7
    internal error · 8 refused for now, try later · 130 Ctrl-C.
    """
