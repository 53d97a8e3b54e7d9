"""rollbook-mail at work: imports ask for mails, and a service sends them over TLS.

The relay is that of the plugin's own tests, which refuses and breaks off as ordered.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import trustme
from mail_relay import DROP, Relay, certificate

from rollbook.v1 import users_pb2
from rollbook.v1.notifications_pb2 import ResendNoticesRequest
from tests.acceptance.post import SOON, WELCOME, Post
from tests.acceptance.wire import HEADER, Peer, user, users
from tests.environment import Server, serving
from tests.faults.witness import started


@pytest_asyncio.fixture
async def relay() -> AsyncIterator[tuple[Relay, Path]]:
    """A relay, and its authority's certificate."""
    authority = trustme.CA()
    async with Relay(certificate(authority)) as running:
        with authority.cert_pem.tempfile() as path:
            yield running, Path(path)


def _settings(relay: tuple[Relay, Path], **but: Any) -> dict[str, Any]:
    listening, ca_file = relay
    usual = {
        "plugins": "rollbook-mail",
        "notification_poll": SOON,
        "mail_host": "127.0.0.1",
        "mail_port": listening.port,
        "mail_ca_file": ca_file,
        "mail_from": "accounts@example.net",
        "mail_from_name": "Acme",
    }
    return usual | but


@pytest_asyncio.fixture
async def mailing(
    relay: tuple[Relay, Path], database_url: str, tmp_path: Path
) -> AsyncIterator[tuple[Post, Relay, Server]]:
    """A server with the plugin, and its relay."""
    async with (
        started(database_url, tmp_path, **_settings(relay)) as server,
        Peer.of(server) as peer,
    ):
        yield Post(peer, tmp_path, database_url), relay[0], server


Mailing = tuple[Post, Relay, Server]


async def _import(post: Post, directory: str, file: str) -> str:
    """Import it, with a welcome for new users; returns the import's id."""
    answer = await post.peer.send_file(directory, HEADER + file, options=WELCOME)
    assert answer.summary, answer.message
    return answer.summary.import_id


async def test_who_is_created_is_mailed(mailing: Mailing) -> None:
    """One mail each, over TLS, to the stored address; the relay's reply is listed.

    B143, B159: a name of markup is in no header, and escaped where it is shown.
    """
    post, relay, server = mailing
    directory = await post.directory()
    file = users(1, 2) + user(3, email="no") + user(4, last_name="<b>{{ 7 * 7 }}</b>")
    import_id = await _import(post, directory, file)
    assert await post.settled(directory) == {"sent": 3}
    stored = [f"u{number}@example.org" for number in (1, 2, 4)]
    assert sorted(mail.recipient for mail in relay.accepted) == stored
    assert {mail.head.count("\r\nTo: ") for mail in relay.accepted} == {1}
    odd = relay.mail_to("u4@example.org")
    assert "<b>" not in odd.head
    assert "{{" not in odd.head
    page = odd.message.get_body(("html",))
    assert page is not None
    assert "Hello Ada &lt;b&gt;{{ 7 * 7 }}&lt;/b&gt;," in page.get_content()
    found = await post.listed(directory, import_id)
    assert {one.reason for one in found} == {"250 2.0.0 Ok: queued as 4BxY7"}
    clear = {line.split()[0] for secret, line in relay.heard if not secret}
    assert clear == {"EHLO", "STARTTLS"}
    assert "@example.org" not in server.log.read_text()


async def test_one_that_bounces_is_seen_on_the_user_and_the_import(mailing: Mailing) -> None:
    """P35: undeliverable at once, with the relay's words; the others are sent."""
    post, relay, _ = mailing
    relay.always("RCPT", "550 5.1.1 no such user", to="u2@example.org")
    directory = await post.directory()
    import_id = await _import(post, directory, users(1, 2, 3))
    assert await post.settled(directory) == {"sent": 2, "undeliverable": 1}
    [bounced] = [
        one for one in await post.listed(directory, import_id) if one.employee_number == "2"
    ]
    assert bounced.reason == "The relay refused the recipient: 550 5.1.1 no such user"
    assert bounced.attempts == 1
    key = users_pb2.UserKey(employee_number="2")
    request = users_pb2.GetUserRequest(directory=directory, user=key)
    assert (await post.peer.ask(post.peer.users.GetUser, request)).user.last_notice == bounced


