"""Methods that report on imports: list, issues, rows, notices and failure report."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

from rollbook.checking.request_text import REQUEST
from rollbook.imports.failure_report import report
from rollbook.imports.list_rows import Budget, Place, Wanted, list_rows
from rollbook.imports.options import invalid
from rollbook.imports.row_cells import columns_of
from rollbook.model import WARNINGS, Code, LineRange, Outcome, State
from rollbook.rpc.imports.base import ImportPart
from rollbook.rpc.imports.events import column_message, import_message
from rollbook.rpc.imports.results import issue_message, row_message
from rollbook.rpc.notices import message as notice_message
from rollbook.rpc.notices import state as notice_state
from rollbook.rpc.wire import paging
from rollbook.rpc.wire.servicer import caller, directory_of, time_of
from rollbook.rpc.wire.status import Context
from rollbook.store import import_pages, issues, notices
from rollbook.store.imports import ImportRow
from rollbook.store.issues import IssueRow
from rollbook.users.disclosure import may_read, shown_issue
from rollbook.v1 import imports_pb2 as v1
from rollbook.v1 import results_pb2

_LOOKED = 1_000
"""Of what no index finds, such as a part of a name: so many are looked at for a page."""
_NEWEST = 2**63 - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Reports(ImportPart):
    """See the contract."""

    async def ListImports(
        self, request: v1.ListImportsRequest, _context: Context
    ) -> v1.ListImportsResponse:
        """See the contract. What no index finds is looked for in some, so a page costs a page."""
        directory = await directory_of(self._app, request.directory)
        wanted, name = _imports_wanted(request), request.file_name.strip().casefold()
        asked = paging.page(self._app, f"imports of {directory.id} {wanted} {name}", request)
        looked = max(asked.most, _LOOKED) if name or wanted.narrow > 1 else asked.most
        async with self._app.database.within(directory.id).connection() as connection:
            rows = await import_pages.page(
                connection,
                directory.id,
                wanted,
                before=_time_and_id(asked.after) if asked.after else None,
                most=looked + 1,
            )
        behind = _time_key(rows[looked - 1]) if len(rows) > looked else ""
        fitting = [
            row for row in rows[:looked] if name in row.file_name.casefold() and wanted.has(row)
        ]
        found, after = asked.cut(
            [(_time_key(row), import_message(directory.name, row)) for row in fitting], behind
        )
        return v1.ListImportsResponse(imports=found, next_page_token=after)

    async def ListImportIssues(
        self, request: v1.ListImportIssuesRequest, _context: Context
    ) -> v1.ListImportIssuesResponse:
        """See the contract. Of a staged import: what its file earned, and the plan in force."""
        found = await self._found(request.directory, request.import_id)
        codes = _codes(request.code, request.severity)
        asked = paging.page(
            self._app,
            f"issues of {found.directory.id} {found.row.id} {request.code} {request.severity}",
            request,
        )
        async with self._app.database.within(found.directory.id).connection() as connection:
            rows = await issues.page(
                connection,
                found.directory.id,
                found.row.id,
                plan=found.row.plan,
                after=asked.after_numbers(),
                codes=codes,
                most=asked.most + 1,
            )
        reader = may_read(caller())
        messages, after = asked.cut(
            [(f"{row.line} {row.position}", _message(row, reader=reader)) for row in rows]
        )
        return v1.ListImportIssuesResponse(issues=messages, next_page_token=after)

    async def ListImportRows(
        self, request: v1.ListImportRowsRequest, _context: Context
    ) -> v1.ListImportRowsResponse:
        """See the contract."""
        found = await self._found(request.directory, request.import_id)
        wanted = _rows_wanted(request)
        lines = f"{wanted.lines.first} {wanted.lines.last}" if wanted.lines else ""
        asked = paging.page(
            self._app,
            f"rows of {found.directory.id} {found.row.id} {sorted(wanted.outcomes)} {request.code} "
            f"{wanted.with_issues} {lines}",
            request,
        )
        rows, behind = await list_rows(
            self._app.database.within(found.directory.id),
            found.row,
            wanted,
            Place(*map(int, asked.after.split(" "))) if asked.after else Place(),
            Budget(asked.most),
            reader=may_read(caller()),
        )
        messages, after = asked.cut(
            [(_place_key(row.place), row_message(row)) for row in rows],
            _place_key(behind) if behind else "",
        )
        columns = columns_of(found.row, self._profiles, self._app.settings)
        return v1.ListImportRowsResponse(
            rows=messages, next_page_token=after, columns=map(column_message, columns)
        )

    async def ListImportNotices(
        self, request: v1.ListImportNoticesRequest, _context: Context
    ) -> v1.ListImportNoticesResponse:
        """See the contract."""
        if not request.import_id:
            return await self._notices_of_directory(request)
        found = await self._found(request.directory, request.import_id)
        state = notice_state(request.state)
        asked = paging.page(
            self._app, f"notices of {found.directory.id} {found.row.id} {state or ''}", request
        )
        async with self._app.database.within(found.directory.id).connection() as connection:
            rows = await notices.page(
                connection,
                found.directory.id,
                found.row.id,
                after=asked.after_numbers(),
                state=state,
                most=asked.most + 1,
            )
        messages, after = asked.cut([(f"{row.line} {row.id}", notice_message(row)) for row in rows])
        return v1.ListImportNoticesResponse(notices=messages, next_page_token=after)

    async def _notices_of_directory(
        self, request: v1.ListImportNoticesRequest
    ) -> v1.ListImportNoticesResponse:
        """Newest first. For those in a state some are looked at, so that a page costs a page."""
        directory = await directory_of(self._app, request.directory)
        state = notice_state(request.state)
        asked = paging.page(self._app, f"notices of {directory.id} {state or ''}", request)
        looked = max(asked.most, _LOOKED) if state else asked.most
        async with self._app.database.within(directory.id).connection() as connection:
            rows = await notices.newest(
                connection,
                directory.id,
                before=int(asked.after) if asked.after else _NEWEST,
                most=looked + 1,
            )
        behind = str(rows[looked - 1].id) if len(rows) > looked else ""
        fitting = [row for row in rows[:looked] if state in {None, row.state}]
        messages, after = asked.cut([(str(row.id), notice_message(row)) for row in fitting], behind)
        return v1.ListImportNoticesResponse(notices=messages, next_page_token=after)

    async def DownloadReport(
        self, request: v1.DownloadReportRequest, _context: Context
    ) -> AsyncIterator[v1.DownloadReportResponse]:
        """See the contract."""
        found = await self._found(request.directory, request.import_id)
        here = self._app.database.within(found.directory.id)
        reader = may_read(caller())
        async for piece in report(
            here, found.directory.id, found.row, self._profiles, reader=reader
        ):
            yield v1.DownloadReportResponse(csv=piece)


def _imports_wanted(request: v1.ListImportsRequest) -> import_pages.Wanted:
    return import_pages.Wanted(
        state=_state(request.state),
        principal=REQUEST.text("principal", request.principal) or None,
        profile=REQUEST.text("profile", request.profile) or None,
        created_from=time_of(request, "created_from"),
        created_until=time_of(request, "created_until"),
    )


def _state(number: int) -> State | None:
    if not number:
        return None
    known = v1.ImportState.DESCRIPTOR.values_by_number.get(number)
    if known is None:
        raise invalid("state", f"state = {number} is none of this version.")
    return State(known.name.removeprefix("IMPORT_STATE_"))


def _rows_wanted(request: v1.ListImportRowsRequest) -> Wanted:
    known = results_pb2.Outcome.DESCRIPTOR.values_by_number
    if unknown := [number for number in request.outcomes if not number or number not in known]:
        raise invalid("outcomes", f"outcomes = {unknown[0]} is none of this version.")
    lines = None
    if request.HasField("lines"):
        lines = LineRange(request.lines.first, request.lines.last)
        if lines.first < 1 or lines.last < lines.first:
            raise invalid("lines", "lines must be a range such as 2 to 9.")
    return Wanted(
        outcomes=frozenset(map(Outcome, request.outcomes)),
        code=_code(request.code),
        with_issues=request.only_with_issues,
        lines=lines,
    )


def _code(code: str) -> Code | None:
    """The code that is asked for; None: any."""
    if code and code not in Code.__members__.values():
        raise invalid("code", "code is none of this version; codes are in the contract's README.")
    return Code(code) if code else None


def _codes(code: str, severity: int) -> set[Code] | None:
    """The codes that are asked for; None: all."""
    if severity not in results_pb2.Severity.DESCRIPTOR.values_by_number:
        raise invalid("severity", f"severity = {severity} is none of this version.")
    one = _code(code)
    if not one and not severity:
        return None
    wanted = {one} if one else set(Code)
    if severity == results_pb2.SEVERITY_WARNING:
        return wanted & WARNINGS
    return wanted - WARNINGS if severity else wanted


def _place_key(place: Place) -> str:
    return " ".join(map(str, place))


def _time_key(row: ImportRow) -> str:
    return f"{(row.created_at - _EPOCH) // _MICROSECOND} {row.id}"


def _time_and_id(key: str) -> tuple[datetime, UUID]:
    microseconds, _, import_id = key.partition(" ")
    return _EPOCH + int(microseconds) * _MICROSECOND, UUID(import_id)


def _message(row: IssueRow, *, reader: bool) -> v1.ImportIssue:
    issue = issue_message(shown_issue(row.issue, reader=reader))
    return v1.ImportIssue(line=row.line, row=row.row, issue=issue)
