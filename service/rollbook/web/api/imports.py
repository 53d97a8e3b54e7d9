"""Answers what is asked of imports: the list, one, its rows and its report; and samples."""

from starlette.requests import Request
from starlette.responses import Response

from rollbook.client import Client, plain
from rollbook.v1.imports_pb2 import ListImportRowsRequest, ListImportsRequest
from rollbook.web.api.answers import ALWAYS, answer, as_json
from rollbook.web.api.questions import directory_of, from_query, no_query
from rollbook.web.report import report


async def list_imports(client: Client, request: Request) -> Response:
    """A page of the directory's imports, newest first."""
    wanted = from_query(ListImportsRequest(directory=directory_of(request)), request)
    return answer(as_json(plain(await client.imports.page(wanted))))


async def get_import(client: Client, request: Request) -> Response:
    """One import: its state and counts."""
    no_query(request)
    found = await client.get_import(directory_of(request), request.path_params["id"])
    return answer(as_json(plain(found)))


async def list_rows(client: Client, request: Request) -> Response:
    """A page of an import's rows, with their cells as far as they are kept."""
    wanted = ListImportRowsRequest(
        directory=directory_of(request), import_id=request.path_params["id"]
    )
    found = await client.imports.rows_page(from_query(wanted, request, "outcomes"))
    return answer(as_json(plain(found)))


async def get_sample(client: Client, request: Request) -> Response:
    """A correct file of a profile, to start from."""
    no_query(request)
    csv = await client.get_sample(directory_of(request), request.path_params["profile"])
    return answer(csv, media_type="text/csv; charset=utf-8")


async def get_report(client: Client, request: Request) -> Response:
    """The failed rows as CSV. It closes the client itself."""
    no_query(request)
    import_id = request.path_params["id"]
    return await report(client, directory_of(request), import_id, ALWAYS)
