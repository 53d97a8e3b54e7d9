"""The status of a refusal is small enough for every client, whatever it carries."""

from typing import Any
from urllib.parse import quote

import grpc.aio
import pytest
from google.rpc.error_details_pb2 import ErrorInfo
from grpc_status.rpc_status import from_call

from rollbook.errors import Reason, Refusal
from rollbook.rpc.wire.status import Context, abort

_METHOD = "/test.Refusals/Refuse"
_MOST_BYTES = 4096


async def _refused(refusal: Refusal) -> grpc.aio.AioRpcError:
    """What a client gets of it, from a server that listens."""

    async def refuse(_request: bytes, context: Context) -> bytes:
        await abort(context, refusal)

    handlers: dict[str, Any] = {"Refuse": grpc.unary_unary_rpc_method_handler(refuse)}
    server: Any = grpc.aio.server()
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler("test.Refusals", handlers),)
    )
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            call: Any = channel.unary_unary(_METHOD)
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await call(b"")
    finally:
        await server.stop(None)
    return caught.value


@pytest.mark.parametrize("text", ["x", "é", "🙂", "%"])
@pytest.mark.parametrize("facts", [0, 1, 20])
async def test_a_refusal_is_cut_to_four_kib(text: str, facts: int) -> None:
    """With its trailers as they travel: the details in base64, the message in escapes."""
    long = text * 1_500
    carried = {f"fact_{n}": long for n in range(facts)}
    error = await _refused(Refusal(Reason.INVALID_OPTIONS, long, carried))
    trailers = dict(error.trailing_metadata())
    details = trailers["grpc-status-details-bin"]
    assert len(details) * 4 / 3 + len(quote(str(error.details()))) <= _MOST_BYTES
    info = ErrorInfo()
    status: Any = from_call(error)  # type: ignore[arg-type]  # it has what a call has
    status.details[0].Unpack(info)
    assert info.reason == "INVALID_OPTIONS"
