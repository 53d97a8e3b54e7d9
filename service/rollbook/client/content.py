"""Makes the messages of an import after `start`, from a file, a stream or rows."""

import asyncio
import hashlib
import os
import threading
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterable, Mapping
from pathlib import Path
from typing import Protocol

from rollbook.model import ATTRIBUTE_PREFIX
from rollbook.v1.imports_pb2 import ImportEnd, ImportUsersRequest, UserRow, UserRows

CHUNK_BYTES = 256 * 1024
"""The largest chunk that a server takes."""
_ROWS = 1_000  # most in one message
_ROWS_BYTES = 512 * 1024  # half of what a server takes, whatever the last row of a message adds


class Content(Protocol):
    """What is imported.

    `size` is its bytes, None if unknown; `repeatable` whether it can be sent again from its first
    byte, which resuming needs.
    """

    @property
    def size(self) -> int | None:
        """Bytes, None if unknown."""

    @property
    def repeatable(self) -> bool:
        """Whether `messages` can be called again and yields the same."""

    def messages(self) -> AsyncGenerator[ImportUsersRequest]:
        """`csv` or `rows` messages, then `end` with what was sent, to be compared."""


class FileContent:
    """A regular file on disk; read while it is sent, a chunk at a time."""

    repeatable = True

    def __init__(self, path: Path):
        self._path = path
        self.size: int | None = path.stat().st_size

    async def messages(self) -> AsyncGenerator[ImportUsersRequest]:
        """As `Content.messages`.

        Raises:
            OSError: the file cannot be opened or read.
        """
        descriptor = os.open(self._path, os.O_RDONLY)
        try:
            async for message in _csv_messages(read_chunks(descriptor)):
                yield message
        finally:
            os.close(descriptor)


class StreamContent:
    """Bytes that come once, such as stdin: nothing keeps them, so they cannot be sent again."""

    repeatable = False
    size: int | None = None

    def __init__(self, chunks: AsyncIterable[bytes]):
        self._chunks = chunks

    def messages(self) -> AsyncGenerator[ImportUsersRequest]:
        """As `Content.messages`."""
        return _csv_messages(self._chunks)


class RowsContent:
    """Users as mappings from field to text; a field left out is an absent column.

    Further fields go as `attributes.NAME`. Repeatable where the iterable is (a list is, a
    generator is not).
    """

    size: int | None = None

    def __init__(self, rows: Iterable[Mapping[str, str | None]]):
        self._rows = rows
        self.repeatable = iter(rows) is not rows

    async def messages(self) -> AsyncGenerator[ImportUsersRequest]:
        """As `Content.messages`.

        Raises:
            ValueError: a row has a field that users do not have.
        """
        held: list[UserRow] = []
        held_bytes = total = 0
        for given in self._rows:
            row = user_row(given)
            held.append(row)
            held_bytes += row.ByteSize()
            total += 1
            if len(held) == _ROWS or held_bytes >= _ROWS_BYTES:
                yield ImportUsersRequest(rows=UserRows(rows=held))
                held, held_bytes = [], 0
        if held:
            yield ImportUsersRequest(rows=UserRows(rows=held))
        yield ImportUsersRequest(end=ImportEnd(total_rows=total))


async def _csv_messages(chunks: AsyncIterable[bytes]) -> AsyncGenerator[ImportUsersRequest]:
    digest, total = hashlib.sha256(), 0
    async for chunk in chunks:
        digest.update(chunk)
        total += len(chunk)
        for at in range(0, len(chunk), CHUNK_BYTES):
            yield ImportUsersRequest(csv=chunk[at : at + CHUNK_BYTES])
    yield ImportUsersRequest(end=ImportEnd(total_bytes=total, sha256=digest.digest()))


async def read_chunks(descriptor: int) -> AsyncIterator[bytes]:
    """The bytes of an open file, pipe or terminal, as they come, without blocking the event loop.

    Raises:
        OSError: it cannot be read.
    """
    while chunk := await _read(descriptor):
        yield chunk


async def _read(descriptor: int) -> bytes:
    # A daemon thread of our own: one of a pool would delay the exit of the process until a key is
    # pressed. And no buffered file: the interpreter would wait for its lock when it ends.
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[bytes] = loop.create_future()

    def settle(chunk: bytes, fault: OSError | None) -> None:
        if answer.done():  # no caller waits any more
            return
        if fault is None:
            answer.set_result(chunk)
        else:
            answer.set_exception(fault)

    def read() -> None:
        chunk, fault = b"", None
        try:
            chunk = os.read(descriptor, CHUNK_BYTES)
        except OSError as wrong:
            fault = wrong
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, chunk, fault)

    threading.Thread(target=read, name="rollbook-read", daemon=True).start()
    return await answer


def user_row(given: Mapping[str, str | None]) -> UserRow:
    """A user as a typed row; None is an absent column.

    Raises:
        ValueError: there is no such field; the message lists the fields.
    """
    fields: dict[str, str] = {}
    attributes: dict[str, str] = {}
    for name, value in given.items():
        if value is None:
            continue
        if name.startswith(ATTRIBUTE_PREFIX):
            attributes[name.removeprefix(ATTRIBUTE_PREFIX)] = value
        elif name in _FIELDS:
            fields[name] = value
        else:
            raise ValueError(f"users have no field {name!r}; known: {', '.join(_FIELDS)}")
    row = UserRow(attributes=attributes)
    for name, value in fields.items():
        setattr(row, name, value)
    return row


_FIELDS = tuple(field.name for field in UserRow.DESCRIPTOR.fields if field.name != "attributes")
