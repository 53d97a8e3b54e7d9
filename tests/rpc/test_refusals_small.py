"""Far too long texts in requests are refused with a reason that is short.

A status larger than what a client takes as metadata ends in a reset stream, and no reason arrives.
"""

from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.rpc.error_details_pb2 import ErrorInfo
from grpc_status.rpc_status import from_call

from rollbook.errors import Reason
from tests.environment import Server
from tests.rpc.test_door import METHODS

_KIB = 1024
_MOST = 4 * _KIB
_LONG = {
    "8 KiB": "x" * 8 * _KIB,
    "8 KiB of emoji": "🙂" * 2 * _KIB,
    "almost 1 MiB": "x" * (_KIB * _KIB - 2 * _KIB),
    "1 MiB": "x" * _KIB * _KIB,
}
_MANY = 80_000
_FILLED = {
    "name": "Standard",
    "email": "a@example.org",
    "import_id": "00000000-0000-4000-8000-000000000001",
    "principal": "somebody",
}
"""What the other fields of a request hold, so that it gets as far as the field at hand."""

Path = tuple[FieldDescriptor, ...]


def _repeated(field: FieldDescriptor) -> bool:
    return bool(field.is_repeated)


def _is_map(field: FieldDescriptor) -> bool:
    return bool(field.message_type and field.message_type.GetOptions().map_entry)


def _paths(message: Descriptor, before: Path = ()) -> Iterator[Path]:
    """Every field of texts or bytes in a message, and how it is reached."""
    for field in message.fields:
        if field.message_type and not _is_map(field):
            if field.message_type not in [step.message_type for step in before]:
                yield from _paths(field.message_type, (*before, field))
        elif _is_map(field) or field.type in (field.TYPE_STRING, field.TYPE_BYTES):
            yield (*before, field)


CASES = [
    pytest.param(method, path, id=f"{method.rpartition('/')[2]}-{'.'.join(f.name for f in path)}")
    for method, found in sorted(METHODS.items())
    for path in _paths(found.input_type)
]


def _request(method: str, path: Path, value: Any, directory: str) -> Message:
    """A request with this value at the path; the fields beside it hold what is usual."""
    request: Any = GetMessageClass(METHODS[method].input_type)()
    message = request
    for step in path:
        for field in message.DESCRIPTOR.fields:
            if (
                field.type == field.TYPE_STRING
                and not _repeated(field)
                and field.containing_oneof is None
            ):
                if field.name == "directory":
                    setattr(message, field.name, directory)
                elif field.name in _FILLED:
                    setattr(message, field.name, _FILLED[field.name])
        if step is path[-1]:
            break
        inner = getattr(message, step.name)
        message = inner.add() if _repeated(step) else inner
    last = path[-1]
    if _is_map(last):
        getattr(message, last.name).update(
            value if isinstance(value, dict) else {value: value[:99]}
        )
    elif _repeated(last):
        values = value if isinstance(value, list) else [value]
        getattr(message, last.name).extend(
            one.encode() if last.type == last.TYPE_BYTES else one for one in values
        )
    else:
        setattr(message, last.name, value.encode() if last.type == last.TYPE_BYTES else value)
    return request  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def channel(server: Server) -> Iterator[grpc.Channel]:
    """To the server, with a client's usual limits."""
    with grpc.insecure_channel(server.address) as opened:
        yield opened


def _check(channel: grpc.Channel, server: Server, method: str, request: Message) -> None:
    """The call succeeds, or ends with a reason of ours of at most 4 KiB, and no internal error."""
    stream: Any = channel.stream_stream(method)
    call = stream(
        iter([request.SerializeToString()]),
        metadata=[("authorization", f"Bearer {server.token}")],
        timeout=60,
    )
    try:
        for _ in call:
            pass
    except grpc.RpcError:
        status = from_call(call)
        assert status is not None, (call.code(), call.details())
        info = ErrorInfo()
        assert status.details[0].Unpack(info)
        assert info.reason.lower() in {reason.value for reason in Reason}
        assert info.reason != "INTERNAL_ERROR", status.message
        size = sum(len(key) + len(value) for key, value in call.trailing_metadata())
        assert size + 3 * len(status.message.encode()) <= _MOST, size


@pytest.mark.parametrize(("method", "path"), CASES)
@pytest.mark.few(60)
def test_a_text_that_is_far_too_long_has_a_short_answer(
    server: Server, channel: grpc.Channel, directory: str, method: str, path: Path
) -> None:
    """A text of 8 KiB or 1 MiB, a list or map of so many: the answer is ours, within 4 KiB."""
    for value in _LONG.values():
        _check(channel, server, method, _request(method, path, value, directory))
    last = path[-1]
    if _is_map(last):
        many: Any = {f"k{n}": "x" for n in range(_MANY // 4)}
        _check(channel, server, method, _request(method, path, many, directory))
    elif _repeated(last):
        many = [f"n{n}" for n in range(_MANY)]
        _check(channel, server, method, _request(method, path, many, directory))
