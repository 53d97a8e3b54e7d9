"""Tests of delivery reports: which mail came back, why, and what is no report of ours."""

from uuid import UUID

import pytest
from mail_relay import Relay, Start, notice

from rollbook.hooks import Sent
from rollbook_mail.reports import NoReport, read

ID = "7d444840-9dc0-41d1-8245-5ffdce74fae1"
OURS = f"<{ID}.acme@example.net>"

REPORT = """\
Return-Path: <>
To: {to}
From: MAILER-DAEMON@relay.example.org (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example.org
X-Postfix-Queue-ID: 4BxY7
Arrival-Date: Fri, 27 Nov 2026 11:00:00 +0000 (UTC)

Final-Recipient: rfc822; ada@example.org
Original-Recipient: rfc822;ada@example.org
Action: {action}
Status: {status}
Remote-MTA: dns; mx.example.org
Diagnostic-Code: smtp; 550 5.1.1 <ada@example.org>: Recipient address
    rejected: User unknown in local recipient table

--b
Content-Type: {kind}

{headers}
--b--
"""
MAIL = f"From: accounts@example.net\nTo: ada@example.org\nMessage-ID: {OURS}\nSubject: Hello\n"


def report(**but: str) -> bytes:
    """A report as Postfix writes it, except for what is given."""
    usual = {
        "to": "accounts@example.net",
        "action": "failed",
        "status": "5.1.1",
        "kind": "text/rfc822-headers",
        "headers": MAIL,
    }
    return REPORT.format(**usual | but).encode()


@pytest.mark.parametrize("ends", [b"\n", b"\r\n"])
@pytest.mark.parametrize("kind", ["text/rfc822-headers", "message/rfc822"])
def test_a_mail_that_came_back_is_known_by_its_message_id(kind: str, ends: bytes) -> None:
    """Whether the report has the whole mail or its headers alone."""
    headers = MAIL if kind.startswith("text") else f"{MAIL}\nAn account has been made for you.\n"
    found = read(report(kind=kind, headers=headers).replace(b"\n", ends))
    assert (found.notice_id, found.directory, found.failed) == (ID, "acme", True)
    assert found.status == "5.1.1"
    assert found.reason == (
        "550 5.1.1 <ada@example.org>: Recipient address rejected: User unknown in local recipient"
        " table"
    )


@pytest.mark.parametrize(
    ("to", "directory"),
    [
        (f"bounces+{UUID(ID).hex}.acme@example.net", "acme"),
        (f"<Bounces+{UUID(ID).hex.upper()}@example.net>", ""),
    ],
)
def test_or_by_the_address_that_it_came_back_to(to: str, directory: str) -> None:
    """Where the report has nothing of the mail."""
    found = read(report(to=to, headers="Subject: Hello\n"))
    assert (found.notice_id, found.directory, found.failed) == (ID, directory, True)


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded"])
def test_a_report_of_something_else_is_no_failure(action: str) -> None:
    """A delay, above all, which Postfix reports after some hours."""
    found = read(report(action=action, status="4.4.1"))
    assert (found.failed, found.action) == (False, action)


@pytest.mark.parametrize(
    ("said", "status"),
    [("4.4.7 (delivery time expired)", "4.4.7"), ("failure", "5.0.0"), ("2.0.0", "5.0.0")],
)
def test_a_failure_has_the_status_of_one(said: str, status: str) -> None:
    """Also one that was tried until its time was over."""
    found = read(report(action="Failed", status=said))
    assert (found.failed, found.status) == (True, status)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        b"Subject: Out of office\n\nI am away.\n",
        report().replace(b"Action: failed\n", b""),
        report().replace(OURS.encode(), b"<other@example.com>"),
        report().replace(OURS.encode(), f"<{ID}@example.net>".encode()),
        report().replace(b"message/delivery-status", b"text/plain"),
        report(to="bounces+7d44@example.net", headers=""),
        report()[:400],
    ],
    ids=["empty", "bytes", "away", "no action", "other", "no directory", "text", "short", "cut"],
)
def test_what_is_no_report_of_ours_is_said(content: bytes) -> None:
    """Whatever the bytes are."""
    with pytest.raises(NoReport, match=r"^It is (no delivery report|about no mail of ours)"):
        read(content)


def test_what_a_stranger_writes_is_one_printable_line() -> None:
    """Of the text and of the action; and a report without end is read in part."""
    odd = report().replace(b"smtp; 550", b"smtp; \x1b[31m\x00 \xc3\xa9" + b"x" * 300)
    found = read(odd + b"x" * 3_000_000)
    assert found.reason.isprintable()
    assert len(found.reason) <= 200
    assert read(report(action="failed\n\x1b[31m")).action.isprintable()


async def test_with_verp_each_mail_has_a_sender_of_its_own(start: Start, relay: Relay) -> None:
    """Which leads back to the notice; the From of the mail stays the sender's."""
    plugin = await start(verp="true", envelope_from="bounces@example.net")
    ada, bob = notice("ada@example.org", id=ID), notice("bob@example.org", id=str(UUID(int=7)))
    long = bob._replace(id=str(UUID(int=8)), email="c@example.org", directory="d" * 40)
    answers = await plugin.notify([ada, bob, long], 30) or {}
    assert {type(answer) for answer in answers.values()} == {Sent}
    senders = {mail.recipient: mail.sender for mail in relay.accepted}
    assert senders == {
        "ada@example.org": f"bounces+{UUID(ID).hex}.acme@example.net",
        "bob@example.org": f"bounces+{UUID(int=7).hex}.acme@example.net",
        "c@example.org": f"bounces+{UUID(int=8).hex}@example.net",
    }
    mail = relay.mail_to("ada@example.org")
    assert mail.message["From"] == "accounts@example.net"
    found = read(report(to=mail.sender, headers=mail.head))
    assert (found.notice_id, found.directory) == (ID, "acme")
    assert read(report(to=mail.sender, headers="")).notice_id == ID
