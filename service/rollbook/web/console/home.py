"""The first page: the directories; and the samples of profiles."""

from starlette.responses import Response

from rollbook.web.console.pages import HEADERS, see
from rollbook.web.console.visit import Visit


async def home(visit: Visit) -> Response:
    """The directories that the caller may enter; the imports of the only one at once."""
    if len(visit.directories) == 1 and visit.may("imports:read"):
        return see(f"/d/{visit.directories[0]}/imports")
    return visit.page("home.html")


async def sample(visit: Visit) -> Response:
    """A correct file of a profile, to start from."""
    profile = visit.request.path_params["profile"]
    csv = await visit.client.get_sample(visit.directory, profile)
    headers = {
        **HEADERS,
        "content-disposition": f'attachment; filename="sample-{profile}.csv"',
    }
    return Response(csv, 200, headers, "text/csv; charset=utf-8")
