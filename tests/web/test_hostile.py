"""What attackers of web sites try: with forms, frames, hosts, addresses and requests in requests.

Who signs in, and where that leads, is in `test_console`; cookies over HTTP in `tests/browser`.
"""

import uuid
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from starlette.routing import Route

from rollbook.web.app import make_app
from rollbook.web.site import Site as RealSite
from tests.acceptance.command import at, rollbook
from tests.web.browser import FORM, IMPORT, Answered, Site, asked, connected, form, head, users
from tests.web.person import Person, cookie_of, signed_in

_EVIL = "evil.example"


@pytest.fixture(scope="module")
def directory(site: Site) -> str:
    """A directory with one user."""
    name = f"d{uuid.uuid4().hex[:12]}"
    made = rollbook("directories", "add", name, env=at(site.server))
    assert made.code == 0, made.err
    assert asked(site, IMPORT, form(users(1), {"directory": name})).json["created"] == 1
    return name


@pytest.fixture(scope="module")
def person(site: Site) -> Person:
    """The administrator."""
    return signed_in(site)


async def _addresses(method: str, directory: str) -> list[str]:
    """Every address of the console that takes the method."""

    def nowhere(_token: str) -> None:
        raise AssertionError("nothing is asked")

    found = [
        route.path
        for route in make_app(RealSite(nowhere)).routes  # type: ignore[arg-type]  # no client
        if isinstance(route, Route)
        and method in (route.methods or ())
        and not route.path.startswith(("/api/", "/healthz", "/readyz"))
    ]
    known = {
        "{directory}": directory,
        "{id}": str(uuid.uuid4()),
        "{number:path}": "1",
        "{profile}": "default",
        "{kind}": "roles",
    }
    for name, value in known.items():
        found = [path.replace(name, value) for path in found]
    assert not [path for path in found if "{" in path]
    return found


async def test_no_form_of_another_site_is_taken_anywhere(person: Person, directory: str) -> None:
    """CSRF: each address that changes something, by each kind of form, without an origin too."""
    addresses = await _addresses("POST", directory)
    assert len(addresses) > 10
    fields = [("do", "suspend"), ("what", "all"), ("name", "x"), ("token", "x")]
    for path in addresses:
        for headers in (
            {"origin": f"https://{_EVIL}"},
            {"origin": "http://["},
            {"origin": "null", "content_type": "text/plain"},
            {"origin": f"http://{_EVIL}", "content_type": FORM, "referer": person.site.url},
            {"origin": ""},
        ):
            answer = person.post(path, fields, **headers)
            assert answer.status == 403, (path, headers)
            assert "set-cookie" not in answer.headers
    user = asked(person.site, f"/api/users/1?directory={directory}").json
    assert user["status"] == "USER_STATUS_ACTIVE"
    assert person.get(f"/d/{directory}/users").status == 200  # nobody was signed out


async def test_every_answer_keeps_others_out(person: Person, directory: str) -> None:
    """Clickjacking: no page, problem, redirect or file is framed, sniffed or loaded by others."""
    files = ["/static/style.css", "/static/once.js", "/static/missing.js"]
    stranger = Person(person.site)
    for path in [*await _addresses("GET", directory), *files, "/nothing", "/d/none/imports"]:
        if path.endswith("/events"):
            continue  # it has no end; below
        for who in (person, stranger):
            answer = who.get(path)
            assert answer.status < 500, path
            headers = answer.headers
            if path.endswith(("/report", "/samples/default")) and answer.status == 200:
                assert "attachment" in headers["content-disposition"], path
            assert "frame-ancestors 'none'" in headers["content-security-policy"], path
            assert headers["x-frame-options"] == "DENY", path
            assert headers["x-content-type-options"] == "nosniff", path
            assert headers["cross-origin-resource-policy"] == "same-origin", path


async def test_the_progress_of_an_import_is_for_who_is_signed_in(
    site: Site, directory: str
) -> None:
    """A stranger's stream ends at once, and costs one refusal; it says nothing."""
    log = site.server.log
    before = log.read_text().count("WatchImport")
    answer = Person(site).get(f"/d/{directory}/imports/{uuid.uuid4()}/events")
    assert answer.body.startswith(b"event: ended\n")
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert log.read_text().count("WatchImport") == before + 1


def test_progress_ends_with_the_session_that_looks_at_it(site: Site, directory: str) -> None:
    """Within seconds of a sign-out, also while the import says nothing new; and it says why."""
    looking, import_id = signed_in(site), str(uuid.uuid4())
    with connected(site) as uploading, connected(site) as stream:
        body = users(*range(1, 13)).encode()
        sent = head(
            *(site, "POST", f"{IMPORT}?directory={directory}"),
            content_type="text/csv",
            content_length=str(len(body) + 1),
            idempotency_key=import_id,
        )
        uploading.sendall(sent + body)
        path = f"/d/{directory}/imports/{import_id}/events"
        cookie = f"__Host-rollbook={looking.cookie}"
        stream.sendall(head(site, "GET", path, token="", cookie=cookie))
        told = b""
        while b"event: rows" not in told:
            told += stream.recv(65_536)
        assert b"event: ended" not in told
        assert looking.post("/sign-out").status == 303
        while piece := stream.recv(65_536):
            told += piece
        assert told.count(b"event: ended") == 1
        assert b'"signedOut": true' in told


