"""A real gRPC server whose answers a test sets, and which records its requests."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import grpc
import grpc.aio
from google.protobuf.any_pb2 import Any as Packed
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status

from rollbook.client import Event, Interrupted
from rollbook.errors import RollbookError
from rollbook.v1.imports_pb2 import (
    CleanResults,
    ImportAccepted,
    ImportStart,
    ImportState,
    ImportSummary,
    ImportUsersRequest,
    ImportUsersResponse,
    RowResults,
)
from rollbook.v1.results_pb2 import Outcome, RowResult

Requests = AsyncIterator[ImportUsersRequest]
Responses = AsyncIterator[ImportUsersResponse]
Answer = ImportUsersResponse | grpc.StatusCode | Status
"""A message; or how the call ends: a bare status, or one with details."""


@dataclass
class Call:
    """One call as the server saw it."""

    token: str = ""
    start: ImportStart = field(default_factory=ImportStart)
    chunks: list[int] = field(default_factory=list)
    content: bytes = b""
    requests: list[ImportUsersRequest] = field(default_factory=list)


@dataclass
class Peer:
    """Reads all of each call, then answers it with the next of `answers`; the last one again.

    A `hasty` one reads `start` alone, and answers while its client still sends.
    """

    answers: Sequence[Sequence[Answer]]
    hasty: bool = False
    address: str = ""
    calls: list[Call] = field(default_factory=list)

    async def import_users(
        self,
        request_iterator: AsyncIterator[ImportUsersRequest],
        context: "grpc.aio.ServicerContext[Requests, Responses]",
    ) -> AsyncIterator[ImportUsersResponse]:
        call = Call()
        self.calls.append(call)
        call.token = str(dict(context.invocation_metadata() or ())["authorization"])
        async for request in request_iterator:
            call.requests.append(request)
            if request.HasField("start"):
                call.start = request.start
            if request.HasField("csv"):
                call.chunks.append(len(request.csv))
                call.content += request.csv
            if self.hasty:
                break
        for answer in self.answers[min(len(self.calls), len(self.answers)) - 1]:
            match answer:
                case ImportUsersResponse():
                    yield answer
                case Status():
                    code = next(c for c in grpc.StatusCode if c.value[0] == answer.code)
                    details = (("grpc-status-details-bin", answer.SerializeToString()),)
                    await context.abort(code, answer.message, details)
                case _:
                    await context.abort(answer, "broken")


@asynccontextmanager
async def serving(*answers: Sequence[Answer], hasty: bool = False) -> AsyncIterator[Peer]:
    """A peer that answers its first call with the first of `answers`, and so on."""
    peer = Peer(answers, hasty)
    server = grpc.aio.server()
    handler = grpc.stream_stream_rpc_method_handler(
        peer.import_users,
        ImportUsersRequest.FromString,
        ImportUsersResponse.SerializeToString,
    )
    server.add_registered_method_handlers("rollbook.v1.ImportService", {"ImportUsers": handler})
    peer.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    await server.start()
    try:
        yield peer
    finally:
        await server.stop(0)


ACCEPTED = ImportUsersResponse(accepted=ImportAccepted())
SUMMARY = ImportUsersResponse(
    summary=ImportSummary(state=ImportState.IMPORT_STATE_COMPLETED, rows=3, created=3)
)


def created(*rows: int) -> ImportUsersResponse:
    """Results of data rows, each on the line after its number."""
    results = [RowResult(line=row + 1, row=row, outcome=Outcome.OUTCOME_CREATED) for row in rows]
    return ImportUsersResponse(results=RowResults(results=results))


def columns(*rows: int) -> ImportUsersResponse:
    """The same results in columns."""
    firsts = [at for at, row in enumerate(rows) if not at or rows[at - 1] != row - 1]
    ends = [*firsts[1:], len(rows)]
    clean = CleanResults(
        lines=[rows[at] + 1 for at in firsts],
        rows=[rows[at] for at in firsts],
        outcomes=[Outcome.OUTCOME_CREATED] * len(firsts),
        counts=[end - at for at, end in zip(firsts, ends, strict=True)],
        employee_numbers="\n" * (len(rows) - 1),
    )
    return ImportUsersResponse(results=RowResults(clean=clean))


def refusal(
    code: grpc.StatusCode, reason: str, message: str, retry: int = 0, **facts: str
) -> Status:
    """A status as Rollbook sends it."""
    details = [_packed(ErrorInfo(reason=reason, domain="rollbook", metadata=facts))]
    if retry:
        details.append(_packed(RetryInfo(retry_delay=Duration(seconds=retry))))
    return Status(code=code.value[0], message=message, details=details)


def _packed(detail: ErrorInfo | RetryInfo) -> Packed:
    packed = Packed()
    packed.Pack(detail)
    return packed


async def taken(
    events: AsyncIterator[Event | Interrupted],
) -> tuple[list[Event | Interrupted], RollbookError | None]:
    """All events of an import, and the error that it ends with."""
    seen: list[Event | Interrupted] = []
    try:
        async for event in events:
            seen += [event]
    except RollbookError as ended:
        return seen, ended
    return seen, None


def rows_of(events: Sequence[Event | Interrupted]) -> list[int]:
    """The numbers of the rows whose results are among the events."""
    return [r.row for event in events if isinstance(event, RowResults) for r in event.results]


async def one_byte() -> AsyncIterator[bytes]:
    """The shortest stream."""
    yield b"a"
