"""ImportService: files that are uploaded, reports of them, and what is done with an import."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from rollbook.errors import Reason, Refusal
from rollbook.imports import control
from rollbook.imports.options import parse_id
from rollbook.model import Field
from rollbook.rpc.imports.events import import_message, missing_names
from rollbook.rpc.imports.reports import Reports
from rollbook.rpc.imports.upload import Uploads
from rollbook.rpc.notices import counts_message
from rollbook.rpc.wire.servicer import caller, directory_of
from rollbook.rpc.wire.status import Context
from rollbook.store import notices
from rollbook.v1 import imports_pb2 as v1

_LOOK_EVERY_S = 0.25
"""A look is one row by its key, 0.2 ms of the database; whichever server runs the import."""


class ImportService(Uploads, Reports):
    """Everything about imports."""

    async def GetImport(
        self, request: v1.GetImportRequest, _context: Context
    ) -> v1.GetImportResponse:
        """See the contract."""
        found = await self._found(request.directory, request.import_id)
        message = import_message(found.directory.name, found.row)
        here = self._app.database.within(found.directory.id)
        async with here.connection() as connection:
            counts = await notices.counts(connection, found.directory.id, found.row.id)
        if counted := counts_message(counts):
            message.notices.CopyFrom(counted)
        message.missing_names.extend(missing_names(found.row))
        return v1.GetImportResponse(**{"import": message})

    async def GetSample(
        self, request: v1.GetSampleRequest, _context: Context
    ) -> v1.GetSampleResponse:
        """See the contract."""
        await directory_of(self._app, request.directory)
        profile = self._profiles.named(request.profile)
        return v1.GetSampleResponse(
            csv=profile.sample_file(),
            locations=profile.sample_needs(Field.LOCATION, "unknown_location"),
            organizational_units=profile.sample_needs(Field.ORGANIZATIONAL_UNIT, "unknown_unit"),
        )

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
