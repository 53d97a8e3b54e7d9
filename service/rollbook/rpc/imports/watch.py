"""Methods that follow or control an import: watch, cancel, approve."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from rollbook.errors import Reason, Refusal
from rollbook.imports import control
from rollbook.imports.options import parse_id
from rollbook.rpc.imports.base import ImportPart
from rollbook.rpc.imports.import_message import import_message
from rollbook.rpc.wire.caller import caller
from rollbook.rpc.wire.servicer import directory_of
from rollbook.rpc.wire.status import Context
from rollbook.v1 import imports_pb2 as v1

_LOOK_EVERY_S = 0.25
"""A look is one row by its key, 0.2 ms of the database; whichever server runs the import."""


class Watching(ImportPart):
    """See the contract."""

    async def WatchImport(
        self, request: v1.WatchImportRequest, _context: Context
    ) -> AsyncIterator[v1.WatchImportResponse]:
        """See the contract. Ends with the first state in which the import does not run."""
        sent = None
        while True:
            found = await self._found(request.directory, request.import_id)
            message = import_message(found.directory.name, found.row)
            if message != sent:
                yield v1.WatchImportResponse(**{"import": message})
                sent = message
            if message.state != v1.IMPORT_STATE_RUNNING:
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(self._draining.wait(), _LOOK_EVERY_S)
                raise Refusal(
                    Reason.SERVER_DRAINING, "This server is shutting down. Watch at another."
                )

    async def CancelImport(
        self, request: v1.CancelImportRequest, _context: Context
    ) -> v1.CancelImportResponse:
        """See the contract. A file that still comes in here is not waited for."""
        directory = await directory_of(self._app, request.directory)
        import_id = parse_id(request.import_id)
        row = await control.cancel(self._app, caller(), directory.id, import_id)
        if inbox := self._inboxes.get((directory.name, str(import_id))):
            inbox.leave()
        return v1.CancelImportResponse(**{"import": import_message(directory.name, row)})

    async def ApproveImport(
        self, request: v1.ApproveImportRequest, _context: Context
    ) -> v1.ApproveImportResponse:
        """See the contract."""
        directory = await directory_of(self._app, request.directory)
        import_id = parse_id(request.import_id)
        row = await control.approve(self._app, caller(), directory.id, import_id)
        return v1.ApproveImportResponse(**{"import": import_message(directory.name, row)})
