"""Answers the failure report of an import, piece by piece: it may be as large as the file."""

from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing

from starlette.responses import Response, StreamingResponse

from rollbook.client import Client


async def report(
    client: Client, directory: str, import_id: str, headers: Mapping[str, str]
) -> Response:
    """The report, once its first piece has shown that there is one. The client is closed with it.

    Raises:
        RollbookError: there is none, or the caller may not read it.
    """
    pieces = client.imports.report(directory, import_id)
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

    shown = {
        **headers,
        "content-disposition": f'attachment; filename="failed-rows-{import_id[:8]}.csv"',
    }
    return StreamingResponse(all_of_it(), 200, shown, "text/csv; charset=utf-8")
