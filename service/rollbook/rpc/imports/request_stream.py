"""Reads the messages of an import's stream, and checks their order."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

from rollbook.errors import Reason, Refusal
from rollbook.imports.rows.source import End, Part
from rollbook.model import Field
from rollbook.settings import Settings
from rollbook.v1 import imports_pb2

_FIELDS = {field.traits.wire: field.value for field in Field}

_BEHIND_END_S = 0.005
"""How long to look for something behind `end`: what was sent with it is there by then."""


class RequestStream:
    """Reads a message only when the import asks for one; so gRPC holds back who sends too fast.

    A cancelled or killed client looks like a normal end of the stream: parts simply end, and only
    `End` among them means that the file is whole.
    """

    def __init__(
        self,
        requests: AsyncIterator[imports_pb2.ImportUsersRequest | Refusal],
        settings: Settings,
        draining: asyncio.Event,
    ):
        self._requests = requests
        self._settings = settings
        self._draining = draining
        self._gone = asyncio.Event()
        self._why: Refusal | None = None
        self.bytes_received = 0
        self._measured_bytes = 0
        self._measured_s = 0.0

    async def start(self) -> imports_pb2.ImportStart:
        """The first message.

        Raises:
            Refusal: SEQUENCE_ERROR, it is no `start`; STREAM_IDLE, it does not come;
                SERVER_DRAINING; or what is wrong with the message itself.
        """
        first = await self._read(self._settings.first_message_wait)
        if first is None or first.WhichOneof("part") != "start":
            raise _out_of_order("The first message must be `start`.")
        return first.start

    async def parts(self, ended: Callable[[], Awaitable[None]]) -> AsyncIterator[Part]:
        """What comes after `start`, to `end` or to where the stream breaks off.

        `ended` is called when `end` was read, before it is processed.

        Raises:
            Refusal: as `start`; MESSAGE_TOO_LARGE, a chunk or too many rows.
        """
        while (message := await self._measured()) is not None:
            kind = message.WhichOneof("part")
            if kind == "csv":
                self.bytes_received += len(message.csv)
                yield self._chunk(message.csv)
            elif kind == "rows":
                yield self._rows(message.rows)
            elif kind == "end":
                await self._nothing_more()
                await ended()
                yield _end(message.end)
                return
            else:
                raise _out_of_order("After `start` come `csv` or `rows`, then `end`.")

    async def _measured(self) -> imports_pb2.ImportUsersRequest | None:
        """The next message, of a file that comes fast enough.

        Silence has a limit of its own. Only the time counts in which the server reads: a client
        that it holds back is not slow.

        Raises:
            Refusal: STREAM_IDLE, the file comes too slowly; or as `_read`.
        """
        clock = asyncio.get_running_loop().time
        began = clock()
        message = await self._read(self._settings.message_gap)
        self._measured_s += clock() - began
        if message is None:
            return None
        self._measured_bytes += message.ByteSize()
        if self._measured_s >= self._settings.least_rate_over and not message.HasField("end"):
            if self._measured_bytes < self._settings.least_rate * self._measured_s:
                raise Refusal(
                    Reason.STREAM_IDLE,
                    f"Only {self._measured_bytes} bytes came in {self._measured_s:.0f} s; at least "
                    f"{self._settings.least_rate} a second must. Send the file again with the "
                    "same import id.",
                    {"least_rate": str(self._settings.least_rate)},
                )
            self._measured_bytes, self._measured_s = 0, 0.0
        return message

    def leave(self, why: Refusal | None = None) -> None:
        """The call is over: whatever is being waited for will not come; `why`, if we ended it."""
        self._why = why
        self._gone.set()

    @property
    def left(self) -> bool:
        """Whether the call is over."""
        return self._gone.is_set()

    @property
    def is_over(self) -> bool:
        """Whether nothing more will be read: the call is over, or the server drains."""
        return self.left or self._draining.is_set()

    async def _nothing_more(self) -> None:
        """Refuse what was sent behind `end`; a client that just leaves its side open is fine."""
        try:
            more = await self._read(_BEHIND_END_S)
        except Refusal as refusal:
            if refusal.reason is Reason.STREAM_IDLE:
                return
            raise
        if more is not None:
            raise _out_of_order("Nothing comes after `end`.")

    async def _read(self, wait: float) -> imports_pb2.ImportUsersRequest | None:
        self._check_over()
        if self.left:  # gRPC has forgotten the call, and never lets go of a read of such a one
            return None
        reading = asyncio.ensure_future(anext(self._requests, None))
        signals = [asyncio.ensure_future(event.wait()) for event in (self._draining, self._gone)]
        try:
            await asyncio.wait(
                (reading, *signals), timeout=wait, return_when=asyncio.FIRST_COMPLETED
            )
            self._check_over()
            if not reading.done():
                if self._gone.is_set():
                    return None
                raise Refusal(
                    Reason.STREAM_IDLE,
                    f"Nothing came for {wait:g} s. Send the file again with the same import id.",
                )
            if reading.cancelled() or reading.exception():
                return None
            message = reading.result()
        finally:
            for waiting in (reading, *signals):
                waiting.cancel()
            with suppress(BaseException):
                await asyncio.gather(reading, *signals, return_exceptions=True)
        if isinstance(message, Refusal):
            raise message
        return message

    def _check_over(self) -> None:
        """Raise what ended the call, if we did.

        Raises:
            Refusal: SERVER_DRAINING, or why the call was left.
        """
        if self._draining.is_set():
            raise Refusal(
                Reason.SERVER_DRAINING,
                "This server is shutting down. Send the file again with the same import id.",
            )
        if self._why:
            raise self._why

    def _chunk(self, chunk: bytes) -> bytes:
        most = self._settings.max_chunk_bytes
        if len(chunk) > most:
            raise Refusal(
                Reason.MESSAGE_TOO_LARGE,
                f"A chunk of {len(chunk)} bytes came; the limit is {most}.",
                {"bytes": str(len(chunk)), "limit": str(most)},
            )
        return chunk

    def _rows(self, rows: imports_pb2.UserRows) -> list[dict[str, str]]:
        most = self._settings.max_typed_rows
        if len(rows.rows) > most:
            raise Refusal(
                Reason.MESSAGE_TOO_LARGE,
                f"{len(rows.rows)} rows came in one message; the limit is {most}.",
                {"rows": str(len(rows.rows)), "limit": str(most)},
            )
        return [cells_of(row) for row in rows.rows]


def cells_of(row: imports_pb2.UserRow) -> dict[str, str]:
    """A typed row as text by field; an unset field is not among them.

    A map comes in any order: attributes are sorted, so that a row is answered the same each time.
    """
    cells = {
        _FIELDS[field.number]: text for field, text in row.ListFields() if field.number in _FIELDS
    }
    return cells | {f"attributes.{name}": text for name, text in sorted(row.attributes.items())}


def _end(end: imports_pb2.ImportEnd) -> End:
    return End(
        total_bytes=end.total_bytes if end.HasField("total_bytes") else None,
        sha256=end.sha256 if end.HasField("sha256") else None,
        total_rows=end.total_rows if end.HasField("total_rows") else None,
    )


def _out_of_order(message: str) -> Refusal:
    return Refusal(Reason.SEQUENCE_ERROR, message)
