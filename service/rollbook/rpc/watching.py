"""Methods on one import as it runs; being built."""

from collections.abc import AsyncIterator

from rollbook.errors import Reason, Refusal
from rollbook.rpc.part import Part
from rollbook.rpc.refusing import Context
from rollbook.v1 import imports_pb2


def _soon() -> Refusal:
    return Refusal(Reason.INVALID_OPTIONS, "Not available yet.", {"not_available": "true"})


class Watching(Part):
    """See the contract."""

    async def ListImports(self, r: imports_pb2.ListImportsRequest, _c: Context) -> None:
        raise _soon()

    async def ListImportIssues(self, r: imports_pb2.ListImportIssuesRequest, _c: Context) -> None:
        raise _soon()

    async def DownloadReport(
        self, r: imports_pb2.DownloadReportRequest, _c: Context
    ) -> AsyncIterator[imports_pb2.DownloadReportResponse]:
        raise _soon()
        yield

    async def WatchImport(
        self, r: imports_pb2.WatchImportRequest, _c: Context
    ) -> AsyncIterator[imports_pb2.WatchImportResponse]:
        raise _soon()
        yield

    async def CancelImport(self, r: imports_pb2.CancelImportRequest, _c: Context) -> None:
        raise _soon()

    async def ApproveImport(self, r: imports_pb2.ApproveImportRequest, _c: Context) -> None:
        raise _soon()

    async def ApplyImport(
        self, r: imports_pb2.ApplyImportRequest, _c: Context
    ) -> AsyncIterator[imports_pb2.ApplyImportResponse]:
        """Until the lead's is there."""
        raise _soon()
        yield
