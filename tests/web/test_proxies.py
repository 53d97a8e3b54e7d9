"""Behind declared proxies: who sent a request, and by which scheme the console was reached."""

import pytest
from starlette.types import Message, Receive, Scope, Send

from rollbook.web.proxies import Proxied, read_proxies
from tests.environment import Server
from tests.web.person import Person
from tests.web.test_alone import alone

_PROXY, _STRANGER = "10.1.2.3", "192.0.2.9"
_HTTPS, _HTTP = "https://rollbook.example", "http://rollbook.example"


async def _seen(peer: str, *, plain: bool = False, **headers: str) -> tuple[str, str]:
    """Sender and scheme, as the application sees them."""
    found: list[Scope] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        found.append(scope)

    async def receive() -> Message:
        raise AssertionError

    async def send(_message: Message) -> None:
        raise AssertionError

    given = {"host": "rollbook.example", **headers}
    scope: Scope = {
        "type": "http",
        "scheme": "http",
        "client": (peer, 4711),
        "headers": [
            (name.replace("_", "-").encode(), line.encode())
            for name, value in given.items()
            for line in value.split("|")
        ],
    }
    proxied = Proxied(app, read_proxies("10.1.0.0/16, ::1"), allow_plaintext=plain)
    await proxied(scope, receive, send)
    return found[0]["client"][0], found[0]["scheme"]


@pytest.mark.parametrize(
    ("forwarded", "sender"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("198.51.100.1, 192.0.2.7", "192.0.2.7"),
        ("198.51.100.1|192.0.2.7|10.1.0.9", "192.0.2.7"),
        ("192.0.2.7:80", "192.0.2.7"),
        ("[2001:db8::1]:80", "2001:db8::1"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("10.1.0.8, 10.1.0.9", "10.1.0.8"),
        ("192.0.2.7, unknown", _PROXY),
        ("192.0.2.7, 10.1.0.9'; --, 10.1.0.8", "10.1.0.8"),
        ("192.0.2.7,", _PROXY),
        ("x" * 10_000, _PROXY),
        ("", _PROXY),
    ],
)
async def test_the_sender_is_who_the_last_declared_proxy_names(forwarded: str, sender: str) -> None:
    """From the right; what the sender wrote itself, or is no address, is not believed."""
    assert (await _seen(_PROXY, x_forwarded_for=forwarded))[0] == sender
    assert (await _seen(_STRANGER, x_forwarded_for=forwarded))[0] == _STRANGER


async def test_the_scheme_is_that_of_the_declared_proxy() -> None:
    """A stranger's word counts for nothing; clear text that is allowed came by TLS before."""
    assert (await _seen(_PROXY))[1] == "https"
    assert (await _seen(_PROXY, x_forwarded_proto="http"))[1] == "http"
    assert (await _seen(_PROXY, x_forwarded_proto="http|http"))[1] == "https"
    assert (await _seen(_STRANGER, x_forwarded_proto="https"))[1] == "http"
    assert (await _seen(_STRANGER, plain=True))[1] == "https"
    for host in ("localhost", "127.0.0.1:8080", "[::1]:8080"):
        assert (await _seen(_STRANGER, plain=True, host=host))[1] == "http"


def test_a_form_is_taken_from_the_scheme_host_and_port_of_the_console(server: Server) -> None:
    """CSRF: behind a declared proxy that is https, whatever reaches us is http."""
    with alone(server, ROLLBOOK_WEB_PROXIES="127.0.0.1") as site:

        def status(origin: str, host: str = "rollbook.example", **headers: str) -> int:
            fields = [("token", server.token)]
            given = {"origin": origin, "host": host, **headers}
            return Person(site).post("/sign-in", fields, **given).status

        for host in ("rollbook.example", "rollbook.example:443"):
            assert status(_HTTPS, host) == 303
        assert status(f"{_HTTPS}:8443", "rollbook.example:8443") == 303
        assert status(_HTTPS, x_forwarded_proto="http") == 403
        assert status(_HTTP, x_forwarded_proto="http") == 303
        for wrong in (_HTTP, f"{_HTTPS}:8443", "https://", "https:rollbook.example"):
            assert status(wrong) == 403, wrong
        assert status(_HTTPS, "rollbook.example:80") == 403
