"""Where HTTP is listened, how it stops, and what it says of itself."""

import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import uuid
from pathlib import Path

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from starlette.routing import Route
from trustme import LeafCert

from rollbook.errors import VERDICTS
from rollbook.web.app import make_app
from rollbook.web.site import Site as RealSite
from tests.acceptance.command import at, environment, rollbook, started
from tests.acceptance.memory import MIB, Memory
from tests.docs.pages import ROOT, between
from tests.environment import Server, serving
from tests.rpc.papers import chain, new_papers
from tests.web.browser import (
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
from tests.web.person import signed_in


def described(site: Site) -> dict[str, dict[str, dict[str, dict[str, object]]]]:
    """The description that it serves; it needs no token."""
    said = asked(site, "/api/openapi.json", token="")
    assert said.status == 200
    paths: dict[str, dict[str, dict[str, dict[str, object]]]] = said.json["paths"]
    return paths


async def test_what_is_described_is_what_is_served(site: Site) -> None:
    """OpenAPI 3.1; each path and method, and each status that a reason has."""
    said = asked(site, "/api/openapi.json", token="").json
    assert said["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(said).validate()
    paths = described(site)

    def nowhere(_token: str) -> None:
        raise AssertionError("nothing is asked")

    app = make_app(RealSite(nowhere))  # type: ignore[arg-type]  # it makes no client
    routes = [
        route
        for route in app.routes
        if isinstance(route, Route) and route.path.startswith(("/api/", "/healthz", "/readyz"))
    ]
    served = {
        (r.path.replace(":path", ""), m.lower())
        for r in routes
        for m in (r.methods or ())
        if m != "HEAD"
    }
    assert {(path, method) for path, methods in paths.items() for method in methods} == served
    upload = set(paths[IMPORT]["post"]["responses"])
    assert {str(verdict.http) for verdict in VERDICTS.values()} | {"200", "202"} == upload


def test_what_is_not_built_is_not_there(site: Site) -> None:
    assert b"no page" in asked(site, "/nothing").body
    for path in ("/api/tokens", "/api/nothing"):
        said = asked(site, path)
        assert (said.status, said.reason) == (404, "resource_not_found")
    said = asked(site, IMPORT)
    assert (said.status, said.reason) == (405, "request_malformed")


def test_health_needs_no_token(site: Site) -> None:
    for path in ("/healthz", "/readyz"):
        assert asked(site, path, token="").status == 200
    assert asked(site, f"/api/imports/{uuid.uuid4()}", token="").status == 401


def test_in_a_process_of_its_own_it_does_the_same(server: Server, directory: str) -> None:
    """S08: `rollbook web` holds no token; a server that is away is not ready."""
    env = at(server)
    del env["ROLLBOOK_TOKEN_FILE"]
    with started("web", "--listen", "127.0.0.1:0", env=env) as command:
        assert command.stdout
        try:
            line = command.stdout.readline().decode()
            site = Site(server, line.removeprefix("HTTP on ").strip())
            said = asked(site, IMPORT, form(users(1), {"directory": directory}))
            assert (said.status, said.json["created"]) == (200, 1)
            assert asked(site, "/readyz", token="").status == 200
        finally:
            command.send_signal(signal.SIGTERM)
        assert command.wait(10) == 0
    away = environment(ROLLBOOK_ADDRESS="127.0.0.1:1")
    with started("web", "--listen", "127.0.0.1:0", env=away) as command:
        assert command.stdout
        try:
            line = command.stdout.readline().decode()
            site = Site(server, line.removeprefix("HTTP on ").strip())
            assert asked(site, "/healthz", token="").status == 200
            assert asked(site, "/readyz", token="").status == 503
            assert asked(site, IMPORT, form(users(1))).status == 503
        finally:
            command.send_signal(signal.SIGTERM)
        assert command.wait(10) == 0


@pytest.mark.parametrize("listen", ["0.0.0.0:0", "[::]:0", "127.0.0.1:99999", "no-such.invalid:1"])
@pytest.mark.few(2)
def test_an_address_that_may_not_be_is_refused_at_the_start(server: Server, listen: str) -> None:
    """Off loopback tokens would travel in clear text; in both ways to start it."""
    apart = rollbook("web", "--listen", listen, env=at(server))
    own = environment(
        ROLLBOOK_DATABASE_URL=server.database_url,
        ROLLBOOK_TOKEN_FILES=f"admin={server.token_file}",
        ROLLBOOK_LISTEN="127.0.0.1:0",
        ROLLBOOK_WEB_LISTEN=listen,
    )
    inside = rollbook("serve", env=own)
    for said in (apart, inside):
        assert said.code == 2
        assert f"ROLLBOOK_WEB_LISTEN: {listen}: " in said.err


def test_a_missing_extra_is_named(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if `uvicorn` were not installed; without the setting a server does not ask for it."""
    (tmp_path / "uvicorn.py").write_text("raise ModuleNotFoundError(name='uvicorn')\n")
    own = environment(
        PYTHONPATH=str(tmp_path),
        ROLLBOOK_DATABASE_URL=server.database_url,
        ROLLBOOK_WEB_LISTEN="127.0.0.1:0",
    )
    for said in (rollbook("web", env=at(server) | own), rollbook("serve", env=own)):
        assert said.code == 2
        assert "uvicorn is not installed: pip install 'rollbook[web]'" in said.err
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with serving(server.database_url, tmp_path) as without:
        assert rollbook("directories", "list", env=at(without)).code == 0


def test_a_stop_with_an_upload_open_takes_less_than_ten_seconds(
    shared_database_url: str, directory: str, tmp_path: Path
) -> None:
    """The upload is told so, and can go on; silence and an event stream hold nothing up."""
    with serving(shared_database_url, tmp_path, web_listen="127.0.0.1:0") as server:
        assert server.process.stdout
        said = server.process.stdout.readline()
        site = Site(server, said.removeprefix("HTTP on ").strip())
        lines = {"content_type": FORM, "content_length": "1000000"}
        body = form(users(*range(9)), {"directory": directory})[:-60]
        with connected(site) as silent, connected(site) as connection, connected(site) as follows:
            silent.sendall(b"GET /healthz HTTP/1.1\r\n")
            events = f"/d/{directory}/imports/{uuid.uuid4()}/events"
            cookie = f"__Host-rollbook={signed_in(site).cookie}"
            follows.sendall(head(site, "GET", events, token="", cookie=cookie))
            connection.sendall(head(site, "POST", IMPORT, **lines) + body)
            _began(server, directory)
            server.process.send_signal(signal.SIGTERM)
            answer = read(connection)
            assert server.process.wait(10) == 0
    assert (answer.status, answer.reason) == (503, "server_draining")
    assert answer.json["state"] == "INTERRUPTED"


def _began(server: Server, directory: str) -> None:
    """Wait until an import of the directory runs."""
    for _ in range(100):
        said = rollbook("imports", "list", "--directory", directory, env=at(server))
        if "RUNNING" in said.out.upper():
            return
    raise AssertionError("it did not begin")


@pytest.mark.long
@pytest.mark.timeout(900)
def test_a_large_upload_takes_no_memory(site: Site, directory: str) -> None:
    """55 MB, none of it kept: next to the import's own, a few MiB."""
    cells = "x" * 900
    header = f"{HEADER.strip()},job_title\n".encode()
    line = f"{{}},u{{}}@example.org,Ada,{cells}\n"
    memory = Memory(site.server.process.pid)
    asked(site, IMPORT, form(users(*range(2000)), {"directory": directory}))
    memory.forget_peak()
    before = memory.now()
    rows = 60_000
    opening = form("", {"directory": directory}).split(b"\r\n--a-boundary-of-ours--")[0]
    lines = {"content_type": FORM, "transfer_encoding": "chunked"}
    with connected(site) as connection:
        connection.settimeout(600)
        connection.sendall(head(site, "POST", IMPORT, **lines))
        for piece in (opening, header):
            connection.sendall(b"%x\r\n%b\r\n" % (len(piece), piece))
        for at_row in range(0, rows, 1000):
            piece = "".join(line.format(n, n) for n in range(at_row, at_row + 1000)).encode()
            connection.sendall(b"%x\r\n%b\r\n" % (len(piece), piece))
        last = b"\r\n--a-boundary-of-ours--\r\n"
        connection.sendall(b"%x\r\n%b\r\n0\r\n\r\n" % (len(last), last))
        said = read(connection)
    assert (said.status, said.json["rows"], said.json["failed"]) == (200, rows, rows)
    assert len(said.json["errors"]) == 10_000
    assert memory.peak() - before < 64 * MIB


def test_the_line_of_the_page_uploads_a_file(site: Site, directory: str, tmp_path: Path) -> None:
    """S73: as it stands there, but for address and directory."""
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed, so the line of the page is not shown")
    page = between(ROOT / "deploy/README.md", "curl")
    line = page.split("```sh\n")[1].split("```")[0]
    line = line.replace("http://127.0.0.1:8080", site.url).replace("=main", f"={directory}")
    (tmp_path / "staff.csv").write_text(f"{users(1, 2)}3,wrong,C,D\n")
    done = subprocess.run(
        ["/bin/sh", "-c", line],
        env=os.environ | {"ROLLBOOK_TOKEN": site.server.token},
        cwd=tmp_path,
        capture_output=True,
        check=True,
    )
    told = json.loads(done.stdout)
    assert (told["imported"], told["failed"]) == (2, 1)
    assert [(error["row"], error["email"]) for error in told["errors"]] == [(4, "wrong")]


def test_with_certificates_it_speaks_tls(server: Server, tmp_path: Path) -> None:
    """Then also off loopback; with an authority of clients, only to those whom it knows."""
    papers = new_papers(tmp_path)
    papers.write(papers.issue("localhost"))
    env = at(server) | {
        "ROLLBOOK_TLS_CERTIFICATE": str(papers.certificate),
        "ROLLBOOK_TLS_KEY": str(papers.key),
    }
    trusting = ssl.create_default_context(cafile=papers.ca)
    with started("web", "--listen", "0.0.0.0:0", env=env) as command:
        assert _secured(command, trusting)
    env["ROLLBOOK_TLS_CLIENT_CA"] = str(papers.ca)
    with started("web", "--listen", "0.0.0.0:0", env=env) as command:
        assert not _secured(command, trusting)
    trusting.load_cert_chain(papers.certificate, papers.key)
    with started("web", "--listen", "0.0.0.0:0", env=env) as command:
        assert _secured(command, trusting)


def test_a_renewed_certificate_is_shown_to_new_connections(server: Server, tmp_path: Path) -> None:
    """As by gRPC; a key that does not fit yet leaves the old pair in use."""
    papers = new_papers(tmp_path)
    first, second = papers.issue("localhost"), papers.issue("localhost")
    papers.write(first)
    env = at(server) | {
        "ROLLBOOK_TLS_CERTIFICATE": str(papers.certificate),
        "ROLLBOOK_TLS_KEY": str(papers.key),
    }
    trusting = ssl.create_default_context(cafile=papers.ca)
    with started("web", "--listen", "127.0.0.1:0", env=env) as command:
        assert command.stdout
        port = int(command.stdout.readline().decode().rpartition(":")[2])
        seen = [_shown(port, trusting)]
        papers.certificate.write_bytes(chain(second))
        seen.append(_shown(port, trusting))
        papers.write(second)
        seen.append(_shown(port, trusting))
        command.send_signal(signal.SIGTERM)
        assert command.wait(10) == 0
    assert seen[0] == seen[1] == ssl.PEM_cert_to_DER_cert(_leaf(first))
    assert seen[2] == ssl.PEM_cert_to_DER_cert(_leaf(second))


def _shown(port: int, context: ssl.SSLContext) -> bytes | None:
    """The certificate that a new connection gets."""
    with (
        socket.create_connection(("127.0.0.1", port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secured,
    ):
        return secured.getpeercert(binary_form=True)


def _leaf(issued: LeafCert) -> str:
    return issued.cert_chain_pems[0].bytes().decode()


def _secured(command: subprocess.Popen[bytes], context: ssl.SSLContext) -> bool:
    """Whether it answers over TLS; it is stopped afterwards."""
    assert command.stdout
    try:
        line = command.stdout.readline().decode()
        assert line.startswith("HTTP on https://")
        port = int(line.rpartition(":")[2])
        with (
            socket.create_connection(("127.0.0.1", port), timeout=10) as plain,
            context.wrap_socket(plain, server_hostname="localhost") as secured,
        ):
            secured.sendall(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            return secured.recv(100).startswith(b"HTTP/1.1 200")
    except (ssl.SSLError, ConnectionError):
        return False
    finally:
        command.send_signal(signal.SIGTERM)
        assert command.wait(10) == 0
