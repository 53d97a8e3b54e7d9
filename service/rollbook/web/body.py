"""Reads the body of a request as it comes: raw bytes, or a form whose last part is the file.

Nothing is kept: a chunk is passed on before the next is read. A body that does not come to its own
end raises, wherever it was cut.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

from multipart import MultipartError, MultipartSegment, PushMultipartParser
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message, Receive

from rollbook.errors import Reason, Refusal

FILE = "file"
"""The name of the part with the file."""
_FIELD_BYTES, _FIELDS = 16 * 1024, 64
"""The longest field of a form, and the most of them."""
_FIELDS_WITHIN = 30.0
"""Seconds until the file's part has begun; from there on the service has its own limits."""
_PATH = re.compile(r'/|\\(?!")')
"""Of a head as it was sent: the parser drops the path that some browsers put before a filename."""
_AS_IT_IS = frozenset({"", "7bit", "8bit", "binary"})


async def small_body(request: Request, most: int, within: float = 60.0) -> bytes:
    """The body of a request that is no file; of one longer than `most`, somewhat more than that.

    Raises:
        Refusal: STREAM_IDLE, it is not there within so many seconds; TRUNCATED_STREAM, the client
            has gone.
    """
    body = bytearray()
    try:
        async with asyncio.timeout(within):
            async for chunk in request.stream():
                body += chunk
                if len(body) > most:
                    break
    except TimeoutError:
        text = "What you sent did not come in time: send it again."
        raise Refusal(Reason.STREAM_IDLE, text) from None
    except ClientDisconnect:
        text = "The connection ended before the body did."
        raise Refusal(Reason.TRUNCATED_STREAM, text) from None
    return bytes(body)


class Body:
    """The body of one request. `stopping` is done when nothing more may be read."""

    def __init__(self, receive: Receive, stopping: asyncio.Future[None]):
        self._receive = receive
        self._stopping = stopping

    async def chunks(self) -> AsyncGenerator[bytes]:
        """The bytes, to the end that the client has set.

        Raises:
            Refusal: TRUNCATED_STREAM, it was cut off; SERVER_DRAINING, the site stops.
        """
        while True:
            message = await self._next()
            if message["type"] == "http.disconnect":
                raise _cut("The connection ended before the body did")
            if chunk := message.get("body", b""):
                yield chunk
            if not message.get("more_body", False):
                return

    async def _next(self) -> Message:
        receiving = asyncio.ensure_future(self._receive())
        try:
            either: set[asyncio.Future[Any]] = {receiving, self._stopping}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if receiving.done():
                return receiving.result()
        finally:
            receiving.cancel()
        raise Refusal(
            Reason.SERVER_DRAINING,
            "The server stops: send the same file again, with the same Idempotency-Key.",
        )


class Form:
    """A body that is a form: its fields first, its file last, whose `filename` is known then."""

    def __init__(self, body: Body, boundary: str):
        """Nothing is read before `fields`.

        Raises:
            Refusal: REQUEST_MALFORMED, the boundary cannot be one.
        """
        try:
            parser = PushMultipartParser(boundary, max_segment_count=_FIELDS)
        except MultipartError as wrong:
            raise _malformed(str(wrong).rstrip(".")) from None
        self._events = _events(body, parser)
        self.filename = ""

    async def fields(self) -> list[tuple[str, str]]:
        """The fields in front of the file, by name. `file` may be read after this.

        Raises:
            Refusal: as `Body.chunks`; REQUEST_MALFORMED, it is no such form; UNSUPPORTED_CONTENT,
                a part is encoded; STREAM_IDLE, it takes too long.
        """
        try:
            async with asyncio.timeout(_FIELDS_WITHIN):
                return await self._fields()
        except TimeoutError:
            raise Refusal(Reason.STREAM_IDLE, "The form's file did not begin in time.") from None

    async def _fields(self) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        async for event in self._events:
            if not isinstance(event, MultipartSegment):
                raise _malformed("it has bytes of no part")
            name = _checked(event)
            if name == FILE:
                self.filename = event.filename or ""
                return found
            found.append((name, await self._value(name)))
        raise _malformed(f"it has no part named {FILE!r}")

    async def _value(self, name: str) -> str:
        value = bytearray()
        async for event in self._events:
            if not isinstance(event, bytes | bytearray):
                break
            value += event
            if len(value) > _FIELD_BYTES:
                raise _malformed(f"the field {name!r} is too long")
        try:
            return value.decode()
        except UnicodeDecodeError:
            raise _malformed(f"the field {name!r} is not UTF-8") from None

    async def file(self) -> AsyncGenerator[bytes]:
        """The bytes of the file; they end only where form and body do, and hold nothing more.

        Raises:
            Refusal: as `fields`.
        """
        async for event in self._events:
            if not isinstance(event, bytes | bytearray):
                break
            yield bytes(event)
        async for _ in self._events:
            raise _malformed(
                "a part follows the file: there is one file, and every field comes before it. Rows"
                " of it that were written meanwhile stay, and are counted here; send the form"
                " again, its fields first, as a new import"
            )


async def _events(
    body: Body, parser: PushMultipartParser
) -> AsyncIterator[MultipartSegment | bytes | bytearray | None]:
    """A part's head, its bytes, and None at its end; all parts to the closing boundary."""
    try:
        async for chunk in body.chunks():
            for event in parser.parse(chunk):
                yield event
    except MultipartError as wrong:
        raise _malformed(str(wrong).rstrip(".")) from None
    try:
        parser.close()  # type: ignore[no-untyped-call]  # it has no types
    except MultipartError:
        raise _cut("The body has no closing boundary") from None


def _checked(part: MultipartSegment) -> str:
    """The part's name.

    Raises:
        Refusal: something in its head could be read in two ways.
    """
    heads = [value for name, value in part.headerlist if name == "Content-Disposition"]
    if len(heads) != 1 or part.disposition != "form-data" or not part.name:
        raise _malformed("a part has not one Content-Disposition: form-data with a name")
    if str(part.header("Content-Transfer-Encoding", "")).strip().lower() not in _AS_IT_IS:
        raise Refusal(
            Reason.UNSUPPORTED_CONTENT,
            f"The part {part.name!r} has a Content-Transfer-Encoding: send it as it is.",
        )
    if "filename*" in heads[0].lower() or (part.filename and part.name != FILE):
        raise _malformed(f"only the part named {FILE!r} may have a filename, and no filename*")
    if _PATH.search(heads[0]) or not heads[0].isprintable():
        raise _malformed("the filename has a path, or characters that no name has")
    return str(part.name)


def _malformed(why: str) -> Refusal:
    return Refusal(Reason.REQUEST_MALFORMED, f"The form cannot be read: {why}.")


def _cut(why: str) -> Refusal:
    return Refusal(
        Reason.TRUNCATED_STREAM,
        f"{why}: send the same file again, with the same Idempotency-Key.",
    )
