"""Converts a stored import to its message."""

from google.protobuf.timestamp_pb2 import Timestamp

from rollbook.imports.options import as_options
from rollbook.imports.writing.summary import stored_summary
from rollbook.rpc.imports.events import state_name, summary_message
from rollbook.rpc.imports.options import message_of
from rollbook.store.imports import ImportRow
from rollbook.v1 import imports_pb2


def import_message(directory: str, row: ImportRow) -> imports_pb2.Import:
    """The import of that directory on the wire."""
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
        options=message_of(as_options(row.options)),
        create_time=created,
        update_time=updated,
        summary=summary_message(stored_summary(row)),
        last_line=row.last_line,
        end_received=row.end_received,
        approved_by=row.approved_by,
    )
