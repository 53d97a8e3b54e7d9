"""Requests over plain sockets, so that a test decides each byte and when it is sent."""

import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tests.environment import Server

BOUNDARY = "a-boundary-of-ours"
HEADER = "employee_number,email,first_name,last_name\n"
IMPORT = "/api/admin/users/import"


@dataclass(frozen=True, slots=True)
class Site:
    """HTTP in front of a server."""

    server: Server
    url: str

    @property
    def where(self) -> tuple[str, int]:
        """Host and port."""
        parts = urlsplit(self.url)
        assert parts.hostname
        assert parts.port
        return parts.hostname, parts.port


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer: its status, its headers in lower case, and its body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def reason(self) -> str:
        """Why it is refused."""
        return str(self.json["error"]["reason"])


def form(
    content: bytes | str,
    fields: Mapping[str, str] | None = None,
    *,
    head: str = 'name="file"; filename="staff.csv"',
    after: str = "",
    more: str = "",
) -> bytes:
    """A form with a file; `head` is its disposition, `after` more of its head, `more` parts."""
    given = "".join(part(f'name="{name}"', value) for name, value in (fields or {}).items())
    body = content.decode() if isinstance(content, bytes) else content
    return f"{given}{part(head, body, after)}{more}--{BOUNDARY}--\r\n".encode()


def part(head: str, body: str, after: str = "") -> str:
    """A part of a form."""
    return f"--{BOUNDARY}\r\nContent-Disposition: form-data; {head}\r\n{after}\r\n{body}\r\n"


FORM = f"multipart/form-data; boundary={BOUNDARY}"


def head(site: Site, method: str, path: str, *, token: str | None = None, **headers: str) -> bytes:
    """A request's head; `token` is the administrator's unless given, '' for none."""
    token = site.server.token if token is None else token
    lines = {"host": "rollbook.example", "connection": "close"}
    if token:
        lines["authorization"] = f"Bearer {token}"
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    said = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"{method} {path} HTTP/1.1\r\n{said}\r\n".encode()


@contextmanager
def connected(site: Site) -> Iterator[socket.socket]:
    """A connection that waits two minutes for what it asks for."""
    with socket.create_connection(site.where, timeout=120) as connection:
        yield connection


def read(connection: socket.socket) -> Answered:
    """The whole answer, to the end of the connection."""
    told = bytearray()
    while piece := connection.recv(65536):
        told += piece
    return parsed(bytes(told))


def parsed(told: bytes) -> Answered:
    """An answer from its bytes; chunks are put together."""
    first, _, body = told.partition(b"\r\n\r\n")
    status, *lines = first.decode().split("\r\n")
    headers = {
        name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
    }
    if headers.get("transfer-encoding") == "chunked":
        body = b"".join(_chunks(body))
    return Answered(int(status.split()[1]), headers, body)


def _chunks(body: bytes) -> Iterator[bytes]:
    while body:
        size, _, rest = body.partition(b"\r\n")
        yield rest[: int(size, 16)]
        body = rest[int(size, 16) + 2 :]


def asked(
    site: Site,
    path: str,
    body: bytes | None = None,
    *,
    method: str = "",
    token: str | None = None,
    **headers: str,
) -> Answered:
    """The answer to a whole request; with a body it is a POST of a form unless said otherwise."""
    if body is not None:
        headers = {"content_type": FORM, "content_length": str(len(body))} | headers
    method = method or ("GET" if body is None else "POST")
    with connected(site) as connection:
        connection.sendall(head(site, method, path, token=token, **headers) + (body or b""))
        return read(connection)


def users(*numbers: int) -> str:
    """A file of good users."""
    return HEADER + "".join(f"{n},u{n}@example.org,Ada,Byron\n" for n in numbers)


def begun(site: Site, directory: str, key: str) -> None:
    """Wait until the import is there: a client that leaves before is forgotten altogether."""
    for _ in range(400):
        if asked(site, f"/api/imports/{key}?directory={directory}").status == 200:
            return
    raise AssertionError("it did not begin")
