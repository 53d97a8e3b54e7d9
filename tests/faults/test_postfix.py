"""Two thousand invitations through a real Postfix, which is killed, as the server is."""

import asyncio
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from rollbook.client import Client
from rollbook.v1.credentials_pb2 import LOGIN_RESULT_OK
from tests import postfix
from tests.acceptance.getting_in import sending
from tests.acceptance.post import MAILS, SOON, Post
from tests.acceptance.wire import HEADER, Peer, users
from tests.environment import Cluster, Server
from tests.faults.witness import started, tell

_MAILS, _CONNECTIONS = 2_000, 3


@pytest.fixture
def relay() -> Iterator[postfix.Postfix]:
    """A Postfix, where Debian's is installed."""
    if not postfix.AVAILABLE:
        pytest.skip(postfix.MISSING)
    with postfix.running() as running:
        yield running


async def _sent(post: Post, directory: str, count: int) -> None:
    """Until so many are sent; what waits for another attempt is due at once."""
    async with asyncio.timeout(240):
        while (await post.states(directory))["sent"] < count:
            await post.due_now(directory)
            await asyncio.sleep(0.2)


@pytest.mark.long
@pytest.mark.timeout(900)
async def test_a_real_relay_and_a_server_are_killed_and_everybody_has_one_mail(
    relay: postfix.Postfix, cluster: Cluster, tmp_path: Path
) -> None:
    """P02, P33, P36, S58: a second mail only where a kill left the first in doubt, the same one.

    Each has its link, which opens the account once.
    """
    url = await cluster.new_database()
    settings: dict[str, Any] = {
        **sending(tmp_path, "rollbook-mail"),
        "plugins": "rollbook-mail",
        "notification_poll": SOON,
        "notification_claim": 2,
        "mail_host": "127.0.0.1",
        "mail_port": relay.port,
        "mail_ca_file": relay.ca_file,
        "mail_from": "accounts@example.net",
        "mail_connections": _CONNECTIONS,
    }
    async with started(url, tmp_path, **settings) as server, Peer.of(server) as peer:
        post = Post(peer, tmp_path, url)
        directory = await post.directory()
        await peer.send_file(directory, HEADER + users(*range(_MAILS)), options=MAILS["invitation"])
        for part in (8, 4, 2):
            await _sent(post, directory, _MAILS // part)
            relay.kill()
            await asyncio.sleep(1)
            relay.start()
        await _sent(post, directory, 3 * _MAILS // 4)
        server.kill()
    async with started(url, tmp_path, **settings) as server, Peer.of(server) as peer:
        post = Post(peer, tmp_path, url)
        await _sent(post, directory, _MAILS)
        rows = await post.rows(directory)
        mails = await _delivered(relay)
        await _opened(server, directory, {str(mail["To"]): _link(mail) for mail in mails})

    copies = _copies(mails)
    assert set(copies) == {f"u{number}@example.org" for number in range(_MAILS)}
    doubled = {person for person, queued in copies.items() if len(queued) > 1}
    again = {f"u{row['employee_number']}@example.org" for row in rows if row["attempts"] > 1}
    doubtful = {f"u{row['employee_number']}@example.org" for row in rows if row["in_doubt"]}
    tell(f"{len(mails)} mails; in doubt {len(doubtful)}, doubled {len(doubled)}")
    assert doubled <= again
    # Those that were under way when the server was killed, or answered and not yet stored.
    assert len(doubled - doubtful) <= 4 * _CONNECTIONS


def _copies(mails: Iterable[EmailMessage]) -> dict[str, set[str]]:
    """The queue ids of each person's mails: one that Postfix delivers twice keeps its id.

    All copies of one person's mail must be the same mail, and no two persons' are.
    """
    copies: defaultdict[str, set[str]] = defaultdict(set)
    written: defaultdict[str, set[tuple[str, str, str]]] = defaultdict(set)
    for mail in mails:
        person = str(mail["To"])
        copies[person].add(str(mail["Received"]).split(" id ")[1].split()[0])
        written[person].add((str(mail["Message-ID"]), str(mail["Date"]), _link(mail)))
    assert {len(one) for one in written.values()} == {1}
    for column in (0, 2):
        assert len({facts[column] for (facts,) in written.values()}) == len(written)
    return copies


def _link(mail: EmailMessage) -> str:
    """The token of the link, which stands on a line of its own."""
    body = mail.get_body(("plain",))
    assert body
    text = str(body.get_content()).replace("\r\n", "\n")
    (token,) = re.findall(r"^https://\S+/set-password#\S+\.(\S+)$", text, re.MULTILINE)
    return str(token)


async def _opened(server: Server, directory: str, links: dict[str, str]) -> None:
    """Each hundredth person gets in by the link, and by no other's."""
    async with Client(server.address, server.token) as client:
        for number in range(0, _MAILS, 100):
            person = f"u{number}@example.org"
            own = "four silver kettles hum"
            await client.credentials.set_by_link(directory, links[person], own)
            answer = await client.credentials.verify(directory, own, email=person)
            assert answer.result == LOGIN_RESULT_OK


async def _delivered(relay: postfix.Postfix) -> list[EmailMessage]:
    """The mails, once Postfix has delivered all that it queued."""
    async with asyncio.timeout(120):
        while await asyncio.to_thread(relay.queued):  # noqa: ASYNC110  # no event
            await asyncio.sleep(0.5)
    return relay.delivered()
