"""`rollbook plugins` → what the server asks, and what an author writes and checks."""

import click
from rich.table import Table

from rollbook.cli.connection import ask, connection_options
from rollbook.cli.listing import output_option, show
from rollbook.cli.output import paper, put, visible
from rollbook.v1.server_pb2 import Plugin, PluginPrice, PluginState

_COLUMNS = ("name", "version", "distribution", "hooks", "order", "state", "error", "prices")
_HEADS = ("order", "name", "version", "state", "hook", "calls", "rows", "seconds", "failures")


@click.group()
def plugins() -> None:
    """Plugins: those that the server asks, and one of your own."""


@plugins.command("list")
@output_option
@connection_options
def _list(output: str) -> None:
    """The server's plugins in their order, and what each hook has cost so far.

    After them those that are installed and not listed: `unlisted`, or `broken` where they could
    not be listed.
    """
    found = ask(lambda client: client.list_plugins())
    if output == "table":
        _page(found)
    else:
        show(found, _COLUMNS, output)


def _page(found: list[Plugin]) -> None:
    if not found:
        click.echo("no plugins")
        return
    table = Table(box=None, header_style="dim", padding=(0, 2, 0, 1))
    for head in _HEADS:
        table.add_column(head, overflow="fold")
    for plugin in found:
        for row in _rows(plugin):
            table.add_row(*map(visible, row))
    put(paper(), table)
    for plugin in found:
        if plugin.error:
            click.echo(f" {visible(plugin.name)}: {visible(plugin.error)}")


def _rows(plugin: Plugin) -> list[tuple[str, ...]]:
    """A line for each hook; what is the plugin's own stands in the first."""
    state = PluginState.Name(plugin.state).removeprefix("PLUGIN_STATE_").lower()
    own = (str(plugin.order or ""), plugin.name, plugin.version, state)
    rows = [_cost(price) for price in plugin.prices]
    rows = rows or [(hook, "", "", "", "") for hook in plugin.hooks] or [("",) * 5]
    return [(*(own if at == 0 else ("",) * len(own)), *row) for at, row in enumerate(rows)]


def _cost(price: PluginPrice) -> tuple[str, ...]:
    seconds = price.duration.ToTimedelta().total_seconds()
    calls, rows, failures = (f"{n:,}" for n in (price.calls, price.rows, price.failures))
    return price.hook, calls, rows, f"{seconds:.3f}", failures
