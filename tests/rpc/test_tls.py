"""TLS and mutual TLS with real servers; clear text only where it is allowed."""

import asyncio
import signal
import ssl
import stat
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from rollbook.client import Client, Tls, new_import
from rollbook.errors import Reason, Refusal
from rollbook.v1.imports_pb2 import ImportAccepted, ImportSummary
from tests.acceptance.command import environment, rollbook
from tests.environment import Server, serving
from tests.rpc.papers import Papers, chain, new_papers, shown, told_in_clear

_SETTINGS = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"
_ALERT, _HANDSHAKE = b"\x15", b"\x16"
_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + _SETTINGS


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    return new_papers(tmp_path_factory.mktemp("papers"))


@pytest.fixture(scope="module")
def secured(
    papers: Papers, database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server that speaks TLS."""
    folder = tmp_path_factory.mktemp("secured")
    with serving(database_url, folder, log_level="debug", **papers.settings) as running:
        yield running


@pytest.fixture(scope="module")
def mutual(
    papers: Papers, database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server that asks its clients for a certificate of the authority too."""
    folder = tmp_path_factory.mktemp("mutual")
    with serving(database_url, folder, tls_client_ca=papers.ca, **papers.settings) as running:
        yield running


async def answers(server: Server, tls: Tls | None, *, host: str = "127.0.0.1") -> bool:
    """Whether a call comes through; a connection that does not come about is no answer."""
    address = f"{host}:{server.address.rpartition(':')[2]}"
    async with Client(address, server.token, tls=tls) as client:
        try:
            await client.get_server_info()
        except Refusal as refused:
            if refused.reason != Reason.SERVER_DRAINING:
                raise
            return False
    return True


def keeps_secrets(server: Server) -> bool:
    """Whether the log has neither the token nor anything of a key or certificate."""
    log = server.log.read_text()
    return not any(secret in log for secret in (server.token, "Bearer", "BEGIN", "PRI * HTTP"))


# --- TLS ----------------------------------------------------------------------------------------


async def test_a_client_that_trusts_the_authority_is_answered(
    secured: Server, papers: Papers
) -> None:
    """By either of the certificate's names, over HTTP/2."""
    assert await answers(secured, papers.tls())
    assert await answers(secured, papers.tls(), host="localhost")
    assert shown(secured.address, papers) == papers.certificate.read_bytes()


async def test_clear_text_to_a_port_of_tls_ends_in_the_handshake(
    secured: Server, papers: Papers
) -> None:
    """B001: only a TLS alert comes back, nothing sent is logged, and others are served."""
    token = secured.token.encode()
    headers = b"\x10\x0dauthorization" + bytes([len(token) + 7]) + b"Bearer " + token
    frame = len(headers).to_bytes(3, "big") + b"\x01\x04\x00\x00\x00\x01" + headers
    answer = told_in_clear(secured.address, _PREFACE + frame)
    assert answer[:1] in {b"", _ALERT}
    assert not await answers(secured, None)
    assert keeps_secrets(secured)
    assert await answers(secured, papers.tls())


@pytest.mark.filterwarnings("ignore:.*TLSv1_1 is deprecated:DeprecationWarning")
def test_tls_before_1_2_is_not_spoken(secured: Server) -> None:
    """The server goes on with the handshake of 1.2, and not with that of 1.1."""
    assert told_in_clear(secured.address, _hello(ssl.TLSVersion.TLSv1_2))[:1] == _HANDSHAKE
    assert told_in_clear(secured.address, _hello(ssl.TLSVersion.TLSv1_1))[:1] in {b"", _ALERT}


def _hello(version: ssl.TLSVersion) -> bytes:
    """The first words of a client that speaks this version alone."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = context.maximum_version = version
    context.set_ciphers("DEFAULT@SECLEVEL=0")  # else our own side would refuse
    context.set_alpn_protocols(["h2"])
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


async def test_a_client_is_told_that_its_own_authorities_are_none(secured: Server) -> None:
    """`Tls.read`, which reads them from files, reports it earlier."""
    async with Client(secured.address, secured.token, tls=Tls(ca=b"words")) as client:
        with pytest.raises(Refusal, match="given are no PEM"):
            await client.get_server_info()


# --- mutual TLS ---------------------------------------------------------------------------------


async def test_without_a_certificate_nobody_is_let_in(mutual: Server, papers: Papers) -> None:
    """B003: the handshake is refused, whatever the token."""
    assert not await answers(mutual, papers.tls())
    assert await answers(mutual, papers.tls(papers.authority.issue_cert("me@example.com")))
    assert keeps_secrets(mutual)


async def test_a_certificate_of_another_authority_lets_nobody_in(
    mutual: Server, papers: Papers
) -> None:
    """B004: its handshake is refused."""
    stranger = trustme.CA().issue_cert("me@example.com")
    assert not await answers(mutual, papers.tls(stranger))
    assert keeps_secrets(mutual)


# --- renewed without a restart ------------------------------------------------------------------


@pytest.fixture
def renewing(tmp_path: Path) -> Papers:
    """Papers that a test may change."""
    return new_papers(tmp_path)


async def test_new_connections_see_a_renewed_certificate_and_running_calls_go_on(
    renewing: Papers, database_url: str, tmp_path: Path
) -> None:
    """An import that has begun ends on the connection that it began on."""
    renewed = asyncio.Event()

    async def file() -> AsyncIterator[bytes]:
        yield b"employee_number,email,first_name,last_name\n"
        await renewed.wait()
        yield b"1,a@example.com,A,B\n"

    with serving(database_url, tmp_path, **renewing.settings) as server:
        async with Client(server.address, server.token, tls=renewing.tls()) as client:
            await client.directories.create("renewed")
            events = client.upload_stream(file(), new_import("renewed"))
            assert isinstance(await anext(events), ImportAccepted)
            old = shown(server.address, renewing)
            new = chain(renewing.write(renewing.issue()))
            assert old != new
            assert shown(server.address, renewing) == new
            renewed.set()
            (summary,) = [event async for event in events if isinstance(event, ImportSummary)]
            assert summary.created == 1
        assert await answers(server, renewing.tls())
        assert keeps_secrets(server)


async def test_half_a_renewal_is_not_taken(
    renewing: Papers, database_url: str, tmp_path: Path
) -> None:
    """A file cut short, a key that came before its certificate, one that is gone: the old stay.

    The log names the file, once each; then the whole renewal is taken.
    """
    with serving(database_url, tmp_path, **renewing.settings) as server:
        old, leaf = shown(server.address, renewing), renewing.issue()
        whole = chain(leaf)
        renewing.certificate.write_bytes(whole[: len(whole) // 2])
        assert shown(server.address, renewing) == old
        renewing.certificate.write_bytes(old)
        renewing.key.write_bytes(leaf.private_key_pem.bytes())
        assert shown(server.address, renewing) == old
        renewing.certificate.unlink()
        assert shown(server.address, renewing) == old
        assert await answers(server, renewing.tls())
        log = server.log.read_text()
        assert f"ROLLBOOK_TLS_CERTIFICATE: {renewing.certificate} holds no certificate" in log
        assert f"ROLLBOOK_TLS_KEY: {renewing.key} is not the key of the certificate in" in log
        assert f"ROLLBOOK_TLS_CERTIFICATE: {renewing.certificate} cannot be read: No such" in log
        assert log.count("not_renewed") == 3
        renewing.write(leaf)
        assert shown(server.address, renewing) == whole
        assert keeps_secrets(server)


async def test_the_clients_authority_is_renewed_too(
    renewing: Papers, database_url: str, tmp_path: Path
) -> None:
    """Clients of the new one come in, and those of the old one no longer do."""
    other = trustme.CA()
    before = renewing.authority.issue_cert("me@example.com")
    after = other.issue_cert("me@example.com")
    with serving(database_url, tmp_path, tls_client_ca=renewing.ca, **renewing.settings) as server:
        assert await answers(server, renewing.tls(before))
        assert not await answers(server, renewing.tls(after))
        renewing.ca.write_bytes(other.cert_pem.bytes())
        assert await answers(server, renewing.tls(after))
        assert not await answers(server, renewing.tls(before))


# --- without TLS --------------------------------------------------------------------------------


async def test_a_unix_socket_is_its_owners_alone_and_nobody_takes_it(
    database_url: str, tmp_path: Path
) -> None:
    """A second server is refused and the first one stays; what a killed one left is taken away."""
    path = tmp_path / "rollbook.sock"
    with serving(database_url, tmp_path, listen=f"unix:{path}") as server:
        assert server.address == f"unix:{path}"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        second = rollbook("serve", "--listen", f"unix:{path}", env=_serving(server))
        assert (second.code, second.out) == (2, "")
        assert second.err.count("\n") == 1
        assert f"unix:{path}: a server listens there already" in second.err
        async with Client(server.address, server.token) as client:
            await client.get_server_info()
        server.kill()
        assert path.is_socket()
    with serving(database_url, tmp_path, listen=f"unix:{path}") as server:
        listed = rollbook("directories", "list", env=_calling(server))
        assert (listed.code, listed.err) == (0, "")
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(20)
        assert not path.exists()


def test_a_file_is_not_taken_for_a_socket(server: Server, tmp_path: Path) -> None:
    path = tmp_path / "precious"
    path.write_text("kept")
    said = rollbook("serve", "--listen", f"unix:{path}", env=_serving(server))
    assert (said.code, said.err.count("\n")) == (2, 1)
    assert "there is a file of that name already" in said.err
    assert path.read_text() == "kept"


def test_a_server_does_not_start_in_clear_text_on_a_network(server: Server) -> None:
    """One line lists the settings to choose from."""
    said = rollbook("serve", "--listen", "0.0.0.0:0", env=_serving(server))
    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)
    for name in ("ROLLBOOK_LISTEN", "ROLLBOOK_TLS_CERTIFICATE", "ROLLBOOK_ALLOW_PLAINTEXT=true"):
        assert name in said.err


def _serving(server: Server, **more: str) -> dict[str, str]:
    """The environment of another server on the same database."""
    return environment(
        ROLLBOOK_DATABASE_URL=server.database_url,
        ROLLBOOK_TOKEN_FILES=f"admin={server.token_file}",
        **more,
    )


# --- the command --------------------------------------------------------------------------------


def _calling(server: Server, **more: str) -> dict[str, str]:
    return environment(
        ROLLBOOK_ADDRESS=server.address, ROLLBOOK_TOKEN_FILE=str(server.token_file), **more
    )


def test_the_command_speaks_tls(secured: Server, papers: Papers) -> None:
    """With the authority's file, by option or environment."""
    ca = str(papers.ca)
    for arguments, more in ((("--ca", ca), {}), ((), {"ROLLBOOK_CA": ca})):
        listed = rollbook("directories", "list", *arguments, env=_calling(secured, **more))
        assert (listed.code, listed.err) == (0, "")


def test_the_command_shows_a_certificate_of_its_own(
    mutual: Server, papers: Papers, tmp_path: Path
) -> None:
    """A client without one gets the hint that it may need one."""
    mine = Papers(papers.authority, tmp_path)
    mine.write(papers.authority.issue_cert("me@example.com"))
    own = ("--certificate", str(mine.certificate), "--key", str(mine.key))
    listed = rollbook("directories", "list", "--ca", str(papers.ca), *own, env=_calling(mutual))
    assert (listed.code, listed.err) == (0, "")
    refused = rollbook("directories", "list", "--ca", str(papers.ca), env=_calling(mutual))
    assert (refused.code, refused.err.count("\n")) == (4, 1)
    assert "a client certificate" in refused.err


def test_the_command_says_in_a_line_why_it_does_not_trust_a_server(
    secured: Server, server: Server, papers: Papers, tmp_path: Path
) -> None:
    """Another authority's certificate, and TLS on one side alone."""
    other = new_papers(tmp_path)
    file = tmp_path / "users.csv"
    file.write_text("employee_number,email,first_name,last_name\n1,a@example.com,A,B\n")
    for arguments, called, says in (
        (("--ca", str(other.ca)), secured, "is of no authority that we trust"),
        (("--tls",), secured, "is of no authority that we trust"),
        (("--ca", str(papers.ca)), server, "speaks no TLS"),
        ((), secured, "it may need TLS"),
    ):
        said = rollbook("roles", "list", *arguments, env=_calling(called))
        assert (said.code, said.out, said.err.count("\n")) == (4, "", 1), said.err
        assert says in said.err
        imported = rollbook("import", str(file), *arguments, env=_calling(called))
        assert (imported.code, says in imported.err) == (4, True)


def test_the_command_knows_a_server_by_its_name(
    renewing: Papers, database_url: str, tmp_path: Path
) -> None:
    """A right certificate of another server's is refused; an expired one too."""
    yesterday = datetime.now(UTC) - timedelta(days=1)
    renewing.write(renewing.issue("other.example"))
    with serving(database_url, tmp_path, **renewing.settings) as server:
        for says in ("is in another name", "has expired"):
            said = rollbook("roles", "list", "--ca", str(renewing.ca), env=_calling(server))
            assert (said.code, said.out, said.err.count("\n")) == (4, "", 1)
            assert f"the certificate of {server.address} {says}" in said.err
            renewing.write(renewing.issue(until=yesterday))


def test_the_command_sends_no_token_over_a_network_in_clear_text(secured: Server) -> None:
    """Unless an option allows it by name."""
    elsewhere = _calling(secured) | {"ROLLBOOK_ADDRESS": "192.0.2.1:50051"}
    said = rollbook("roles", "list", env=elsewhere)
    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)
    assert "in clear text" in said.err
    assert "--plaintext" in said.err
