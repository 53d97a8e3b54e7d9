"""Converts an import, its events and its summary to messages."""

from collections.abc import Iterator
from dataclasses import replace

from google.protobuf.timestamp_pb2 import Timestamp

from rollbook.errors import Reason
from rollbook.imports.job.job import Job
from rollbook.imports.options import as_options
from rollbook.imports.planning.limits import Stop, stopped
from rollbook.imports.planning.tally import Tally
from rollbook.imports.run import Event, Progress
from rollbook.imports.writing.summary import Summary, stored_summary
from rollbook.model import Answers, Column, Outcome, State, Understood
from rollbook.rpc.imports.options import message_of
from rollbook.rpc.imports.results import issue_message, result_messages
from rollbook.store.imports import ImportRow
from rollbook.users.disclosure import shown
from rollbook.v1 import imports_pb2

Response = imports_pb2.ImportUsersResponse


def accepted(job: Job) -> Response:
    """The answer to `start`."""
    return Response(
        accepted=imports_pb2.ImportAccepted(
            options=message_of(job.options), resumed_after_line=job.reached.last_line
        )
    )


def applied(response: Response) -> imports_pb2.ApplyImportResponse:
    """The same, for an import that is applied."""
    return imports_pb2.ApplyImportResponse(
        results=response.results if response.HasField("results") else None,
        summary=response.summary if response.HasField("summary") else None,
    )


def event_messages(
    event: Event, job: Job, most_bytes: int, *, reader: bool, compact: bool = False
) -> Iterator[Response]:
    """The messages of one event, each within `most_bytes`.

    `reader`: see `users.disclosure`. `compact`: clean rows are answered in columns.
    """
    if isinstance(event, Answers):
        # A staged plan stores its changes in any case: its digest is made of them.
        answers = event if job.options.include_changes else replace(event, changes={})
        results = shown(answers, reader=reader)
        yield from result_messages(results, job.options.results, most_bytes, compact=compact)
    elif isinstance(event, Understood):
        yield Response(understood=_understood(event))
    elif isinstance(event, Progress):
        yield Response(
            progress=imports_pb2.ImportProgress(
                bytes_received=event.bytes_received,
                rows_answered=event.rows_answered,
                end_received=event.end_received,
            )
        )
    else:
        yield Response(summary=summary_message(event))


def _understood(understood: Understood) -> imports_pb2.ImportUnderstood:
    return imports_pb2.ImportUnderstood(
        encoding=understood.encoding,
        delimiter=understood.delimiter,
        columns=map(column_message, understood.columns),
        ignored_columns=[column.header for column in understood.columns if not column.field],
        warnings=map(issue_message, understood.warnings),
    )


def column_message(column: Column) -> imports_pb2.UnderstoodColumn:
    """A column of the file on the wire."""
    return imports_pb2.UnderstoodColumn(header=column.header, field=column.field)


def summary_message(summary: Summary) -> imports_pb2.ImportSummary:
    """A summary on the wire."""
    return imports_pb2.ImportSummary(
        import_id=str(summary.import_id),
        state=state_name(summary.state),
        **counts(summary.tally),
        codes=summary.tally.codes,
        digest=summary.digest,
        warnings=map(issue_message, summary.warnings),
        stopped_by=(
            imports_pb2.StoppedBy(
                code=summary.stopped_by,
                line=summary.stopped_line,
                safeguard=_trip(summary.stop),
            )
            if summary.stopped_by
            else None
        ),
    )


def _trip(stop: Stop | None) -> imports_pb2.SafeguardTrip | None:
    """What a safeguard saw, in numbers and in the words that the import's caller got."""
    if stop is None or stop.reason is not Reason.SAFEGUARD_TRIPPED:
        return None
    return imports_pb2.SafeguardTrip(
        what=stop.what, count=stop.count, limit=stop.most, message=stopped(stop).message
    )


def counts(tally: Tally) -> dict[str, int]:
    """The counts of a summary, by the names of its fields."""
    by_outcome = {outcome.name.lower(): tally.outcomes[outcome] for outcome in Outcome}
    of_sync = {
        "reactivated": tally.reactivated,
        "released": tally.released,
        "protected": tally.protected,
    }
    return {"rows": tally.rows, **of_sync} | by_outcome


def state_name(state: State) -> str:
    """A state on the wire."""
    return f"IMPORT_STATE_{state.value}"


def missing_names(row: ImportRow) -> list[imports_pb2.MissingName]:
    """The names that the directory did not have, most rows first."""
    found = [
        imports_pb2.MissingName(field=field, **name._asdict())
        for field, names in Tally.from_json(row.counts).names.items()
        for name in names.values()
    ]
    return sorted(found, key=lambda one: (-one.rows, one.field, one.name))


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
        rows_deleted=not row.rows_kept,
        encoding=row.encoding,
        delimiter=row.delimiter,
        file_name=row.file_name,
    )
