"""An open file, pipe or terminal → its bytes as they come, without holding up the loop."""

import asyncio
import os
import threading
from collections.abc import AsyncIterator

_READ_BYTES = 256 * 1024


async def read_chunks(descriptor: int) -> AsyncIterator[bytes]:
    """What is read from the file descriptor, to its end; a slow pipe's bytes as soon as they come.

    Raises:
        OSError: it cannot be read.
    """
    while chunk := await _read(descriptor):
        yield chunk


async def _read(descriptor: int) -> bytes:
    # A daemon thread of our own: one of a pool would hold the exit of the process until somebody
    # presses a key. And no buffered file: the interpreter would wait for its lock when it ends.
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[bytes] = loop.create_future()

    def settle(chunk: bytes, fault: OSError | None) -> None:
        if answer.done():  # nobody waits any more
            return
        if fault is None:
            answer.set_result(chunk)
        else:
            answer.set_exception(fault)

    def read() -> None:
        chunk, fault = b"", None
        try:
            chunk = os.read(descriptor, _READ_BYTES)
        except OSError as wrong:
            fault = wrong
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, chunk, fault)

    threading.Thread(target=read, name="rollbook-read", daemon=True).start()
    return await answer
