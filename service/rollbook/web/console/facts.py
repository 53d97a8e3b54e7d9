"""Pages about the server: its plugins, and the profiles with what each asks of a file."""

from starlette.responses import Response

from rollbook.v1.server_pb2 import PluginState
from rollbook.web.console.visit import Visit
from rollbook.web.console.words import OPTIONS


async def plugins(visit: Visit) -> Response:
    """The plugins in the order in which they are asked, and what each has cost."""
    found = await visit.client.list_plugins()
    return visit.page(
        "plugins.html",
        plugins=[(one, PluginState.Name(one.state).removeprefix("PLUGIN_STATE_")) for one in found],
    )


async def profiles(visit: Visit) -> Response:
    """The profiles: columns, options and samples; and the server's limits."""
    info = await visit.client.get_server_info()
    return visit.page(
        "profiles.html",
        profiles=info.profiles,
        labels=OPTIONS,
        limits=info.limits,
        version=info.version,
    )
