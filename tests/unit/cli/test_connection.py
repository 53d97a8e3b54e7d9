"""Which server and token a command uses: the nearest option wins."""

import os
from pathlib import Path

import click
import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from rollbook.cli import connection
from rollbook.cli.connection import Where, connection_options, find
from rollbook.cli.connection_tls import Security
from rollbook.client import Client, Tls
from rollbook.errors import Reason, Refusal

HERE, THERE = "127.0.0.1:5000", "10.0.0.1:5000"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, and nothing in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("ROLLBOOK_")]:
        monkeypatch.delenv(name)
    return tmp_path


def embedded(folder: Path) -> None:
    """What `serve --embedded` leaves in its folder."""
    (folder / connection.STATE).mkdir()
    (folder / connection.STATE / "address").write_text(f"{HERE}\n")
    (folder / connection.STATE / "token").write_text("local\n")


def found(*arguments: str) -> Where:
    """The result of `find` after a group's and a command's own options."""
    seen: list[Where] = []

    @click.group()
    @connection_options
    def group() -> None: ...

    @group.command()
    @connection_options
    def command() -> None:
        seen.append(find())

    group.main(list(arguments), standalone_mode=False)
    return seen[0]


def test_beside_an_embedded_server_nothing_has_to_be_said(folder: Path) -> None:
    embedded(folder)
    assert found("command") == Where(HERE, "local")


def test_a_local_token_is_shown_to_the_local_server_alone(folder: Path) -> None:
    """Any other server would learn a secret."""
    embedded(folder)
    with pytest.raises(Refusal) as refused:
        found("command", "--address", THERE)
    assert refused.value.reason == Reason.TOKEN_MISSING
    assert found("command", "--address", HERE).token == "local"


def test_what_is_typed_wins_over_the_environment_and_both_over_the_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedded(folder)
    monkeypatch.setenv("ROLLBOOK_ADDRESS", THERE)
    monkeypatch.setenv("ROLLBOOK_TOKEN", "environment")
    (folder / "mine").write_text("typed\n")
    monkeypatch.setenv("ROLLBOOK_PLAINTEXT", "true")
    assert found("command") == Where(THERE, "environment", Security(plaintext=True))
    assert found("command", "--token-file", "mine").token == "typed"
    assert found("--address", "a:1", "command").address == "a:1"
    assert found("--address", "a:1", "command", "--address", "b:1").address == "b:1"


