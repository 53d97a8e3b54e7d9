"""`rollbook plugins`: the server's plugins, and commands for plugin authors."""

import os
import sys
import threading
from pathlib import Path

import click
from rich.table import Table

from rollbook.cli.connection import ask, connection_options
from rollbook.cli.exit_codes import FINE, SOME_FAILED
from rollbook.cli.extras import needs_extra
from rollbook.cli.plugins.check import show_report, wanted
from rollbook.cli.plugins.new import write_plugin
from rollbook.cli.screen.formats import output_option, show
from rollbook.cli.screen.streams import print_block, print_error, printable, stdout_console
from rollbook.v1.server_pb2 import Plugin, PluginPrice, PluginState

_COLUMNS = ("name", "version", "distribution", "hooks", "order", "state", "error", "prices")
_HEADS = ("order", "plugin and hooks", "state", "calls", "rows", "seconds", "failures")


@click.group()
def plugins() -> None:
    """List the server's plugins; write and check your own."""


@plugins.command("list")
@output_option
@connection_options
def _list(output: str) -> None:
    """List the server's plugins in their order, with the time that each hook has taken.

    Installed plugins that the operator has not listed come last: as `unlisted`, or as `broken` if
    they cannot be loaded.
    """
    found = ask(lambda client: client.list_plugins())
    if output == "table":
        _page(found)
    else:
        show(found, _COLUMNS, output)


@plugins.command("check")
@click.argument("plugin", required=False)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=2.0,
    show_default=True,
    metavar="SECONDS",
    help="The longest that one call of a hook may take.",
)
def _check(plugin: str | None, timeout: float) -> int:
    """Check a plugin with unusual users, without a server. The exit code is 0 or 1.

    PLUGIN is the name of an installed plugin, module:object, or the folder of its pyproject.toml.
    Default: the plugin of this folder, else those of ROLLBOOK_PLUGINS.
    """
    with needs_extra("server"):
        from rollbook.settings import Settings
        from rollbook.testing import check
        from rollbook.testing.report import log_to_stderr
    try:
        settings = Settings.read()
    except ValueError as wrong:
        raise click.UsageError(str(wrong)) from None
    log_to_stderr()
    reports = [check(one, timeout=timeout) for one in wanted(plugin, settings.plugin_names)]
    for report in reports:
        show_report(report)
    code = FINE if all(report.conforms for report in reports) else SOME_FAILED
    if any(not thread.daemon for thread in threading.enumerate()[1:]):
        sys.stdout.flush()
        os._exit(code)  # a thread that the plugin left running would keep this process alive
    return code


@plugins.command("new")
@click.argument("name")
@click.option(
    "--directory",
    "folder",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write it to this folder.  [default: ./NAME]",
)
def _new(name: str, folder: Path | None) -> None:
    """Write a working plugin with tests, for you to change.

    NAME is the plugin's name in the operator's list. No file is ever overwritten.

    Example: rollbook plugins new acme-roles
    """
    folder = folder or Path(name)
    for path in write_plugin(name, folder):
        click.echo(str(path))
    print_error(
        f"now: cd {folder}; python -m pip install --editable .; python -m pytest;"
        " rollbook plugins check"
    )


def _page(found: list[Plugin]) -> None:
    if not found:
        click.echo("no plugins")
        return
    table = Table(box=None, header_style="dim", padding=(0, 1))
    for head in _HEADS:  # on a narrow screen only names are folded
        named = head == _HEADS[1]
        table.add_column(head, overflow="fold", no_wrap=not named, min_width=20 if named else None)
    for plugin in found:
        for row in _rows(plugin):
            table.add_row(*map(printable, row))
    print_block(stdout_console(), table)
    for plugin in found:
        if plugin.error:
            click.echo(f" {printable(plugin.name)}: {printable(plugin.error)}")


def _rows(plugin: Plugin) -> list[tuple[str, ...]]:
    """A row for the plugin, and an indented one for each of its hooks."""
    state = PluginState.Name(plugin.state).removeprefix("PLUGIN_STATE_").lower()
    own = (str(plugin.order or ""), f"{plugin.name} {plugin.version}".rstrip(), state)
    rows = [_cost(price) for price in plugin.prices] or [(hook,) for hook in plugin.hooks]
    return [own, *(("", f"  {hook}", "", *cost) for hook, *cost in rows)]


def _cost(price: PluginPrice) -> tuple[str, ...]:
    seconds = price.duration.ToTimedelta().total_seconds()
    calls, rows, failures = (f"{n:,}" for n in (price.calls, price.rows, price.failures))
    return price.hook, calls, rows, f"{seconds:.3f}", failures
