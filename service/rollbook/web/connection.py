"""One connection: how much may come that is of no body, how long it may take, and how it ends."""

from asyncio import TimerHandle, Transport
from collections.abc import Hashable
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_MOST_HEAD_BYTES = 64 * 1024
"""Of what comes before a body, between its chunks and after it; the parser has no bound of its own.
Somewhat more may come, as much as is read at once."""
_LEAST_BYTES = 32 * 1024
"""Of a body that nobody waits for any more: so much must come between two looks."""


class Connection(HttpToolsProtocol):
    """Speaks HTTP, and ends what has no end: heads, bodies that were answered, silent readers.

    The server behind it has limits of its own for a body that is being read.
    """

    look_every = 30.0
    """Seconds. What stands at a look where it stood at the one before is over."""
    _aside = 0
    _heads = 0
    _came = 0
    """Bytes of the body of this request."""
    _within = _in_head = False
    """Whether a request has begun and not ended; and whether it is its head that has not."""
    _leaving = False
    """Whether the connection is closed as soon as the request has ended."""
    _stage: Hashable = None
    _look_again: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Look from now on."""
        super().connection_made(transport)
        self._look_again = self.loop.call_later(self.look_every, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """Look no more."""
        if self._look_again:
            self._look_again.cancel()
        super().connection_lost(exc)

    def _look(self) -> None:
        stage = self._stage_now()
        if stage is not None and stage == self._stage:
            self.transport.abort()
            return
        self._stage = stage
        self._look_again = self.loop.call_later(self.look_every, self._look)

    def _stage_now(self) -> Hashable:
        """What is waited for, and how far that is; None: for an answer, which takes its time."""
        if self.transport.is_closing():
            return "its answer is taken"
        if bool(self.cycle) and not self.cycle.response_complete:
            unread = self.transport.get_write_buffer_size()
            return ("some of the answer is taken", unread) if self.flow.write_paused else None
        if self._within and not self._in_head:
            return "the rest of the body", self._came // _LEAST_BYTES
        return "a head", self._heads

    def data_received(self, data: bytes) -> None:
        """Feed the parser, unless too much came that is of no body."""
        self._aside += len(data)
        super().data_received(data)
        if self._aside <= _MOST_HEAD_BYTES or self.transport.is_closing():
            return
        if bool(self.cycle) and not self.cycle.response_complete:
            self.transport.close()  # its body has not come to its end, and never will
        else:
            self.send_400_response("The head of the request is too long.")

    def on_message_begin(self) -> None:
        """A request begins."""
        self._within = self._in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is over. Of two hosts a proxy might have read the other one.

        Raises:
            ValueError: there are two, which ends in 400.
        """
        self._aside = self._came = 0
        self._in_head = False
        self._heads += 1
        if sum(name == b"host" for name, _ in self.headers) > 1:
            raise ValueError
        super().on_headers_complete()
        self.cycle.transport = _Lingering(self)  # type: ignore[assignment]  # as far as it is used

    def on_body(self, body: bytes) -> None:
        """Some of the body came."""
        self._aside = 0
        self._came += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is over."""
        self._within = False
        super().on_message_complete()
        if self._leaving:
            self.transport.close()

    def leave(self) -> None:
        """Close the connection; if the request was answered before its end, only then.

        Of a connection that is closed with bytes unread, the system tells the other side that it
        was reset. A client that still sends a file may then see that alone, and not the answer.
        """
        if not (self._within and self.cycle.response_complete):
            self.transport.close()
            return
        self._leaving = True
        if self.transport.can_write_eof():
            self.transport.write_eof()


class _Lingering:
    """What the answer to a request sees of its connection."""

    def __init__(self, connection: Connection):
        self._connection = connection

    def close(self) -> None:
        """Leave the connection."""
        self._connection.leave()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection.transport, name)
