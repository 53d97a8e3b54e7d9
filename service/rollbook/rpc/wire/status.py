"""Converts errors to gRPC statuses, by the table in `errors/status_codes.py`."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NoReturn

import grpc
import structlog
from google.protobuf import any_pb2, duration_pb2
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from rollbook.access import denied
from rollbook.access.method_table import NEEDED
from rollbook.errors import Reason, Refusal, RollbookError
from rollbook.meter import Meter
from rollbook.rpc.wire.servicer import principal
from rollbook.store import Gone, StoreFull, Unavailable

Context = grpc.aio.ServicerContext[Any, Any]

_DOMAIN = "rollbook"
_MOST_MESSAGE_BYTES = 800
_MOST_STATUS_BYTES = 1_200
"""With its trailers a status is at most 4 KiB: its bytes go as base64, and its message once more,
of which each byte may be written as three."""
_LEAST_FACT_BYTES = 32
_OF_RIGHTS = frozenset({"UNAUTHENTICATED", "PERMISSION_DENIED"})
UNKNOWN = "unknown"
"""The name of every method that the service does not have."""
_log = structlog.get_logger()


async def abort(context: Context, error: RollbookError) -> NoReturn:
    """End the call with the error's status, and an ErrorInfo that names its reason."""
    status = _status(error)
    as_status = rpc_status.to_status(status)
    await context.abort(as_status.code, as_status.details, as_status.trailing_metadata)
    raise AssertionError("abort returned")


def _status(error: RollbookError) -> status_pb2.Status:
    """The error as a status that fits, with its trailers, into 4 KiB.

    Beyond what a client takes as metadata, gRPC resets the stream, and no reason arrives.
    """
    code = grpc.StatusCode[error.verdict.status]
    facts = {name: fact for name, fact in error.facts.items() if name != "retry_after_s"}
    while True:
        info = error_details_pb2.ErrorInfo(
            reason=error.reason.value.upper(), domain=_DOMAIN, metadata=facts
        )
        details = [_any(info)]
        if wait := error.facts.get("retry_after_s"):
            delay = duration_pb2.Duration(seconds=int(wait))
            details.append(_any(error_details_pb2.RetryInfo(retry_delay=delay)))
        message = _shortened(error.message, _MOST_MESSAGE_BYTES)
        status = status_pb2.Status(code=code.value[0], message=message, details=details)
        if status.ByteSize() <= _MOST_STATUS_BYTES or not facts:
            return status
        largest = max(facts, key=lambda name: len(facts[name].encode()))
        half = len(facts[largest].encode()) // 2
        if half < _LEAST_FACT_BYTES:
            del facts[largest]
        else:
            facts[largest] = _shortened(facts[largest], half)


def _shortened(text: str, most: int) -> str:
    """The text cut to so many bytes of UTF-8."""
    encoded = text.encode("utf-8", "replace")
    if len(encoded) <= most:
        return encoded.decode()
    return encoded[: most - 3].decode("utf-8", "ignore") + "…"


def _any(message: Any) -> any_pb2.Any:
    packed = any_pb2.Any()
    packed.Pack(message)
    return packed


@asynccontextmanager
async def answered(context: Context, method: str, meter: Meter) -> AsyncIterator[None]:
    """Whatever is raised inside reaches the client as a status; driver text stays in the log.

    `method` is `/package.Service/Method`. A refusal of rights is logged with it, and the call is
    counted with it and its status. An unknown method is not named: it may be any text.
    """
    known = method if method in NEEDED else UNKNOWN
    ended = "CANCELLED"  # unless it comes to an answer
    try:
        yield
        ended = "OK"
    except (grpc.RpcError, grpc.aio.AbortError):
        raise
    except Exception as error:
        refusal = _as_refusal(error)
        ended = refusal.verdict.status
        if ended in _OF_RIGHTS:
            _log.info("refused", method=known, principal=principal(), reason=refusal.reason.value)
        await abort(context, refusal)
    finally:
        meter.calls[known, ended] += 1


def _as_refusal(error: Exception) -> RollbookError:
    """The error that a client gets for an exception, which is being handled."""
    match error:
        case RollbookError():
            return error
        case Unavailable():
            _log.warning("the database is away")
            return Refusal(Reason.SERVER_DRAINING, "The database is away; try again.")
        case StoreFull():
            return Refusal(Reason.STORAGE_FULL, "The database has no room left.")
        case Gone():  # the directory was removed since the call found it
            return denied()
    return bug()


def bug(**facts: str) -> Refusal:
    """INTERNAL_ERROR with a correlation id; the exception being handled goes to the log."""
    correlation = secrets.token_hex(8)
    _log.exception("internal error", correlation_id=correlation, **facts)
    return Refusal(
        Reason.INTERNAL_ERROR,
        f"Something went wrong on the server; its log has it as {correlation}.",
        {"correlation_id": correlation},
    )