async def test_one_that_is_put_off_is_sent_later_and_once(mailing: Mailing) -> None:
    """P34: after a 450 it waits for the schedule, and is sent once."""
    post, relay, _ = mailing
    relay.once("RCPT", "450 4.2.0 Busy")
    directory = await post.directory()
    import_id = await _import(post, directory, users(1))
    await post.tried(directory, 1)
    [waiting] = await post.listed(directory, import_id)
    assert waiting.reason == "The relay refused the recipient: 450 4.2.0 Busy"
    assert relay.accepted == []
    await post.due_now(directory)
    assert await post.settled(directory) == {"sent": 1}
    assert len(relay.accepted) == 1


async def test_a_break_after_the_final_dot_is_tried_once_more(mailing: Mailing) -> None:
    """P36: the same bytes and Message-ID; in doubt a second time, it stays so: no third mail."""
    post, relay, _ = mailing
    relay.always("dot", DROP)
    directory = await post.directory()
    import_id = await _import(post, directory, users(1))
    await post.tried(directory, 1)
    await post.due_now(directory)
    assert await post.settled(directory) == {"in_doubt": 1}
    one, two = relay.contents
    assert one == two
    assert one.message["Date"]
    assert one.message["Message-ID"]
    [settled] = await post.listed(directory, import_id)
    assert settled.in_doubt
    assert settled.attempts == 2


async def test_what_is_sent_again_by_request_is_a_new_mail(mailing: Mailing) -> None:
    """Another Message-ID and date than the mail before it, so that no mailbox drops it."""
    post, relay, _ = mailing
    relay.always("dot", "550 5.1.1 no such user")
    directory = await post.directory()
    import_id = await _import(post, directory, users(1))
    assert await post.settled(directory) == {"undeliverable": 1}
    await asyncio.sleep(1)  # the date has whole seconds
    relay.always("dot", "")
    request = ResendNoticesRequest(directory=directory, import_id=import_id)
    await post.peer.ask(post.peer.notifications.ResendNotices, request)
    assert await post.settled(directory) == {"resent": 1, "sent": 1}
    one, two = (mail.message for mail in relay.contents)
    assert (one["To"], one["Subject"]) == (two["To"], two["Subject"])
    for header in ("Message-ID", "Date"):
        assert one[header] != two[header]


async def test_a_relay_without_starttls_is_told_nothing(mailing: Mailing) -> None:
    """P39: the mail waits, with the reason; the import finishes."""
    post, relay, _ = mailing
    relay.certificate = None
    directory = await post.directory()
    import_id = await _import(post, directory, users(1))
    await post.tried(directory, 1)
    [waiting] = await post.listed(directory, import_id)
    assert waiting.reason == (
        f"The relay 127.0.0.1:{relay.port} offers no STARTTLS; nothing is sent in clear text."
    )
    assert set(relay.commands) == {"EHLO"}


async def test_a_relay_that_was_down_gets_all_that_waited(mailing: Mailing) -> None:
    """P33: imports go on, and what waited goes out once it is back, each once."""
    post, relay, _ = mailing
    relay.always("greeting", "421 4.3.2 Not now")
    directory = await post.directory()
    for number in range(3):
        await _import(post, directory, users(*range(number * 40, number * 40 + 40)))
    await post.tried(directory, 1)
    assert relay.accepted == []
    relay.always("greeting", "")
    await post.due_now(directory)
    assert await post.settled(directory) == {"sent": 120}
    assert sorted(mail.recipient for mail in relay.accepted) == sorted(
        f"u{number}@example.org" for number in range(120)
    )


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"mail_from": "nobody"}, "ROLLBOOK_MAIL_FROM is wrong: it is no address"),
        ({"mail_tls": "off"}, "ROLLBOOK_MAIL_TLS is wrong"),
        ({"mail_templates": "/nowhere"}, "ROLLBOOK_MAIL_TEMPLATES is wrong"),
    ],
)
async def test_a_wrong_setting_stops_the_start(
    relay: tuple[Relay, Path], database_url: str, tmp_path: Path, wrong: dict[str, str], said: str
) -> None:
    """The plugin is named; the log names the variable."""
    settings = _settings(relay) | wrong
    with (
        pytest.raises(AssertionError) as refused,
        serving(database_url, tmp_path, **settings),
    ):
        pytest.fail("it started")
    assert "rollbook-mail failed to start" in str(refused.value)
    assert said in str(refused.value)
