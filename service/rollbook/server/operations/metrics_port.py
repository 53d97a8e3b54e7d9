"""Serves metrics to Prometheus over HTTP on a separate port, to a few readers at once."""

import asyncio
import socket
import sys
import threading
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from functools import partial
from socketserver import TCPServer, ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import structlog
from prometheus_client import make_wsgi_app

from rollbook.background import Background, beside
from rollbook.server.operations.metrics import Watched, feel_lag, registry

_LAST_PORT = 65_535
_READERS = 8
_SILENT_S = 2.0
"""Seconds that a reader may be silent, so that 20 silent ones hold up a scrape for 4 s."""
_LONGEST_S = 4.0
"""Seconds that a connection may take: so long it keeps its place, and may delay a stop."""
_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


@asynccontextmanager
async def open_metrics(watched: Watched, listen: str) -> AsyncIterator[str]:
    """Answer at `listen`, [HOST:]PORT, for as long as this lasts; yields HOST:PORT.

    Raises:
        ValueError: it cannot be listened on; names the setting.
    """
    port = listening(listen, make_wsgi_app(registry(watched)))
    host, number = port.server_address[:2]
    thread = threading.Thread(
        target=port.serve_forever, kwargs={"poll_interval": 0.1}, name="metrics", daemon=True
    )
    thread.start()
    try:
        async with beside(Background.LAG, partial(feel_lag, watched.app.meter.lag)):
            yield f"[{host!s}]:{number}" if ":" in str(host) else f"{host!s}:{number}"
    finally:
        # The loop goes on meanwhile: an answer that is being made is read on it.
        await asyncio.to_thread(port.shutdown)
        await asyncio.to_thread(port.server_close)


class _Port(ThreadingMixIn, WSGIServer):
    """Answers `_READERS` at once, each in a thread of its own; others wait in the backlog."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, *arguments: Any):
        """As its bases."""
        self._places = threading.Semaphore(_READERS)
        super().__init__(*arguments)

    def server_bind(self) -> None:
        """Bind it, and look up no name for it: that may take long and is not needed."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]
        self.setup_environ()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer in a thread, once there is a place."""
        self._places.acquire()
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """End the connection: that is done once for each, also if its thread did not start."""
        try:
            super().shutdown_request(request)
        finally:
            self._places.release()

    def server_close(self) -> None:
        """Close it, after what is being answered."""
        for _ in range(_READERS):
            self._places.acquire(timeout=_LONGEST_S)
        super().server_close()

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Answer, and cut the connection if that takes too long."""
        cut = threading.Timer(_LONGEST_S, _cut, (request,))
        cut.start()
        try:
            super().finish_request(request, client_address)
        finally:
            cut.cancel()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log a client that went away or was cut off, at debug: it is no fault of the server."""
        _log.debug("a reader of metrics was cut off", why=repr(sys.exc_info()[1]))


class _Request(WSGIRequestHandler):
    timeout = _SILENT_S

    def log_message(self, format: str, *arguments: object) -> None:
        """Log nothing: scrapes are no events."""


def _cut(connection: socket.socket) -> None:
    with suppress(OSError):  # the client has just gone away
        connection.shutdown(socket.SHUT_RDWR)


def listening(listen: str, app: WSGIApplication) -> WSGIServer:
    """A port that is listened at, and answers by that application once it is served.

    Raises:
        ValueError: as `open_metrics`.
    """
    made = bound(listen)
    made.set_app(_careful(app))
    return made


def bound(listen: str) -> WSGIServer:
    """A port that is listened at, and answers nothing yet.

    Raises:
        ValueError: as `open_metrics`; its cause is the error of the system.
    """
    host, _, port = listen.rpartition(":")
    host = host.strip("[]") or "127.0.0.1"
    if int(port) > _LAST_PORT:
        raise ValueError(f"ROLLBOOK_METRICS_LISTEN: {listen}: a port is at most {_LAST_PORT}")
    try:
        family, *_, address = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM)[0]
        kind = type("_Port", (_Port,), {"address_family": family})
        made: _Port = kind(address[:2], _Request)
        return made
    except (OSError, UnicodeError) as wrong:
        why = getattr(wrong, "strerror", None) or wrong
        raise ValueError(
            f"ROLLBOOK_METRICS_LISTEN: {listen} cannot be listened on: {why}"
        ) from wrong


def _careful(app: WSGIApplication) -> WSGIApplication:
    """The same, whose failures are one line of the log and a status."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            return app(environ, start_response)
        except Exception:
            _log.exception("the metrics could not be read")
            start_response("503 Service Unavailable", [("Content-Type", "text/plain")])
            return [b"The server did not say in time; its log says why.\n"]

    return answer