def test_one_session_follows_so_many_imports_at_once(site: Site, directory: str) -> None:
    """Each stream asks the service a few times a second: a thousand would be all that it does."""
    path = f"/d/{directory}/imports/{uuid.uuid4()}/events"
    many = signed_in(site)

    def followed(stack: ExitStack, who: Person) -> bytes:
        stream = stack.enter_context(connected(site))
        stream.sendall(head(site, "GET", path, token="", cookie=f"__Host-rollbook={who.cookie}"))
        return stream.recv(65_536)[:12]

    with ExitStack() as stack:
        for _ in range(32):
            assert followed(stack, many) == b"HTTP/1.1 200"
        assert followed(stack, many) == b"HTTP/1.1 429"
        assert followed(stack, signed_in(site)) == b"HTTP/1.1 200"
    with ExitStack() as stack:  # those before were closed
        while followed(stack, many) == b"HTTP/1.1 429":
            pass


async def test_no_answer_repeats_the_host_that_was_asked_for(
    person: Person, directory: str
) -> None:
    """A forged `Host` is in no link and no redirect, also not where a slash is too much."""
    found = [path for path in await _addresses("GET", directory) if not path.endswith("/events")]
    slashes = [f"{path}/" for path in found if path != "/"] + ["/api/imports/", "/static"]
    for path in [*found, *slashes]:
        for who in (person, Person(person.site)):
            answer = who.get(path, host=_EVIL)
            assert answer.status < 500, path
            assert _EVIL not in answer.headers.get("location", ""), path
            assert _EVIL.encode() not in answer.body, path


def test_the_form_behind_a_doubtful_address_leads_home(person: Person) -> None:
    """Open redirect: `//host` was asked for, and is where nobody is led after the sign-in."""
    for path in (f"//{_EVIL}/x", f"/%5c{_EVIL}", f"/%2f{_EVIL}"):
        asked_for = Person(person.site).get(path)
        assert asked_for.status == 404
        form = Person(person.site).get(f"/sign-in?then={path}")
        assert b'name="then" value="/"' in form.body
    fields = [("token", person.site.server.token), ("then", f"//{_EVIL}/x")]
    assert Person(person.site).post("/sign-in", fields).headers["location"] == "/"


def test_a_planted_session_never_becomes_the_victim_s(site: Site, directory: str) -> None:
    """Session fixation: the attacker's own, which is valid, keeps the attacker's rights alone."""
    made = rollbook(
        *("tokens", "create", "attacker", "--scope", "imports:read", "--directory", directory),
        env=at(site.server),
    )
    attacker = signed_in(site, made.out.split()[-1])
    answer = attacker.post("/sign-in", [("token", site.server.token)])
    victim = Person(site, cookie_of(answer))
    assert victim.cookie != attacker.cookie
    assert victim.get("/plugins").status == 200
    assert attacker.get("/plugins").status == 403
    victim.post("/sign-out")
    assert attacker.get(f"/d/{directory}/imports").status == 200


_NEXT = b"GET /smuggled HTTP/1.1\r\nHost: rollbook.example\r\n\r\n"
_CHUNKED = b"Transfer-Encoding: chunked"
_LAST = b"0\r\n\r\n" + _NEXT
_SMUGGLING = {
    "both": (b"Content-Length: 4\r\n" + _CHUNKED, _LAST),
    "both, turned": (_CHUNKED + b"\r\nContent-Length: 4", _LAST),
    "two lengths": (b"Content-Length: 0\r\nContent-Length: 49", _NEXT),
    "the same twice": (b"Content-Length: 0\r\nContent-Length: 0", _NEXT),
    "a list of lengths": (b"Content-Length: 0, 49", _NEXT),
    "plus": (b"Content-Length: +0", _NEXT),
    "minus": (b"Content-Length: -1", _NEXT),
    "hexadecimal": (b"Content-Length: 0x0", _NEXT),
    "a space in the length": (b"Content-Length: 1 0", _NEXT),
    "a space before the colon": (b"Content-Length : 49", _NEXT),
    "another coding": (b"Transfer-Encoding: xchunked", _LAST),
    "no coding": (b"Transfer-Encoding: identity", _NEXT),
    "chunked, not last": (b"Transfer-Encoding: chunked, identity", _LAST),
    "chunked twice": (_CHUNKED + b"\r\n" + _CHUNKED, _LAST),
    "a tab, and a length": (b"Transfer-Encoding:\tchunked\r\nContent-Length: 4", _LAST),
    "a vertical tab": (b"Transfer-Encoding: \x0bchunked", _LAST),
    "quoted": (b'Transfer-Encoding: "chunked"', _LAST),
    "folded": (b"X: a\r\n Transfer-Encoding: chunked\r\nContent-Length: 0", _NEXT),
    "a bare CR": (b"X: a\rTransfer-Encoding: chunked\r\nContent-Length: 0", _NEXT),
    "a bare LF": (b"X: a\n" + _CHUNKED + b"\r\nContent-Length: 4", _LAST),
    "NUL": (b"X: a\0b\r\nContent-Length: 0", _NEXT),
    "two hosts": (b"Host: evil.example\r\nContent-Length: 0", _NEXT),
    "a chunk of 0x0": (_CHUNKED, b"0x0\r\n\r\n" + _NEXT),
    "a chunk of 2**64": (_CHUNKED, b"10000000000000000\r\n" + _NEXT),
    "a chunk of -1": (_CHUNKED, b"-1\r\n" + _NEXT),
    "a chunk with a space": (_CHUNKED, b"0 \r\n\r\n" + _NEXT),
    "a chunk that ends in LF": (_CHUNKED, b"0\n\n" + _NEXT),
    "a chunk that is longer": (_CHUNKED, b"1\r\nabc\r\n" + _LAST),
}


