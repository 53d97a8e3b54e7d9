"""Turns a failed call into a RollbookError."""

from collections.abc import Iterable

import grpc
import grpc.aio
from google.rpc import error_details_pb2, status_pb2

from rollbook.errors import VERDICTS, FileFault, Reason, Refusal, RollbookError

_DETAILS = "grpc-status-details-bin"
_DOMAIN = "rollbook"
_OF_THE_FILE = 3  # the exit code that all faults of the file share

_BY_STATUS: dict[grpc.StatusCode, Reason] = {
    grpc.StatusCode.CANCELLED: Reason.TRUNCATED_STREAM,
    grpc.StatusCode.INVALID_ARGUMENT: Reason.REQUEST_MALFORMED,
    grpc.StatusCode.DEADLINE_EXCEEDED: Reason.STREAM_IDLE,
    grpc.StatusCode.NOT_FOUND: Reason.RESOURCE_NOT_FOUND,
    grpc.StatusCode.ALREADY_EXISTS: Reason.RESOURCE_EXISTS,
    grpc.StatusCode.PERMISSION_DENIED: Reason.PERMISSION_DENIED,
    grpc.StatusCode.UNAUTHENTICATED: Reason.TOKEN_INVALID,
    grpc.StatusCode.RESOURCE_EXHAUSTED: Reason.MESSAGE_TOO_LARGE,
    grpc.StatusCode.FAILED_PRECONDITION: Reason.RESOURCE_IN_USE,
    grpc.StatusCode.ABORTED: Reason.TRUNCATED_STREAM,
    grpc.StatusCode.UNIMPLEMENTED: Reason.INVALID_OPTIONS,
    grpc.StatusCode.UNAVAILABLE: Reason.SERVER_DRAINING,
}
"""What a status means that brings no reason we know: a proxy's, gRPC's own, or a newer server's."""


def from_call(broken: grpc.aio.AioRpcError, address: str) -> RollbookError:
    """The error that ended a call to `address`.

    A reason that this client does not know keeps its word in `facts["reason"]` and takes the
    exit code of its status.
    """
    word, facts = _reason_and_facts(broken.trailing_metadata())
    message = broken.details() or ""
    if not word:
        return _without_reason(broken.code(), message, address)
    try:
        reason = Reason(word.lower())
    except ValueError:
        facts["reason"] = word.lower()
        reason = _BY_STATUS.get(broken.code(), Reason.INTERNAL_ERROR)
    line = facts.get("line", "")
    if VERDICTS[reason].exit_code == _OF_THE_FILE and line.isdecimal():
        return FileFault(reason, message, line=int(line), facts=facts)
    return Refusal(reason, message, facts)


def _reason_and_facts(
    metadata: Iterable[tuple[str, str | bytes]] | None,
) -> tuple[str, dict[str, str]]:
    """The reason's word and its facts, as the server wrote them; '' where it wrote none."""
    for key, value in metadata or ():
        if key == _DETAILS and isinstance(value, bytes):
            return _unpacked(status_pb2.Status.FromString(value))
    return "", {}


def _unpacked(status: status_pb2.Status) -> tuple[str, dict[str, str]]:
    error = error_details_pb2.ErrorInfo()
    retry = error_details_pb2.RetryInfo()
    found = ""
    facts: dict[str, str] = {}
    for detail in status.details:
        if detail.Unpack(error) and error.domain == _DOMAIN:
            found, facts = error.reason, {**facts, **error.metadata}
        elif detail.Unpack(retry):
            facts["retry_after"] = f"{retry.retry_delay.ToTimedelta().total_seconds():g}"
    return found, facts


def _without_reason(status: grpc.StatusCode, message: str, address: str) -> RollbookError:
    """What it means that no word of Rollbook's came with the status."""
    reason = _BY_STATUS.get(status, Reason.INTERNAL_ERROR)
    facts = {"address": address, "status": status.name}
    if status is grpc.StatusCode.UNAVAILABLE and "failed to connect" in message:
        facts["reached"] = "false"
    match status:
        case grpc.StatusCode.UNAVAILABLE:
            text = _unavailable(message, address)
        case grpc.StatusCode.UNIMPLEMENTED:
            text = f"the server at {address} does not know this call: not Rollbook, or an older one"
        case grpc.StatusCode.DEADLINE_EXCEEDED:
            text = f"no answer from {address} in time; try again"
        case grpc.StatusCode.CANCELLED | grpc.StatusCode.ABORTED:
            text = f"the call to {address} was cut off"
        case _:
            text = f"the server at {address} refused: {message or status.name}"
    return Refusal(reason, text, facts)


_HUNG_UP = "{} closed the connection at once: it may need TLS, or a client certificate"
_NO_CONNECTION = {
    "certificate has expired": "the certificate of {} has expired",
    "CERTIFICATE_VERIFY_FAILED": "the certificate of {} is of no authority that we trust",
    "Hostname Verification Check failed": "the certificate of {} is in another name than this",
    "WRONG_VERSION_NUMBER": "the server at {} speaks no TLS",
    "create security handshaker": "no TLS to {}: the authorities or certificate given are no PEM",
    "Socket closed": _HUNG_UP,
    "Connection reset": _HUNG_UP,
    "Broken pipe": _HUNG_UP,
}
"""What gRPC's words for a connection that did not come about mean, by the first that is in them."""


def _unavailable(message: str, address: str) -> str:
    if "failed to connect" in message:  # else it was there, and has gone
        for words, text in _NO_CONNECTION.items():
            if words in message:
                return text.format(address)
    return f"no answer from {address}: check the address, and that the server runs"
