"""A reader of metrics cannot hurt the server, and a port that fails is reported."""

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest
from structlog.testing import capture_logs

from rollbook.server.operations.metrics_port import listening


def _fine(_environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    start_response("200 OK", [])
    return [b"a 1\n"]


def _stalled(_environ: WSGIEnvironment, _start_response: StartResponse) -> list[bytes]:
    raise TimeoutError


@contextmanager
def _port(app: WSGIApplication, listen: str = "0") -> Iterator[tuple[str, int]]:
    """An open port that answers by that application."""
    port = listening(listen, app)
    thread = threading.Thread(target=port.serve_forever, args=(0.05,))
    thread.start()
    try:
        host, number = port.server_address[:2]
        yield str(host), int(number)
    finally:
        port.shutdown()
        port.server_close()
        thread.join(5)


def _asked(where: tuple[str, int]) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(*where, timeout=10)
    try:
        connection.request("GET", "/metrics")
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize("listen", ["0", "127.0.0.1:0", "localhost:0", "[::1]:0"])
def test_a_port_alone_is_on_this_machine(listen: str) -> None:
    """Or the host that is given; IPv6 in brackets."""
    with _port(_fine, listen) as where:
        assert where[0] in ("127.0.0.1", "::1")
        assert _asked(where) == (200, b"a 1\n")


def _drip(slow: socket.socket) -> None:
    """Send a byte ten times a second, for as long as anybody takes it."""
    with suppress(OSError):
        while True:
            slow.sendall(b"G")
            time.sleep(0.1)


def test_a_slow_reader_holds_up_the_next_for_a_while_only() -> None:
    """Neither one that goes away nor one that never comes to an end is an error."""
    with (
        _port(_fine) as where,
        capture_logs() as logs,
        socket.create_connection(where) as slow,
        socket.create_connection(where) as gone,
    ):
        dripping = threading.Thread(target=_drip, args=(slow,))
        dripping.start()
        gone.sendall(b"GET /metr")
        gone.close()
        assert _asked(where)[0] == 200
        dripping.join(10)
        assert not dripping.is_alive()
    assert {line["log_level"] for line in logs} <= {"debug"}


def test_twenty_silent_connections_do_not_keep_a_scrape_from_its_answer() -> None:
    """As a port scanner leaves them: Prometheus waits for 10 s, as `_asked` does."""
    with ExitStack() as silent:
        where = silent.enter_context(_port(_fine))
        silent.enter_context(capture_logs())
        for _ in range(20):
            silent.enter_context(socket.create_connection(where))
        assert _asked(where) == (200, b"a 1\n")


def test_a_few_readers_are_answered_at_once() -> None:
    """Each answer waits for the other one."""
    both = threading.Barrier(2, timeout=10)

    def meeting(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        both.wait()
        return _fine(environ, start_response)

    with _port(meeting) as where, ThreadPoolExecutor(2) as readers:
        assert [*readers.map(_asked, [where] * 2)] == [(200, b"a 1\n")] * 2


def test_what_is_being_answered_is_answered_before_the_port_is_closed() -> None:
    """Its application would otherwise outlive what it reads."""
    began, ended = threading.Event(), threading.Event()

    def slow(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        began.set()
        time.sleep(0.3)
        ended.set()
        return _fine(environ, start_response)

    with ThreadPoolExecutor(1) as reader:
        with _port(slow) as where:
            answer = reader.submit(_asked, where)
            assert began.wait(10)
        assert ended.is_set()
        assert answer.result() == (200, b"a 1\n")


def test_metrics_that_cannot_be_read_are_a_status_and_a_line_of_the_log(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """As when the event loop is stalled: Prometheus counts the target as down."""
    with _port(_stalled) as where, capture_logs() as logs:
        assert _asked(where)[0] == 503
    assert [line["event"] for line in logs] == ["the metrics could not be read"]
    assert capsys.readouterr().err == ""
