"""A body that is cut anywhere is never a complete file."""

import csv
import io
import random
import socket
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pytest

from tests.environment import serving
from tests.web.browser import (
    BOUNDARY,
    FORM,
    HEADER,
    IMPORT,
    Answered,
    Site,
    asked,
    begun,
    connected,
    form,
    head,
    read,
    users,
)
from tests.web.person import signed_in

ROWS = 40
POINTS = 25
"""Points at which a body is cut, for each of the four ways: a hundred together, at either door."""


def chunked(body: bytes) -> bytes:
    """The body in chunks, and the last one, which is empty."""
    pieces = [body[at : at + 97] for at in range(0, len(body), 97)]
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def unchunked(sent: bytes) -> bytes:
    """What of a body has come, when this much of it was sent in chunks."""
    body = b""
    while sent:
        size, _, rest = sent.partition(b"\r\n")
        body += rest[: int(size, 16)] if rest else b""
        sent = rest[int(size, 16) + 2 :] if rest else b""
    return body


def ended(site: Site, directory: str, key: str, whole: int = ROWS) -> str:
    """How an import stands that nothing is sent to any more; '' if it never began.

    At most so many rows were sent whole.
    """
    for _ in range(400):
        said = asked(site, f"/api/imports/{key}?directory={directory}")
        if said.status == 403:
            return ""
        state = str(said.json["state"]).removeprefix("IMPORT_STATE_")
        if state != "RUNNING":
            counts = said.json["summary"]
            assert counts["failed"] == 0, "a row was taken that is not whole"
            assert counts["created"] + counts["unchanged"] <= whole, "it has more than was sent"
            return state
    raise AssertionError("it runs for ever")


def cuts(whole: bytes, seed: int) -> list[int]:
    """Where a body of these bytes is cut: at both ends, and anywhere between."""
    points = random.Random(seed).sample(range(1, len(whole) - 1), POINTS - 2)
    return sorted([0, *points, len(whole) - 1])


@dataclass(frozen=True, slots=True)
class Door:
    """Where a form with a file is taken: the API, or the console, whose imports are previews."""

    path: str
    token: str | None
    fields: Mapping[str, str]
    headers: Mapping[str, str]

    def head(self, site: Site, key: str, **lines: str) -> bytes:
        """The head of a request with such a form, as the import of that id."""
        lines = {"content_type": FORM, "idempotency_key": key, **self.headers, **lines}
        return head(site, "POST", self.path, token=self.token, **lines)

    def ask(self, site: Site, body: bytes, key: str) -> Answered:
        """The answer to a whole request."""
        lines = {"idempotency_key": key, **self.headers}
        return asked(site, self.path, body, token=self.token, **lines)


@pytest.fixture(params=["api", "console"])
def door(request: pytest.FixtureRequest, site: Site, directory: str) -> Door:
    """Each of the two."""
    if request.param == "api":
        return Door(IMPORT, None, {"directory": directory}, {})
    session = f"__Host-rollbook={signed_in(site).cookie}"
    headers = {"cookie": session, "origin": "http://rollbook.example"}
    return Door(f"/d/{directory}/imports", "", {"profile": "default"}, headers)


@pytest.mark.parametrize("way", ["length", "chunked", "half-close"])
@pytest.mark.few(3)
def test_p03_a_body_that_is_cut_is_interrupted(
    site: Site, directory: str, door: Door, way: str
) -> None:
    """P03: of the whole rows some may be there; nothing says that it is all."""
    body = form(users(*range(ROWS)), door.fields)
    sent = chunked(body) if way == "chunked" else body
    lines = (
        {"transfer_encoding": "chunked"} if way == "chunked" else {"content_length": str(len(body))}
    )
    # What comes after the closing boundary is nothing of the file, yet the body is not at its end.
    file_begins = sent.index(b"filename") + 200
    keys = []
    for at in cuts(sent, seed=len(way)):
        keys.append(key := str(uuid.uuid4()))
        with connected(site) as connection:
            connection.sendall(door.head(site, key, **lines) + sent[:at])
            if at > file_begins:
                begun(site, directory, key)
            if way == "half-close":
                connection.shutdown(socket.SHUT_WR)
                connection.recv(1)
        came = unchunked(sent[:at]) if way == "chunked" else sent[:at]
        whole = came.count(b",Ada,Byron\n")
        assert ended(site, directory, key, whole) in ("", "INTERRUPTED"), at
    states = [ended(site, directory, key) for key in keys]  # each of them is over by now
    assert set(states) == {"", "INTERRUPTED"}
    assert states.count("INTERRUPTED") > POINTS // 2


