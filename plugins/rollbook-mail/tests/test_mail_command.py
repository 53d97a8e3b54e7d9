"""Tests of the command, which previews mails and sends a test mail."""

import asyncio
from collections.abc import Callable
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from mail_relay import DROP, Relay

from rollbook_mail.commands import main
from rollbook_mail.purposes import PURPOSES


def run(*words: object) -> Result:
    """The command, with those words."""
    return CliRunner().invoke(main, [str(word) for word in words])


def test_a_preview_needs_no_relay(environment: Callable[..., None], tmp_path: Path) -> None:
    """Three files a mail: as it is sent, and its two parts as they are read."""
    environment(from_name="Acme")
    out = tmp_path / "new" / "folder"
    ended = run("preview", "--out", out)
    assert ended.exit_code == 0
    parts = ("eml", "html", "txt")
    assert ended.output.split() == [
        str(out / f"{purpose}.{part}") for purpose in PURPOSES.values() for part in parts
    ]
    assert "sample-sample-" in (out / "invitation.txt").read_text()
    assert "this-isno-real-" in (out / "login_details.html").read_text()
    message = message_from_bytes((out / "welcome.eml").read_bytes(), policy=policy.default)
    assert message["From"] == "Acme <rollbook@example.org>"
    assert "Hello Ada Byron," in (out / "welcome.txt").read_text()
    assert "Hello Ada Byron," in (out / "welcome.html").read_text()


def test_a_preview_shows_the_operators_own(
    environment: Callable[..., None], tmp_path: Path
) -> None:
    """With their sender. A wrong template is reported as at a start of the service."""
    own, out = tmp_path / "own", tmp_path / "out"
    own.mkdir()
    (own / "welcome.txt").write_text("Salut {{ first_name }}")
    environment(templates=own, sender="accounts@example.net", username="whoever")
    assert run("preview", "--out", out).exit_code == 0
    assert (out / "welcome.txt").read_text() == "Salut Ada\n"
    assert b"From: accounts@example.net\r\n" in (out / "welcome.eml").read_bytes()
    (own / "welcome.txt").write_text("{{ nobody }}")
    ended = run("preview", "--out", out)
    assert ended.exit_code == 1
    assert "Error: The template welcome.txt cannot be rendered" in ended.output


@pytest.fixture
def set_up(relay: Relay, environment: Callable[..., None], ca_file: Path) -> None:
    """The environment of a service that uses the relay."""
    environment(host="127.0.0.1", port=relay.port, ca_file=ca_file, sender="accounts@example.net")


@pytest.mark.usefixtures("set_up")
async def test_a_test_sends_one_mail_and_says_how(relay: Relay) -> None:
    """Step by step, with the relay's own words."""
    ended = await asyncio.to_thread(run, "test", "--to", "me@example.org")
    assert ended.exit_code == 0, ended.output
    size = len(relay.mail_to("me@example.org").content)
    assert ended.output.splitlines() == [
        f"settings: 127.0.0.1:{relay.port}, starttls",
        "templates: all can be rendered",
        f"connected to 127.0.0.1:{relay.port}",
        "TLSv1.3; the certificate is trusted and names 127.0.0.1",
        "MAIL: 250 2.1.0 Ok",
        "RCPT: 250 2.1.5 Ok",
        "DATA: 354 Go on",
        f"{size} bytes and the final dot: 250 2.0.0 Ok: queued as 4BxY7",
        "the relay has the mail",
    ]


@pytest.mark.usefixtures("set_up")
@pytest.mark.parametrize(
    ("stage", "action", "said"),
    [
        ("RCPT", "550 5.1.1 Nobody", "The relay refused the recipient: 550 5.1.1 Nobody"),
        ("STARTTLS", DROP, "closed the connection."),
        ("dot", DROP, "The mail was sent, and not answered."),
    ],
)
async def test_a_test_that_fails_says_where(
    relay: Relay, stage: str, action: str, said: str
) -> None:
    """And ends with 1."""
    relay.once(stage, action)
    ended = await asyncio.to_thread(run, "test", "--to", "me@example.org")
    assert ended.exit_code == 1
    assert ended.output.splitlines()[-1].startswith("Error: The relay ")
    assert ended.output.splitlines()[-1].endswith(said)


def test_a_test_without_settings_names_the_first_that_is_missing(
    environment: Callable[..., None],
) -> None:
    environment()
    assert run("test", "--to", "me@example.org").output == (
        "Error: ROLLBOOK_MAIL_HOST is not set.\n"
    )


@pytest.mark.usefixtures("set_up")
async def test_a_test_to_what_is_no_address(relay: Relay) -> None:
    ended = await asyncio.to_thread(run, "test", "--to", "me@example.org, you@example.org")
    assert ended.exit_code == 1
    assert "The stored address cannot be mailed to" in ended.output
    assert relay.connections == 0
