"""A process beside the server's, for the rows of large files.

Python runs one thread at a time, so a thread that reads rows takes its time from the loop that
talks to PostgreSQL and to clients. The process is forked before the server has any thread, and
costs some milliseconds and little memory of its own. Objects live in it, one an import, and are
called by messages; what they need and what they answer is pickled. It ends when its server does,
however that ends.
"""

import asyncio
import copyreg
import gc
import os
import pickle
import signal
import socket
import struct
import sys
import traceback
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from types import MappingProxyType
from typing import Any, NamedTuple, NoReturn

import structlog

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


def _read_only(given: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(given)


copyreg.pickle(MappingProxyType, lambda given: (_read_only, (dict(given),)))

_SIZE = struct.Struct("!Q")
_MAKE, _DROP = "", "-"
"""In the place of a method: an object is made, or let go."""


class WorkerProcessEndedError(Exception):
    """The process is gone, and with it all that was in it."""


class _Request(NamedTuple):
    """Call `method` of the object with that number."""

    number: int
    method: str
    args: tuple[Any, ...]


class WorkerProcess:
    """The process. It takes the requests of all imports in the order in which they come."""

    def __init__(self, ours: socket.socket, pid: int) -> None:
        self._socket = ours
        self._pid = pid
        self._numbers = count()
        self._link: _Link | None = None

    @classmethod
    def start(cls, make: Callable[..., object]) -> "WorkerProcess":
        """Fork it. `make` makes each object there. To be called before any thread is started."""
        ours, theirs = socket.socketpair()
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            ours.close()
            _serve(theirs, make)
        theirs.close()
        return cls(ours, pid)

    @property
    def pid(self) -> int:
        """Its number, by which its memory can be asked."""
        return self._pid

    @property
    def ended(self) -> bool:
        """Whether it is gone: it is not started again."""
        return self._link is None or self._link.ended

    async def connect(self) -> None:
        """Let it be used by the running loop."""
        _, self._link = await asyncio.get_running_loop().create_connection(_Link, sock=self._socket)

    async def place(self, *args: Any) -> "Placed":
        """Make an object in it, of these arguments.

        Raises:
            WorkerProcessEndedError: there is none.
            Exception: what making it raised.
        """
        if self._link is None:
            raise WorkerProcessEndedError
        placed = Placed(self._link, next(self._numbers))
        await placed.call(_MAKE, *args)
        return placed

    def disconnect(self) -> None:
        """Nothing more is asked; it ends."""
        if self._link:
            self._link.close()

    def close(self) -> None:
        """End it, and wait until it has. The loop is over, or has disconnected."""
        self._socket.close()
        with suppress(ChildProcessError):
            os.waitpid(self._pid, 0)


class Placed:
    """An object in the process."""

    def __init__(self, link: "_Link", number: int) -> None:
        self._link = link
        self._number = number

    async def call(self, method: str, *args: Any) -> Any:
        """What the method answers or raises there.

        Raises:
            WorkerProcessEndedError: the process is gone.
        """
        packed = await self._link.ask(_Request(self._number, method, args))
        answer, error = pickle.loads(packed)  # noqa: S301 -- written by a process of our own
        if error:
            raise error.again()
        return answer

    def drop(self) -> None:
        """Let go of the object. Nothing is waited for."""
        self._link.send(_Request(self._number, _DROP, ()))


class _Link(asyncio.BufferedProtocol):
    """Our end of the socket. Answers come in the order of the requests, each behind its size."""

    def __init__(self) -> None:
        self.ended = False
        self._waiting: deque[asyncio.Future[bytearray]] = deque()
        self._transport: asyncio.Transport | None = None
        self._begin()

    def _begin(self) -> None:
        self._buffer = bytearray(_SIZE.size)
        self._filled = 0
        self._in_body = False

    def connection_made(self, transport: Any) -> None:
        """Remember where to write."""
        self._transport = transport
        transport.set_write_buffer_limits(1 << 20)

    def ask(self, request: _Request) -> "asyncio.Future[bytearray]":
        """The bytes of the answer."""
        answer: asyncio.Future[bytearray] = asyncio.get_running_loop().create_future()
        if self.ended:
            answer.set_exception(WorkerProcessEndedError())
            return answer
        self._waiting.append(answer)
        self._write(request)
        return answer

    def send(self, request: _Request) -> None:
        """Ask for what has no answer."""
        if not self.ended:
            self._write(request)

    def _write(self, request: _Request) -> None:
        if self._transport:
            packed = pickle.dumps(tuple(request), pickle.HIGHEST_PROTOCOL)
            self._transport.writelines((_SIZE.pack(len(packed)), packed))

    def get_buffer(self, sizehint: int) -> memoryview:
        """Where the next bytes belong."""
        return memoryview(self._buffer)[self._filled :]

    def buffer_updated(self, nbytes: int) -> None:
        """So many bytes have come."""
        self._filled += nbytes
        if self._filled < len(self._buffer):
            return
        if not self._in_body:
            self._buffer = bytearray(*_SIZE.unpack(self._buffer))
            self._filled, self._in_body = 0, True
            return
        whole = self._buffer
        self._begin()
        answer = self._waiting.popleft()
        if not answer.done():
            answer.set_result(whole)

    def connection_lost(self, exc: Exception | None) -> None:
        """All who wait learn that it has ended."""
        if not self.ended:
            _log.error("worker process ended")
        self.ended = True
        while self._waiting:
            answer = self._waiting.popleft()
            if not answer.done():
                answer.set_exception(WorkerProcessEndedError())

    def close(self) -> None:
        """Nothing more is asked."""
        self.ended = True
        if self._transport:
            self._transport.abort()


class _Raised:
    """An exception that was raised there, whatever its class wants to be made of."""

    def __init__(self, error: BaseException) -> None:
        self._type = type(error)
        self._args = error.args
        self._facts = dict(error.__dict__)
        *_, last = traceback.extract_tb(error.__traceback__)
        self._place = f"in the worker process: {last.name}, line {last.lineno}"

    def again(self) -> BaseException:
        """The same here."""
        error: BaseException = self._type.__new__(self._type, *self._args)
        error.__dict__.update(self._facts)
        error.args = self._args
        error.add_note(self._place)
        return error


def _serve(theirs: socket.socket, make: Callable[..., object]) -> NoReturn:
    """Answer requests until the other end is closed."""
    # Its server gets the signals, and then closes the socket.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    objects: dict[int, Any] = {}
    try:
        while True:
            size = bytearray(_SIZE.size)
            _fill(theirs, size)
            packed = bytearray(*_SIZE.unpack(size))
            _fill(theirs, packed)
            request = _Request(*pickle.loads(packed))  # noqa: S301 -- as above
            del packed
            if request.method == _DROP:
                objects.pop(request.number, None)
                continue
            answer = _answer(objects, make, request)
            del request
            theirs.sendall(_SIZE.pack(len(answer)))
            theirs.sendall(answer)
            del answer
    except (EOFError, OSError):
        pass
    finally:
        os._exit(0)


def _answer(objects: dict[int, Any], make: Callable[..., object], request: _Request) -> bytes:
    """What comes of a request, or the error, packed."""
    try:
        found: Any = None
        if request.method == _MAKE:
            objects[request.number] = make(*request.args)
        else:
            found = getattr(objects[request.number], request.method)(*request.args)
        return pickle.dumps((found, None), pickle.HIGHEST_PROTOCOL)
    except Exception as error:
        return pickle.dumps((None, _Raised(error)), pickle.HIGHEST_PROTOCOL)


def _fill(theirs: socket.socket, buffer: bytearray) -> None:
    """Fill it from the socket.

    Raises:
        EOFError: the other end is closed.
    """
    left = memoryview(buffer)
    while left:
        got = theirs.recv_into(left)
        if not got:
            raise EOFError
        left = left[got:]
