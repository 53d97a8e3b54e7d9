"""The first pages: the directories, and a new one; and the samples of profiles."""

from starlette.responses import Response

from rollbook.errors import RollbookError
from rollbook.web.console.pages import HEADERS, see
from rollbook.web.console.visit import Visit


async def home(visit: Visit) -> Response:
    """The directories that the caller may enter; the imports of the only one at once."""
    if len(visit.directories) == 1 and visit.may("imports:read"):
        return see(f"/d/{visit.directories[0]}/imports")
    return await directories(visit)


async def directories(visit: Visit) -> Response:
    """The directories that the caller may enter."""
    return visit.page("home.html")


async def new_directory(visit: Visit) -> Response:
    """The form for a directory."""
    return _new(visit)


async def create_directory(visit: Visit) -> Response:
    """Make the directory, and go into it; or show the form again, and what is wrong."""
    fields = await visit.form()
    name, display_name = fields.text("name"), fields.text("display_name")
    try:
        await visit.client.directories.create(name, display_name)
    except RollbookError as refused:
        return _new(visit, name, display_name, refused)
    if visit.may("directories:read"):
        return see(f"/d/{name}/directory?done=made")
    return see(f"/d/{name}/imports" if visit.may("imports:read") else "/directories")


def _new(
    visit: Visit, name: str = "", display_name: str = "", refused: RollbookError | None = None
) -> Response:
    return visit.page(
        "directory_new.html",
        200 if refused is None else refused.verdict.http,
        name=name,
        display_name=display_name,
        message="" if refused is None else refused.message,
    )


async def sample(visit: Visit) -> Response:
    """A correct file of a profile, to start from."""
    profile = visit.request.path_params["profile"]
    csv = await visit.client.get_sample(visit.directory, profile)
    headers = {
        **HEADERS,
        "content-disposition": f'attachment; filename="sample-{profile}.csv"',
    }
    return Response(csv, 200, headers, "text/csv; charset=utf-8")
