"""Invitations through a relay that breaks off, refuses, drips or is away, as ordered."""

import asyncio
import re
from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import trustme
from mail_relay import DROP, SLOWLY, Mail, Relay, certificate, until

from rollbook.client import Client
from rollbook.v1.credentials_pb2 import LOGIN_RESULT_OK
from tests.acceptance.getting_in import sending
from tests.acceptance.post import MAILS, SOON, Post
from tests.acceptance.wire import HEADER, Peer, users
from tests.environment import Cluster, Server
from tests.faults.witness import started, tell

_LINK = re.compile(r"^https://people\.example\.org/set-password#\S+\.(\S+)$", re.MULTILINE)
_AUTHORITY = trustme.CA()
_OPENED = 20
"""How many of the people get in by their link."""
people = pytest.mark.parametrize(
    "count", [100, pytest.param(2_000, marks=[pytest.mark.long, pytest.mark.timeout(900)])]
)
"""Marks a test that has a hundred people in the usual run, and two thousand in the long one."""


@pytest_asyncio.fixture
async def relay() -> AsyncIterator[Relay]:
    """A relay that drips a little: each mail takes long enough to be cut."""
    async with Relay(certificate(_AUTHORITY)) as running:
        running.pause = 0.005
        yield running


@pytest.fixture
def settings(relay: Relay, tmp_path: Path) -> dict[str, Any]:
    """Those of a server whose rollbook-mail sends links through the relay."""
    ca_file = tmp_path / "relay.pem"
    _AUTHORITY.cert_pem.write_to_path(str(ca_file))
    return {
        **sending(tmp_path, "rollbook-mail"),
        "plugins": "rollbook-mail",
        "notification_poll": SOON,
        "notification_claim": 2,
        "mail_host": "127.0.0.1",
        "mail_port": relay.port,
        "mail_ca_file": ca_file,
        "mail_from": "accounts@example.net",
    }


@people
async def test_a_server_is_killed_and_a_relay_breaks_off_and_all_have_one_mail(
    relay: Relay, settings: dict[str, Any], cluster: Cluster, tmp_path: Path, count: int
) -> None:
    """P02, P36, P37: twice only where the first is in doubt, then the same mail to the byte."""
    url = await cluster.new_database()
    relay.always("dot", f"{SLOWLY}250 2.0.0 Ok").always("QUIT", DROP)
    async with started(url, tmp_path, **settings) as server, Peer.of(server) as peer:
        post = Post(peer, tmp_path, url)
        directory = await post.directory()
        await peer.send_file(directory, HEADER + users(*range(count)), options=MAILS["invitation"])
        await until(lambda: len(relay.contents) >= count // 4, 60)
        server.kill()
    await until(lambda: not relay.sessions)
    rows = await post.rows(directory)
    doubtful = _received(relay) - {_email(row) for row in rows if row["state"] == "sent"}
    untried = [_email(row) for row in rows if not row["attempts"]]
    broken, refused = set(untried[::10]), untried[5::10]
    assert broken
    for person in broken:
        relay.once("dot", DROP, to=person)
    for person in refused:
        relay.once("RCPT", "421 4.3.2 Not now", to=person)
    async with started(url, tmp_path, **settings) as server, Peer.of(server) as peer:
        post = Post(peer, tmp_path, url)
        await _all_sent(post, directory, count)
        mails = _by_person(relay)
        await _get_in(server, directory, mails)
    assert set(mails) == {f"u{number}@example.org" for number in range(count)}
    doubled = {person for person, each in mails.items() if len(each) > 1}
    tell(f"{len(doubtful)} mails were cut by the kill, {len(broken)} by the relay")
    assert doubled == doubtful | broken
    assert {len(each) for each in mails.values()} == {1, 2}
    assert all(len(set(each)) == 1 for each in mails.values())
    assert len({_token(each[0]) for each in mails.values()}) == count


@people
async def test_a_relay_that_is_away_for_a_day_eats_no_links_life(
    relay: Relay, settings: dict[str, Any], cluster: Cluster, tmp_path: Path, count: int
) -> None:
    """P33, P34, S58: a link lives from the attempt that may have brought it, not from the first."""
    url = await cluster.new_database()
    relay.always("greeting", "421 4.3.2 Not now")
    async with started(url, tmp_path, **settings) as server, Peer.of(server) as peer:
        post = Post(peer, tmp_path, url)
        directory = await post.directory()
        await peer.send_file(directory, HEADER + users(*range(count)), options=MAILS["invitation"])
        async with asyncio.timeout(120):
            while not all(  # noqa: ASYNC110  # no event
                _waits(row) for row in await post.rows(directory)
            ):
                await asyncio.sleep(0.2)
        assert not relay.contents
        relay.always("greeting", "")
        await post.due_now(directory, ago="1 day")
        await _all_sent(post, directory, count)
        rows = await post.rows(directory)
        mails = _by_person(relay)
        await _get_in(server, directory, mails)
    assert {len(each) for each in mails.values()} == {1}
    assert len(mails) == count
    for row in rows:
        assert row["opens_from"] - row["first_claimed_at"] > timedelta(days=1)


def _waits(row: Any) -> bool:
    """Whether it was tried, and surely not sent, so that its link has not begun to live."""
    return bool(row["attempts"] and not row["claimed_until"] and row["opens_from"] is None)


async def _all_sent(post: Post, directory: str, count: int) -> None:
    """Until so many are sent; what waits for another attempt is due at once."""
    async with asyncio.timeout(240):
        while (await post.states(directory))["sent"] < count:
            await post.due_now(directory)
            await asyncio.sleep(0.2)


async def _get_in(server: Server, directory: str, mails: dict[str, list[Mail]]) -> None:
    """Some of them, each by the link of the own mail."""
    own = "four silver kettles hum"
    async with Client(server.address, server.token) as client:
        for number in range(0, len(mails), len(mails) // _OPENED):
            person = f"u{number}@example.org"
            await client.credentials.set_by_link(directory, _token(mails[person][-1]), own)
            answer = await client.credentials.verify(directory, own, email=person)
            assert answer.result == LOGIN_RESULT_OK


def _by_person(relay: Relay) -> dict[str, list[Mail]]:
    """All that came after a DATA, also what was not answered."""
    found: defaultdict[str, list[Mail]] = defaultdict(list)
    for mail in relay.contents:
        found[mail.recipient].append(mail)
    return found


def _received(relay: Relay) -> set[str]:
    return set(_by_person(relay))


def _email(row: Any) -> str:
    return f"u{row['employee_number']}@example.org"


def _token(mail: Mail) -> str:
    """The token of the link, which stands on a line of its own."""
    body = mail.message.get_body(("plain",))
    assert body
    (token,) = _LINK.findall(str(body.get_content()).replace("\r\n", "\n"))
    return str(token)
