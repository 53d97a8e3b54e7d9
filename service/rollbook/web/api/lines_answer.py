"""Answers an import line by line, as the command does with `--output ndjson`."""

from starlette.types import Send

from rollbook.client import plain
from rollbook.errors import RollbookError
from rollbook.v1.imports_pb2 import ImportStart, ImportSummary, ImportUnderstood, RowResults
from rollbook.web.api.answers import as_json, error_of


class LinesAnswer:
    """One JSON object a line: every row result, then the summary; an error is the last line.

    The client must read while it sends: the service ends a call whose answers nobody takes.
    """

    def __init__(self, start: ImportStart, send: Send):
        self._start = start
        self._send = send

    async def accepted(self) -> None:
        """The status: whatever follows stands in lines."""
        headers = [
            (b"content-type", b"application/x-ndjson"),
            (b"cache-control", b"no-store"),
            (b"x-content-type-options", b"nosniff"),
            (b"x-import-id", self._start.import_id.encode()),
        ]
        await self._send({"type": "http.response.start", "status": 200, "headers": headers})

    async def understood(self, event: ImportUnderstood) -> None:
        """Writes nothing."""

    async def results(self, event: RowResults) -> None:
        """A line a row."""
        await self._write(*map(plain, event.results))

    async def goes_on(self) -> None:
        """Never: lines are waited for to the end."""

    async def ended(self, summary: ImportSummary | None, error: RollbookError | None) -> None:
        """The last lines."""
        if summary is not None:
            await self._write(plain(summary))
        if error is not None:
            await self._write({"error": error_of(error)})
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _write(self, *objects: object) -> None:
        body = b"".join(as_json(one) + b"\n" for one in objects)
        await self._send({"type": "http.response.body", "body": body, "more_body": True})