@pytest.mark.parametrize("path", ["/sign-in", IMPORT])
@pytest.mark.parametrize("name", _SMUGGLING)
def test_what_could_be_two_requests_is_none(site: Site, path: str, name: str) -> None:
    """Smuggling: one answer, 400 or a refusal, and then the connection is closed by the server."""
    lines, rest = _SMUGGLING[name]
    start = f"POST {path} HTTP/1.1\r\nHost: rollbook.example\r\n".encode()
    told = _told(site, start + lines + b"\r\n\r\n" + rest)
    assert told.count(b"HTTP/1.1 ") == 1, told
    assert told.split()[1] in (b"400", b"401", b"403"), told
    assert b"no page" not in told


def test_an_honest_request_has_the_next_one_answered(site: Site) -> None:
    """So that the test above could fail: two requests on one connection have two answers."""
    start = b"POST /sign-in HTTP/1.1\r\nHost: rollbook.example\r\n"
    last = _NEXT.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    for lines, body in ((b"Content-Length: 0", b""), (_CHUNKED, b"0\r\n\r\n")):
        told = _told(site, start + lines + b"\r\n\r\n" + body + last)
        assert told.count(b"HTTP/1.1 ") == 2
        assert b"There is no page" in told


def _told(site: Site, sent: bytes) -> bytes:
    """All that a site answers until it closes the connection."""
    told = bytearray()
    with connected(site) as connection:
        connection.sendall(sent)
        try:
            while piece := connection.recv(65536):
                told += piece
        except ConnectionResetError:
            pass  # it did not read to the end
    return bytes(told)


def _endless(site: Site, start: bytes, more: bytes) -> int:
    """How many bytes more are taken, of 8 MiB, until the connection is closed."""
    sent = 0
    with connected(site) as connection:
        try:
            connection.sendall(start)
            while sent < 8 * 1024 * 1024:
                connection.sendall(more)
                sent += len(more)
            connection.recv(65536)
        except (ConnectionResetError, BrokenPipeError):
            pass
    return sent


def _without_end(site: Site) -> Iterator[tuple[str, bytes, bytes]]:
    line = b"X-Padding: " + b"x" * 1000 + b"\r\n"
    lines = {"content_type": "text/csv", "transfer_encoding": "chunked"}
    upload = head(site, "POST", IMPORT, **lines)
    yield "an address", b"GET /", b"x" * 1000
    yield "headers", b"GET / HTTP/1.1\r\n", line
    yield "a header", b"GET / HTTP/1.1\r\nX: ", b"x" * 1000
    yield "an extension of a chunk", upload + b"1;", b"x" * 1000
    yield "trailers", upload + b"1\r\nx\r\n0\r\n", line


def test_a_head_without_an_end_is_cut_off(site: Site) -> None:
    """Else anybody could fill the server's memory, without any token."""
    for name, start, more in _without_end(site):
        assert _endless(site, start, more) < 8 * 1024 * 1024, name
    assert asked(site, "/healthz", token="").status == 200


def test_a_method_that_there_is_not_is_named_with_those_that_there_are(
    site: Site, person: Person
) -> None:
    """RFC 9110: 405 has `Allow`, with the methods of every route of the address."""

    def allowed(answer: Answered) -> str:
        assert answer.status == 405
        return answer.headers["allow"]

    def deleted(path: str) -> str:
        return allowed(asked(site, path, b"", method="DELETE"))

    assert deleted("/api/imports") == "GET, HEAD"
    assert deleted("/api/users/1") == "GET, HEAD, PUT"
    assert deleted("/sign-in") == "GET, HEAD, POST"
    assert allowed(person.post("/static/once.js")) == "GET, HEAD"
