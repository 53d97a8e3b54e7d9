"""A body that is cut anywhere is never a complete file."""

import random
import socket
import uuid
from pathlib import Path

import pytest

from tests.environment import serving
from tests.web.browser import (
    BOUNDARY,
    FORM,
    HEADER,
    IMPORT,
    Site,
    asked,
    connected,
    form,
    head,
    read,
    users,
)

ROWS = 40
POINTS = 25
"""Points at which a body is cut, for each of the four ways: a hundred together."""


def chunked(body: bytes) -> bytes:
    """The body in chunks, and the last one, which is empty."""
    pieces = [body[at : at + 97] for at in range(0, len(body), 97)]
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def ended(site: Site, directory: str, key: str) -> str:
    """How an import stands that nothing is sent to any more; '' if it never began."""
    for _ in range(400):
        said = asked(site, f"/api/imports/{key}?directory={directory}")
        if said.status == 403:
            return ""
        state = str(said.json["state"]).removeprefix("IMPORT_STATE_")
        if state != "RUNNING":
            counts = said.json["summary"]
            assert counts["failed"] == 0, "a row was taken that is not whole"
            return state
    raise AssertionError("it runs for ever")


def begun(site: Site, directory: str, key: str) -> None:
    """Wait until the import is there: a client that leaves before is forgotten altogether."""
    for _ in range(400):
        if asked(site, f"/api/imports/{key}?directory={directory}").status == 200:
            return
    raise AssertionError("it did not begin")


def cuts(whole: bytes, seed: int) -> list[int]:
    """Where a body of these bytes is cut: at both ends, and anywhere between."""
    points = random.Random(seed).sample(range(1, len(whole) - 1), POINTS - 2)
    return sorted([0, *points, len(whole) - 1])


@pytest.mark.parametrize("way", ["length", "chunked", "half-close"])
def test_a_body_that_is_cut_is_interrupted(site: Site, directory: str, way: str) -> None:
    """Of the whole rows some may be there; nothing says that it is all."""
    body = form(users(*range(ROWS)), {"directory": directory})
    sent = chunked(body) if way == "chunked" else body
    lines = (
        {"transfer_encoding": "chunked"} if way == "chunked" else {"content_length": str(len(body))}
    )
    # What comes after the closing boundary is nothing of the file, yet the body is not at its end.
    file_begins = sent.index(b"filename") + 200
    keys = []
    for at in cuts(sent, seed=len(way)):
        keys.append(key := str(uuid.uuid4()))
        start = head(site, "POST", IMPORT, content_type=FORM, idempotency_key=key, **lines)
        with connected(site) as connection:
            connection.sendall(start + sent[:at])
            if at > file_begins:
                begun(site, directory, key)
            if way == "half-close":
                connection.shutdown(socket.SHUT_WR)
                connection.recv(1)
        assert ended(site, directory, key) in ("", "INTERRUPTED"), at
    states = [ended(site, directory, key) for key in keys]  # each of them is over by now
    assert set(states) == {"", "INTERRUPTED"}
    assert states.count("INTERRUPTED") > POINTS // 2


def test_a_form_without_its_closing_boundary_is_interrupted(site: Site, directory: str) -> None:
    """Its length is right: only the boundary is missing, or some of it."""
    body = form(users(*range(ROWS)), {"directory": directory})
    for at in cuts(body[:-2], seed=3):
        key = str(uuid.uuid4())
        said = asked(site, IMPORT, body[:at], idempotency_key=key)
        assert said.status == 400, at
        assert said.reason in ("truncated_stream", "request_malformed")
        assert ended(site, directory, key) in ("", "INTERRUPTED"), at


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
