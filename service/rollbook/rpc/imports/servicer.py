"""ImportService as one class, from its parts."""

from rollbook.rpc.imports.import_message import import_message
from rollbook.rpc.imports.reports import Reports
from rollbook.rpc.imports.upload import Uploads
from rollbook.rpc.imports.watch import Watching
from rollbook.rpc.notices import counts_message
from rollbook.rpc.wire.servicer import directory_of
from rollbook.rpc.wire.status import Context
from rollbook.store import notices
from rollbook.v1 import imports_pb2


class ImportService(Uploads, Reports, Watching):
    """Everything about imports."""

    async def GetImport(
        self, request: imports_pb2.GetImportRequest, _context: Context
    ) -> imports_pb2.GetImportResponse:
        """See the contract."""
        found = await self._found(request.directory, request.import_id)
        message = import_message(found.directory.name, found.row)
        here = self._app.database.within(found.directory.id)
        async with here.connection() as connection:
            counts = await notices.counts(connection, found.directory.id, found.row.id)
        if counted := counts_message(counts):
            message.notices.CopyFrom(counted)
        return imports_pb2.GetImportResponse(**{"import": message})

    async def GetSample(
        self, request: imports_pb2.GetSampleRequest, _context: Context
    ) -> imports_pb2.GetSampleResponse:
        """See the contract."""
        await directory_of(self._app, request.directory)
        return imports_pb2.GetSampleResponse(
            csv=self._profiles.named(request.profile).sample_file()
        )
