"""Answers what is asked of imports: the list, one, its rows and its report; and samples."""

from collections.abc import AsyncIterator
from contextlib import aclosing

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from rollbook.client import Client, plain
from rollbook.v1.imports_pb2 import ListImportRowsRequest, ListImportsRequest
from rollbook.web.api.answers import answer, as_json
from rollbook.web.api.questions import directory_of, from_query, no_query


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
    """The report, once its first piece has shown that there is one. It closes the client itself."""
    no_query(request)
    import_id = request.path_params["id"]
    pieces = client.imports.report(directory_of(request), import_id)
    try:
        first = await anext(pieces, b"")
    except BaseException:
        await client.__aexit__()
        raise

    async def all_of_it() -> AsyncIterator[bytes]:
        async with client, aclosing(pieces):
            yield first
            async for piece in pieces:
                yield piece

    headers = {
        "cache-control": "no-store",
        "content-disposition": 'attachment; filename="failed-rows.csv"',
        "x-content-type-options": "nosniff",
    }
    return StreamingResponse(all_of_it(), 200, headers, "text/csv; charset=utf-8")
