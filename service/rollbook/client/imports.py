"""Lists, follows, cancels and approves imports, and reads the answers of their rows.

Every method raises RollbookError where the server refuses or does not answer.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing

from rollbook.client.channel import Channel
from rollbook.client.row_results import received
from rollbook.v1 import imports_pb2 as v1
from rollbook.v1 import notices_pb2
from rollbook.v1.imports_pb2_grpc import ImportServiceStub
from rollbook.v1.options_pb2 import ImportOptions

Applied = v1.RowResults | v1.ImportSummary


class Imports:
    """A directory's imports."""

    def __init__(self, channel: Channel):
        self._channel = channel
        self._calls = ImportServiceStub(channel.grpc)

    async def get(self, directory: str, import_id: str) -> v1.Import:
        """One import: its state and counts."""
        request = v1.GetImportRequest(directory=directory, import_id=import_id)
        return _import(await self._channel.ask(self._calls.GetImport, request))

    def list(
        self,
        directory: str,
        state: str = "",
        *,
        file_name: str = "",
        wanted: v1.ListImportsRequest | None = None,
    ) -> AsyncIterator[v1.Import]:
        """All, newest first; or only those in a state, such as `COMPLETED`.

        `file_name`: only those whose file's name has this in it. `wanted`: further conditions.

        Raises:
            ValueError: there is no such state.
        """
        request = v1.ListImportsRequest(
            directory=directory, state=f"IMPORT_STATE_{state or 'UNSPECIFIED'}", file_name=file_name
        )
        request.MergeFrom(wanted or v1.ListImportsRequest())
        return self._channel.pages(self._calls.ListImports, request, "imports")

    async def page(self, wanted: v1.ListImportsRequest) -> v1.ListImportsResponse:
        """One page of the list, as it is asked for."""
        return await self._channel.ask(self._calls.ListImports, wanted)

    def issues(
        self,
        directory: str,
        import_id: str,
        *,
        code: str = "",
        severity: str = "",
    ) -> AsyncIterator[v1.ImportIssue]:
        """The issues of an import's rows, by line; or only a code; or only `ERROR` or `WARNING`.

        Raises:
            ValueError: there is no such severity.
        """
        wanted = f"SEVERITY_{severity or 'UNSPECIFIED'}"
        request = v1.ListImportIssuesRequest(
            directory=directory, import_id=import_id, code=code, severity=wanted
        )
        return self._channel.pages(self._calls.ListImportIssues, request, "issues")

    def rows(
        self,
        directory: str,
        import_id: str,
        *,
        outcomes: Sequence[str] = (),
        code: str = "",
        only_with_issues: bool = False,
    ) -> AsyncIterator[v1.ImportRow]:
        """The rows of an import, by line; or only with outcomes such as `FAILED`, or with a code.

        Raises:
            ValueError: there is no such outcome.
        """
        request = v1.ListImportRowsRequest(
            directory=directory,
            import_id=import_id,
            outcomes=[f"OUTCOME_{outcome}" for outcome in outcomes],
            code=code,
            only_with_issues=only_with_issues,
        )
        return self._channel.pages(self._calls.ListImportRows, request, "rows")

    async def rows_page(self, wanted: v1.ListImportRowsRequest) -> v1.ListImportRowsResponse:
        """One page of the rows of an import, with the columns that their cells stand in.

        It may be empty, and name a next page all the same.
        """
        return await self._channel.ask(self._calls.ListImportRows, wanted)

    def notices(
        self, directory: str, import_id: str, state: str = ""
    ) -> AsyncIterator[notices_pb2.Notice]:
        """What became of an import's notices, by line; or only those in a state, such as `SENT`.

        `import_id` '': those of the directory, newest first.

        Raises:
            ValueError: there is no such state.
        """
        wanted = f"NOTICE_STATE_{state or 'UNSPECIFIED'}"
        request = v1.ListImportNoticesRequest(
            directory=directory, import_id=import_id, state=wanted
        )
        return self._channel.pages(self._calls.ListImportNotices, request, "notices")

    async def notices_page(
        self, wanted: v1.ListImportNoticesRequest
    ) -> v1.ListImportNoticesResponse:
        """One page of an import's notices, as it is asked for."""
        return await self._channel.ask(self._calls.ListImportNotices, wanted)

    async def report(self, directory: str, import_id: str) -> AsyncGenerator[bytes]:
        """The failed rows as CSV, piece by piece: correct it, and import it."""
        request = v1.DownloadReportRequest(directory=directory, import_id=import_id)
        async with aclosing(self._channel.stream(self._calls.DownloadReport, request)) as pieces:
            async for piece in pieces:
                yield piece.csv

    async def watch(self, directory: str, import_id: str) -> AsyncGenerator[v1.Import]:
        """The import at once, and whenever it has changed; the last one does not run any more."""
        request = v1.WatchImportRequest(directory=directory, import_id=import_id)
        async with aclosing(self._channel.stream(self._calls.WatchImport, request)) as seen:
            async for one in seen:
                yield _import(one)

    async def cancel(self, directory: str, import_id: str) -> v1.Import:
        """Stop one's own import: what was committed stays."""
        request = v1.CancelImportRequest(directory=directory, import_id=import_id)
        return _import(await self._channel.ask(self._calls.CancelImport, request))

    async def approve(self, directory: str, import_id: str) -> v1.Import:
        """Let another's import pass that a safeguard has stopped."""
        request = v1.ApproveImportRequest(directory=directory, import_id=import_id)
        return _import(await self._channel.ask(self._calls.ApproveImport, request))

    async def apply(
        self, directory: str, import_id: str, only: ImportOptions | None = None
    ) -> AsyncGenerator[Applied]:
        """Apply a previewed or approved import: results as they come, the summary last.

        Of `only` its `only_lines` and `only_outcomes` count; without it, all is applied.
        """
        chosen = only or ImportOptions()
        request = v1.ApplyImportRequest(
            directory=directory,
            import_id=import_id,
            only_lines=chosen.only_lines,
            only_outcomes=chosen.only_outcomes,
            compact_results=True,
        )
        async with aclosing(self._channel.stream(self._calls.ApplyImport, request)) as events:
            async for answer in events:
                if answer.HasField("results"):
                    yield received(answer.results)
                elif answer.HasField("summary"):
                    yield answer.summary


def _import(answer: object) -> v1.Import:
    found: v1.Import = getattr(answer, "import")  # a keyword of Python
    return found