def test_p03_a_form_without_its_closing_boundary_is_interrupted(
    site: Site, directory: str, door: Door
) -> None:
    """P03: its length is right: only the boundary is missing, or some of it."""
    body = form(users(*range(ROWS)), door.fields)
    for at in cuts(body[:-2], seed=3):
        key = str(uuid.uuid4())
        said = door.ask(site, body[:at], key)
        assert said.status == 400, at
        if door.token is None:
            assert said.reason in ("truncated_stream", "request_malformed")
        else:
            assert b'role="alert"' in said.body
        whole = body[:at].count(b",Ada,Byron\n")
        assert ended(site, directory, key, whole) in ("", "INTERRUPTED"), at


def test_p03_a_workbook_that_is_cut_has_no_row(site: Site, directory: str, tmp_path: Path) -> None:
    """P03: a workbook is read once it is whole; its beginning is none."""
    book = tmp_path / "staff.xlsx"
    made = openpyxl.Workbook()
    for row in csv.reader(io.StringIO(users(*range(ROWS)))):
        made.active.append(row)
    made.save(book)
    opening, closing = form("@@", head='name="file"; filename="staff.xlsx"').split(b"@@")
    body = opening + book.read_bytes() + closing
    person = signed_in(site)
    lines = {
        "content_type": FORM,
        "content_length": str(len(body)),
        "cookie": f"__Host-rollbook={person.cookie}",
        "origin": "http://rollbook.example",
    }
    path = f"/d/{directory}/imports"
    for at in [*range(len(opening) + 1, len(body), len(body) // 5), len(body) - 1]:
        key = str(uuid.uuid4())
        with connected(site) as connection:
            start = head(site, "POST", path, token="", idempotency_key=key, **lines)
            connection.sendall(start + body[:at])
            begun(site, directory, key)
        assert ended(site, directory, key, whole=0) == "INTERRUPTED", at
    with connected(site) as connection:
        connection.sendall(head(site, "POST", path, token="", **lines) + body)
        assert read(connection).status == 303  # and the whole one is a workbook


def test_plain_csv_that_is_cut_is_interrupted(site: Site, directory: str) -> None:
    """It has no boundary: the end of the body is all that there is."""
    body = users(*range(ROWS)).encode()
    path = f"{IMPORT}?directory={directory}"
    for at in range(0, len(body) - 1, len(body) // 10):
        key = str(uuid.uuid4())
        lines = {"content_type": "text/csv", "content_length": str(len(body))}
        with connected(site) as connection:
            connection.sendall(head(site, "POST", path, idempotency_key=key, **lines) + body[:at])
            begun(site, directory, key)
        assert ended(site, directory, key) == "INTERRUPTED", at


def test_an_interrupted_upload_goes_on_with_its_key(site: Site, directory: str) -> None:
    """S07: the answer to the second request is that of a whole one."""
    body = form(users(*range(ROWS)), {"directory": directory})
    key = str(uuid.uuid4())
    cut = asked(site, IMPORT, body[:-30], idempotency_key=key)
    assert (cut.status, cut.json["state"], cut.json["id"]) == (400, "INTERRUPTED", key)
    whole = asked(site, IMPORT, body, idempotency_key=key)
    assert (whole.status, whole.json["state"], whole.json["created"]) == (200, "COMPLETED", ROWS)


def test_a_boundary_within_the_file_ends_nothing_quietly(site: Site, directory: str) -> None:
    """A cell with the boundary is a second part, which is refused: no half file is complete."""
    content = f"{HEADER}1,a@example.org,A,B\r\n--{BOUNDARY}\r\n2,b@example.org,A,B\n"
    said = asked(site, IMPORT, form(content, {"directory": directory}))
    assert (said.status, said.reason) == (400, "request_malformed")


def test_a_client_that_falls_silent_is_told_so(
    shared_database_url: str, directory: str, tmp_path: Path
) -> None:
    """By the limit of gRPC; what was whole until then stays, and the same key goes on."""
    with serving(shared_database_url, tmp_path, web_listen="127.0.0.1:0", message_gap=1) as server:
        assert server.process.stdout
        said = server.process.stdout.readline()
        site = Site(server, said.removeprefix("HTTP on ").strip())
        body = form(users(*range(ROWS)), {"directory": directory})
        start = head(site, "POST", IMPORT, content_type=FORM, content_length=str(len(body)))
        with connected(site) as connection:
            connection.sendall(start + body[:-60])
            answer = read(connection)
        assert (answer.status, answer.reason) == (408, "stream_idle")
        assert answer.json["state"] == "INTERRUPTED"
        again = asked(site, IMPORT, body, idempotency_key=answer.json["id"])
        assert (again.status, again.json["created"]) == (200, ROWS)
