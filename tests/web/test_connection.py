"""Connections that have no end: their heads, the rest of their bodies, and who reads no answer."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import trustme
import uvicorn
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send
from uvicorn.server import ServerState

from rollbook.client import Client
from rollbook.errors import Reason, Refusal
from rollbook.web.app import Stoppable
from rollbook.web.body import small_body
from rollbook.web.connection import Connection
from rollbook.web.site import Site as RealSite
from tests.web.browser import FORM, IMPORT, Site, asked, connected, head

_MIB = 1024 * 1024


class _Quick(Connection):
    look_every = 0.05


async def _app(scope: dict[str, object], receive: object, send: object) -> None:
    """Answers at once, whatever of the body there is: much, where `/much` is asked for."""
    assert callable(send)
    body = b"x" * (64 * _MIB if scope["path"] == "/much" else 2)
    length = str(len(body)).encode()
    headers = [(b"content-length", length)]
    await send({"type": "http.response.start", "status": 401, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def _listening(
    kind: type[Connection], tls: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[str, int]]:
    """Host and port of an application that such connections lead to."""
    config = uvicorn.Config(_app, lifespan="off", ws="none", log_config=None)
    state = ServerState()
    server = await asyncio.get_running_loop().create_server(
        lambda: kind(config=config, server_state=state, app_state={}), "127.0.0.1", 0, ssl=tls
    )
    async with server:
        yield server.sockets[0].getsockname()


_START = b"POST / HTTP/1.1\r\nHost: rollbook.example\r\n"
_STUCK = {
    "nothing": (b"", b""),
    "a head": (b"GET / HTTP/1.1\r\n", b"x: y\r\n"),
    "empty lines": (b"\r\n", b"\r\n"),
    "the rest of a body": (_START + b"Content-Length: 9999\r\n\r\n", b"x"),
    "chunks": (_START + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "the next head": (_START + b"Content-Length: 0\r\n\r\n", b"GET"),
}


@pytest.mark.parametrize("name", _STUCK)
async def test_what_has_no_end_is_ended(name: str) -> None:
    """Slow loris: a byte now and then keeps no connection open, with no token at all."""
    start, more = _STUCK[name]
    async with _listening(_Quick) as where, asyncio.timeout(20):
        reader, writer = await asyncio.open_connection(*where)
        writer.write(start)
        try:
            while not reader.at_eof() and reader.exception() is None:
                writer.write(more)
                await writer.drain()
                await asyncio.sleep(0.01)
        except ConnectionError:
            pass
        writer.close()


async def test_an_answer_that_nobody_takes_is_ended() -> None:
    """It fills what the system keeps for the two sides, and then nobody reads on."""
    ended = asyncio.Event()

    class Watched(_Quick):
        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            ended.set()

    async with _listening(Watched) as where, asyncio.timeout(20):
        with socket.create_connection(where) as connection:
            connection.sendall(b"GET /much HTTP/1.1\r\nHost: a\r\n\r\n")
            await ended.wait()


@pytest.mark.parametrize("secured", [False, True])
async def test_who_still_sends_gets_the_answer(*, secured: bool) -> None:
    """Also by HTTP/1.0, as nginx passes on: a close with bytes unread would be a reset."""
    server = client = None
    if secured:
        authority = trustme.CA()
        server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        client = ssl.create_default_context()
        authority.issue_cert("127.0.0.1").configure_cert(server)
        authority.configure_trust(client)
    async with _listening(Connection, server) as where, asyncio.timeout(20):
        for version in (b"1.0", b"1.1"):
            reader, writer = await asyncio.open_connection(*where, ssl=client)
            length = str(8 * _MIB).encode()
            start = b"POST / HTTP/%b\r\nHost: a\r\nConnection: close\r\nContent-Length: %b\r\n\r\n"
            writer.write(start % (version, length))
            for _ in range(8):
                writer.write(b"x" * _MIB)
                await writer.drain()
            assert (await reader.read()).startswith(b"HTTP/1.1 401 ")
            writer.close()


def test_a_refused_file_is_taken_to_its_end(site: Site) -> None:
    """Else its sender is told of a connection that was reset, and not why it was refused."""
    lines = {"content_type": FORM, "content_length": str(8 * _MIB)}
    with connected(site) as connection:
        connection.sendall(head(site, "POST", IMPORT, token="none", **lines))
        for _ in range(8):
            connection.sendall(b"x" * _MIB)
        assert connection.recv(65_536).startswith(b"HTTP/1.1 401 ")


@pytest.mark.parametrize("path", ["/sign-in", "/api/users/1"])
def test_who_leaves_within_a_form_leaves_no_traceback(site: Site, path: str) -> None:
    """A tab that is closed is nothing that broke; it takes no token to do so."""
    as_json = path.startswith("/api/")
    kind = "application/json" if as_json else "application/x-www-form-urlencoded"
    lines = {"content_type": kind, "content_length": "99", "origin": "http://rollbook.example"}
    before = site.server.log.read_text().count("Traceback")
    with connected(site) as connection:
        start = head(site, "PUT" if as_json else "POST", path, **lines)
        connection.sendall(start + b"token=")
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1) == b""
    assert asked(site, "/healthz").status == 200
    assert site.server.log.read_text().count("Traceback") == before


async def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    """Else a form of a few bytes would hold a request for ever, before anybody is asked who."""

    async def nothing_more() -> Message:
        await asyncio.sleep(60)
        raise AssertionError("it was waited for")

    with pytest.raises(Refusal) as refused:
        await small_body(Request({"type": "http"}, nothing_more), 10, within=0.01)
    assert refused.value.reason is Reason.STREAM_IDLE


async def test_an_answer_that_is_broken_off_leaves_no_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A report of a server that stops: its connection is cut, and one line says so.

    What is refused before an answer began is another's to answer.
    """
    refused = Refusal(Reason.SERVER_DRAINING, "it stops")

    async def breaks(scope: Scope, _receive: Receive, send: Send) -> None:
        if scope["path"] == "/begun":
            await send({"type": "http.response.start", "status": 200})
        raise refused

    async def send(_message: Message) -> None:
        """To nobody."""

    async def receive() -> Message:
        raise AssertionError("nothing is read")

    def nowhere(_token: str) -> Client:
        raise AssertionError("nothing is asked")

    app = Stoppable(breaks, RealSite(nowhere))
    await app({"type": "http", "path": "/begun"}, receive, send)
    assert [(one.getMessage(), one.exc_info) for one in caplog.records] == [
        ("an answer was cut off: server_draining", None)
    ]
    with pytest.raises(Refusal):
        await app({"type": "http", "path": "/other"}, receive, send)