def test_an_empty_token_file_is_not_made_up_for_by_the_administrators_token(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise a caller with fewer rights would use the token beside the server."""
    embedded(folder)
    (folder / "mine").write_text(" \n")
    with pytest.raises(click.UsageError, match="the token file mine is empty"):
        found("command", "--token-file", "mine")
    monkeypatch.setenv("ROLLBOOK_TOKEN_FILE", "mine")
    with pytest.raises(click.UsageError, match="the token file mine is empty"):
        found("command")


def test_a_token_file_of_the_environment_wins_over_its_token(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "file").write_text("of the file\n")
    monkeypatch.setenv("ROLLBOOK_TOKEN", "environment")
    monkeypatch.setenv("ROLLBOOK_TOKEN_FILE", str(folder / "file"))
    assert found("command", "--address", HERE).token == "of the file"


@pytest.mark.parametrize("address", ["host:1", "127.0.0.1:65535", "[::1]:50051", "unix:/tmp/a"])
def test_addresses(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROLLBOOK_TOKEN", "t")
    assert found("command", "--address", address, "--plaintext").address == address


@pytest.mark.parametrize("address", ["host", "host:", "http://host:1", ":1", "a b:1", "::1"])
def test_what_is_no_address(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROLLBOOK_TOKEN", "t")
    with pytest.raises(click.UsageError):
        found("command", "--address", address)


# --- TLS and clear text ---------------------------------------------------------------------------


@pytest.fixture
def pem(folder: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """`ca`, `mine`, `key` and `other`, in the folder; and a token."""
    ca = trustme.CA()
    mine, other = ca.issue_cert("me@example.com"), ca.issue_cert("you@example.com")
    ca.cert_pem.write_to_path("ca")
    mine.cert_chain_pems[0].write_to_path("mine")
    mine.private_key_pem.write_to_path("key")
    other.private_key_pem.write_to_path("other")
    monkeypatch.setenv("ROLLBOOK_TOKEN", "t")
    return ca


CLEAR = ["127.0.0.1:1", "127.7.7.7:1", "[::1]:1", "localhost:1", "LOCALHOST:1", "unix:/tmp/a"]
NETWORK = ["10.0.0.1:1", "example.com:1", "127.0.0.1.example.com:1", "[2001:db8::1]:1", "0.0.0.0:1"]


@pytest.mark.parametrize("address", CLEAR)
def test_clear_text_is_spoken_on_this_machine_unasked(address: str, pem: trustme.CA) -> None:
    assert found("command", "--address", address).security == Security()


@pytest.mark.parametrize("address", NETWORK)
async def test_over_a_network_it_has_to_be_said(address: str, pem: trustme.CA) -> None:
    """By the command and by the library: else the token would be read on the way."""
    with pytest.raises(click.UsageError, match="in clear text: give --ca FILE, or --tls"):
        found("command", "--address", address)
    assert found("--plaintext", "command", "--address", address).security.plaintext
    assert found("command", "--address", address, "--tls").security == Security(Tls())
    with pytest.raises(Refusal, match="in clear text") as refused:
        Client(address, "t")
    assert refused.value.reason == Reason.INVALID_OPTIONS
    async with Client(address, "t", plaintext=True), Client(address, "t", tls=Tls()):
        pass


def test_tls_is_spoken_where_a_file_of_it_is_given(
    pem: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By option, by variable, and also on this machine."""
    ca = pem.cert_pem.bytes()
    assert found("command", "--address", HERE, "--ca", "ca").security.tls == Tls(ca=ca)
    both = ("--certificate", "mine", "--key", "key")
    tls = found("--address", THERE, *both, "command").security.tls
    assert tls is not None
    assert (tls.ca, tls.certificate, tls.key) == (
        None,
        Path("mine").read_bytes(),
        Path("key").read_bytes(),
    )
    assert "PRIVATE" not in repr(tls)
    monkeypatch.setenv("ROLLBOOK_CA", "ca")
    assert found("command", "--address", THERE).security.tls == Tls(ca=ca)
    monkeypatch.setenv("ROLLBOOK_TLS", "maybe")
    with pytest.raises(click.UsageError, match="ROLLBOOK_TLS is 'maybe'"):
        found("command", "--address", THERE)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--ca", "none"], "none cannot be read: No such file"),
        (["--ca", "key"], "key holds no certificate"),
        (["--ca", ""], "in clear text"),
        (["--certificate", "mine"], "go together"),
        (["--certificate", "mine", "--key", "other"], "other is not the key of the certificate"),
        (["--certificate", "mine", "--key", "ca"], "ca holds no private key"),
        (["--certificate", "key", "--key", "key"], "key holds no certificate"),
        (["--certificate", "mine", "--key", "none"], "none cannot be read"),
        (["--tls", "--plaintext"], "--plaintext cannot go with TLS"),
    ],
)
def test_what_cannot_be_used_is_named_before_anybody_is_called(
    pem: trustme.CA, arguments: list[str], says: str
) -> None:
    with pytest.raises(click.UsageError, match=says):
        found("command", "--address", THERE, *arguments)


def test_a_key_with_a_passphrase_is_refused_and_asks_nobody(pem: trustme.CA) -> None:
    secret = load_pem_private_key(Path("key").read_bytes(), None)
    sealed = BestAvailableEncryption(b"secret")
    Path("sealed").write_bytes(secret.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, sealed))
    with pytest.raises(click.UsageError, match="or one with a passphrase"):
        found("command", "--address", THERE, "--certificate", "mine", "--key", "sealed")
