"""What a real browser does with the console's cookie where somebody reads along, or answers."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests import chromium
from tests.acceptance.command import at, started
from tests.rpc.papers import new_papers
from tests.web.browser import Site

_HOST = "rollbook.example"
_PLANTED = "__Host-rollbook=planted; Path=/; Secure; HttpOnly"


class _Eavesdropper:
    """Answers in clear text on any name of this machine, tries to plant cookies, and listens."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.heard: list[str] = []
        self._thread = threading.Thread(target=self._answer, daemon=True)
        self._thread.start()

    def _answer(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return  # closed
            with connection:
                connection.settimeout(5)
                try:
                    self.heard.append(connection.recv(65536).decode("latin-1"))
                    lines = f"Set-Cookie: {_PLANTED}\r\nContent-Length: 2\r\nConnection: close"
                    connection.sendall(f"HTTP/1.1 200 OK\r\n{lines}\r\n\r\nhi".encode())
                except OSError:
                    continue  # a browser opens connections that it does not use

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)  # or it would wait for one more
        self._listening.close()
        self._thread.join(5)


@pytest.fixture
def eavesdropper() -> Iterator[_Eavesdropper]:
    """Somebody between the browser and the console."""
    with closing(_Eavesdropper()) as listening:
        yield listening


async def test_a_session_is_neither_heard_nor_planted_over_http(
    site: Site, eavesdropper: _Eavesdropper, tmp_path: Path
) -> None:
    """Cookie theft: on the same host without TLS the cookie is not sent, and none can be set."""
    papers = new_papers(tmp_path)
    papers.write(papers.issue(_HOST))
    tls = {
        "ROLLBOOK_TLS_CERTIFICATE": str(papers.certificate),
        "ROLLBOOK_TLS_KEY": str(papers.key),
    }
    with started("web", "--listen", "127.0.0.1:0", env=at(site.server) | tls) as command:
        assert command.stdout
        try:
            port = command.stdout.readline().decode().rpartition(":")[2].strip()
            console, clear = f"https://{_HOST}:{port}", f"http://{_HOST}:{eavesdropper.port}"
            async with chromium.browsing(f"--host-resolver-rules=MAP {_HOST} 127.0.0.1") as browser:
                context = await browser.new_context(ignore_https_errors=True)
                page = await context.new_page()
                await page.goto(f"{console}/sign-in?then=/plugins")
                await page.get_by_label("Access token").fill(site.server.token)
                await page.get_by_role("button", name="Sign in").first.click()
                await page.wait_for_url(f"{console}/plugins")
                before = await context.cookies()
                assert [(one["name"], one["secure"]) for one in before] == [
                    ("__Host-rollbook", True)
                ]
                await page.goto(f"{clear}/plugins")
                assert await context.cookies() == before
                await page.goto(f"{console}/plugins")
                assert page.url == f"{console}/plugins"  # still signed in
        finally:
            command.terminate()
    heard = [request for request in eavesdropper.heard if "GET /plugins" in request]
    assert heard
    assert "cookie:" not in "".join(eavesdropper.heard).lower()
    assert not [one for one in eavesdropper.heard if before[0]["value"] in one]
