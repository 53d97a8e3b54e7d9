"""ImportService: what becomes of files, and what became of them."""

from google.protobuf.timestamp_pb2 import Timestamp

from rollbook.importing.opening import as_options, denied, parse_id
from rollbook.importing.summary import stored_summary
from rollbook.reading import sample
from rollbook.rpc import options as wire_options
from rollbook.rpc.events import state_name, summary_message
from rollbook.rpc.part import directory_of
from rollbook.rpc.refusing import Context
from rollbook.rpc.uploads import Uploads
from rollbook.rpc.watching import Watching
from rollbook.store import imports
from rollbook.v1 import imports_pb2


class ImportService(Uploads, Watching):
    """Everything about imports."""

    async def GetImport(
        self, request: imports_pb2.GetImportRequest, _context: Context
    ) -> imports_pb2.GetImportResponse:
        """See the contract."""
        directory = await directory_of(self._house, request.directory)
        import_id = parse_id(request.import_id)
        async with self._house.database.connection() as connection:
            found = await imports.get_import(connection, directory.id, import_id)
        if not found:
            raise denied()
        return imports_pb2.GetImportResponse(**{"import": self._message(directory.name, found)})

    async def GetSample(
        self, request: imports_pb2.GetSampleRequest, _context: Context
    ) -> imports_pb2.GetSampleResponse:
        """See the contract."""
        await directory_of(self._house, request.directory)
        return imports_pb2.GetSampleResponse(csv=sample(self._profiles.named(request.profile)))

    def _message(self, directory: str, row: imports.ImportRow) -> imports_pb2.Import:
        created, updated = Timestamp(), Timestamp()
        created.FromDatetime(row.created_at)
        updated.FromDatetime(row.updated_at)
        return imports_pb2.Import(
            import_id=str(row.id),
            directory=directory,
            profile=row.profile,
            source=row.source,
            principal=row.principal,
            state=state_name(row.state),
            options=wire_options.message_of(as_options(row.options)),
            create_time=created,
            update_time=updated,
            summary=summary_message(stored_summary(row)),
            last_line=row.last_line,
            end_received=row.end_received,
            approved_by=row.approved_by,
        )
