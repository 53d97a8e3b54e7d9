"""A TCP proxy before a server that a test can cut, stall or listen to.

What is cut is reset (RST), as a machine that dies or a firewall that forgets does it.
"""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from enum import Enum, auto
from urllib.parse import parse_qs, urlsplit

Opened = tuple[asyncio.StreamReader, asyncio.StreamWriter]
_PIECE = 64 * 1024


class Fate(Enum):
    """What happens to the bytes that a client sent."""

    PASS = auto()
    """They go on."""
    LOSE = auto()
    """They are lost, and the connection is cut."""
    PASS_AND_CUT = auto()
    """They go on, and the connection is cut at once."""
    PASS_AND_LOSE_REPLY = auto()
    """They go on, and the connection is cut when the reply comes."""


class Proxy:
    """A TCP port of this test's own; `address` is HOST:PORT. Made with `open_proxy`."""

    def __init__(self, connect: Callable[[], Awaitable[Opened]]):
        self._connect = connect
        self._open = asyncio.Event()
        self._open.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.fate: Callable[[bytes], Fate] = lambda _: Fate.PASS
        self.bytes_up = 0
        self.address = ""

    def cut(self) -> None:
        """Reset every connection that there is; new ones are taken."""
        for writer in list(self._writers):
            _reset(writer)

    @contextmanager
    def stalled(self) -> Iterator[None]:
        """Let nothing through, in either direction, while this lasts."""
        self._open.clear()
        try:
            yield
        finally:
            self._open.set()

    def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A client has come."""
        self._writers.add(writer)
        task = asyncio.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Cut all that is left."""
        self.cut()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0)  # the transports are closed in the loop's next step

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await self._connect()
        except OSError:
            self._writers.discard(writer)
            _reset(writer)
            return
        self._writers.add(back)
        losing = asyncio.Event()
        ways = [
            asyncio.create_task(self._up(reader, back, writer, losing)),
            asyncio.create_task(self._down(there, writer, losing)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            self._writers -= {writer, back}
            _reset(back)
            _reset(writer)

    async def _up(
        self,
        reader: asyncio.StreamReader,
        back: asyncio.StreamWriter,
        client: asyncio.StreamWriter,
        losing: asyncio.Event,
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(_PIECE):
                await self._open.wait()
                self.bytes_up += len(data)
                fate = self.fate(data)
                if fate is Fate.LOSE:
                    return
                if fate is Fate.PASS_AND_LOSE_REPLY:
                    losing.set()
                back.write(data)
                await back.drain()
                if fate is Fate.PASS_AND_CUT:
                    _reset(client)
                    return

    async def _down(
        self, there: asyncio.StreamReader, writer: asyncio.StreamWriter, losing: asyncio.Event
    ) -> None:
        with suppress(OSError):
            while data := await there.read(_PIECE):
                await self._open.wait()
                if losing.is_set():
                    return
                writer.write(data)
                await writer.drain()


@asynccontextmanager
async def open_proxy(connect: Callable[[], Awaitable[Opened]]) -> AsyncIterator[Proxy]:
    """A proxy to whatever `connect` opens, for as long as this lasts."""
    proxy = Proxy(connect)
    listening = await asyncio.start_server(proxy.take, "127.0.0.1", 0)
    host, port = listening.sockets[0].getsockname()[:2]
    proxy.address = f"{host}:{port}"
    try:
        yield proxy
    finally:
        listening.close()
        await proxy.close()


@asynccontextmanager
async def before_server(address: str) -> AsyncIterator[Proxy]:
    """A proxy to a server that listens on HOST:PORT."""
    host, _, port = address.rpartition(":")
    async with open_proxy(lambda: asyncio.open_connection(host, int(port))) as proxy:
        yield proxy


@asynccontextmanager
async def before_database(where: Callable[[], str]) -> AsyncIterator[tuple[Proxy, str]]:
    """A proxy to the PostgreSQL whose URL `where` returns at each connection, and its own URL."""

    async def connect() -> Opened:
        try:
            folder, port = _socket_of(where())
        except RuntimeError:  # an embedded PostgreSQL that is between its stop and its start
            raise ConnectionRefusedError from None
        return await asyncio.open_unix_connection(f"{folder}/.s.PGSQL.{port}")

    async with open_proxy(connect) as proxy:
        url = urlsplit(where())
        user = url.username or "rollbook"
        yield proxy, f"postgresql://{user}@{proxy.address}{url.path}"


def _socket_of(url: str) -> tuple[str, str]:
    asked = parse_qs(urlsplit(url).query)
    return asked["host"][0], asked["port"][0]


def _reset(writer: asyncio.StreamWriter) -> None:
    found = writer.get_extra_info("socket")
    if found is not None and found.family != socket.AF_UNIX:
        with suppress(OSError):
            found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
