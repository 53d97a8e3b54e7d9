"""Tests of secrecy: without TLS or a sign-in, no mail is sent."""

import base64
import socket
from pathlib import Path

import pytest
import trustme
from mail_relay import DROP, STALL, Relay, Start, certificate, notice
from structlog.testing import capture_logs

from rollbook.hooks import Later, Sent

ADA, BOB = notice("ada@example.org"), notice("bob@example.org")
PASSWORD = "correct horse battery"


async def refused(start: Start, relay: Relay, **settings: object) -> str:
    """The one reason for which both mails are put off; nothing of them has reached the relay."""
    plugin = await start(port=relay.port, **settings)
    answers = await plugin.notify([ADA, BOB], 30) or {}
    assert set(answers) == {ADA.id, BOB.id}
    [answer] = set(answers.values())
    assert isinstance(answer, Later)
    assert not answer.in_doubt
    assert not {"MAIL", "RCPT", "DATA"} & set(relay.commands)
    assert relay.connections <= 1
    return answer.reason


async def test_a_relay_without_starttls_is_told_nothing(start: Start) -> None:
    """P39: we leave after EHLO, and the reason names it; also if STARTTLS was stripped."""
    async with Relay(None) as clear:
        reason = await refused(start, clear)
        assert reason == (
            f"The relay 127.0.0.1:{clear.port} offers no STARTTLS; nothing is sent in clear text."
        )
        assert clear.heard == [(False, "EHLO example.net")]


@pytest.mark.parametrize(
    ("action", "said"),
    [
        ("454 4.7.0 TLS not available", "replied: 454 4.7.0 TLS not available"),
        ("501 5.5.4 No", "replied: 501 5.5.4 No"),
        (DROP, "closed the connection."),
        (STALL, "did not answer in time."),
    ],
)
async def test_a_starttls_that_fails_ends_it(
    start: Start, relay: Relay, action: str, said: str
) -> None:
    """P39: it is no reason to go on in clear."""
    relay.once("STARTTLS", action)
    reason = await refused(start, relay, timeout=1 if action == STALL else 10)
    assert reason == f"The relay 127.0.0.1:{relay.port} {said}"
    assert [secret for secret, _ in relay.heard] == [False, False]


@pytest.mark.parametrize("starttls", [True, False])
async def test_the_certificates_name_is_checked(
    start: Start, authority: trustme.CA, starttls: bool
) -> None:
    """P39: of the right authority, for another host."""
    other = certificate(authority, "other.example.org")
    async with Relay(other, starttls=starttls) as relay:
        reason = await refused(start, relay, tls="starttls" if starttls else "tls")
        assert "has a certificate that is not trusted: " in reason
        assert "127.0.0.1" in reason.split("trusted")[1]


async def test_the_certificates_authority_is_checked(start: Start) -> None:
    """P39: a certificate of another authority."""
    async with Relay(certificate(trustme.CA())) as relay:
        reason = await refused(start, relay)
        assert "has a certificate that is not trusted: " in reason


async def test_a_relay_that_speaks_no_tls_where_it_should(start: Start) -> None:
    """P39: `tls` against a clear port."""
    async with Relay(None) as relay:
        plugin = await start(port=relay.port, tls="tls", timeout=5)
        answers = await plugin.notify([ADA], 30) or {}
        answer = answers[ADA.id]
        assert isinstance(answer, Later)
        assert "does not speak TLS as it should" in answer.reason
        assert relay.accepted == []


@pytest.mark.parametrize(
    ("stage", "action", "said"),
    [
        ("greeting", "554 5.7.1 Go away", "replied: 554 5.7.1 Go away"),
        ("greeting", "421 4.7.0 Too many", "replied: 421 4.7.0 Too many"),
        ("greeting", DROP, "closed the connection."),
        ("greeting", "hello there", "gave a reply that is none."),
        ("EHLO", "502 5.5.1 What?", "replied: 502 5.5.1 What?"),
    ],
)
async def test_a_relay_that_lets_nobody_in_is_asked_once(
    start: Start, relay: Relay, stage: str, action: str, said: str
) -> None:
    """Its reply is its operator's trouble: all is put off, and nothing undeliverable."""
    relay.always(stage, action)
    reason = await refused(start, relay)
    assert reason == f"The relay 127.0.0.1:{relay.port} {said}"


async def test_a_relay_that_is_down_puts_all_off(start: Start) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        plugin = await start(port=port)
        answers = await plugin.notify([ADA, BOB], 30) or {}
    reason = f"The relay 127.0.0.1:{port} cannot be reached: Connection refused."
    assert answers == dict.fromkeys((ADA.id, BOB.id), Later(reason))


async def test_a_name_that_does_not_resolve(start: Start, relay: Relay) -> None:
    plugin = await start(host="relay.invalid")
    [answer] = (await plugin.notify([ADA], 30) or {}).values()
    assert answer == Later(f"The relay relay.invalid:{relay.port} is not known by that name.")


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    """The relay's password, as an operator keeps it."""
    path = tmp_path / "password"
    path.write_text(f"{PASSWORD}\n")
    return path


async def test_it_signs_in_over_tls(start: Start, relay: Relay, password_file: Path) -> None:
    """The name and the password go to the relay alone, and only over TLS."""
    plugin = await start(username="rollbook", password_file=password_file)
    assert isinstance((await plugin.notify([ADA], 30) or {})[ADA.id], Sent)
    [(secret, line)] = [heard for heard in relay.heard if heard[1].startswith("AUTH")]
    assert secret
    shown = base64.b64decode(line.removeprefix("AUTH PLAIN "))
    assert shown == b"\0rollbook\0" + PASSWORD.encode()


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        ("535 5.7.8 Wrong", "replied: 535 5.7.8 Wrong"),
        ("454 4.7.0 Later", "replied: 454 4.7.0 Later"),
    ],
)
async def test_a_sign_in_that_is_refused_is_tried_once_a_call(
    start: Start, relay: Relay, password_file: Path, refusal: str, said: str
) -> None:
    """A try for each mail would lock the account out."""
    relay.always("AUTH", refusal)
    reason = await refused(start, relay, username="rollbook", password_file=password_file)
    assert reason == f"The relay 127.0.0.1:{relay.port}, asked to sign in, {said}"
    assert relay.commands.count("AUTH") == 1


async def test_a_relay_where_nobody_can_sign_in(
    start: Start, relay: Relay, password_file: Path
) -> None:
    relay.extensions[:] = ["8BITMIME"]
    reason = await refused(start, relay, username="rollbook", password_file=password_file)
    assert reason.endswith("asked to sign in, offers no way to sign in that is known here.")


async def test_logs_name_no_recipient_and_no_secret(
    start: Start, relay: Relay, password_file: Path
) -> None:
    """P50: from `info` on they count; whatever happens, the password is in none of them."""
    relay.once("AUTH", "535 5.7.8 Wrong").once("RCPT", "550 5.1.1 <ada@example.org> who?")
    plugin = await start(username="rollbook", password_file=password_file, connections=1)
    with capture_logs() as logs:
        for _ in range(2):
            await plugin.notify([ADA, BOB], 30)
    told = [log for log in logs if log["log_level"] != "debug"]
    assert [(log["sent"], log["later"], log["undeliverable"]) for log in told] == [
        (0, 2, 0),
        (1, 0, 1),
    ]
    assert "example.org" not in str(told)
    assert PASSWORD not in str(logs)
    assert PASSWORD not in repr(vars(plugin))
