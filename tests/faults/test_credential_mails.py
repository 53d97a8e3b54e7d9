"""Servers die, or work side by side, while mails that open accounts are sent."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from rollbook.client import Client
from tests.acceptance.getting_in import asked, email_of, gets_in, opening, sending
from tests.acceptance.post import MAILS, Post, posting
from tests.acceptance.wire import HEADER, users
from tests.environment import Cluster

_CLAIM_S = 1.5


async def _killed(url: str, folder: Path, mail: str) -> str:
    """The directory of a user whose mail was handed over when its server was killed."""
    but = {"notification_claim": _CLAIM_S, **sending(folder)}
    async with (
        posting(url, folder, **but) as (post, dying),
        Client(dying.address, dying.token) as client,
    ):
        directory = await asked(post, client, mail, "@stuck")
        await post.until(directory, lambda _: len(post.told(directory)) == 1)
        dying.kill()
    await asyncio.sleep(1.1)  # links count seconds
    return directory


_LINKS = ("invitation", "reset")


def _opens(notice: dict[str, Any]) -> str:
    return str(notice["link"] + notice["password"])


@opening
@pytest.mark.few(1)
async def test_p36_a_killed_server_s_mail_is_sent_again_with_the_same_link(
    cluster: Cluster, tmp_path: Path, mail: str
) -> None:
    """P02, P36: also if the attempt after the crash was refused; both are one mail, that opens."""
    url = await cluster.new_database()
    directory = await _killed(url, tmp_path, mail)
    async with (
        posting(url, tmp_path, **sending(tmp_path)) as (post, server),
        Client(server.address, server.token) as client,
    ):
        post.order("@later")
        await post.tried(directory, 2)
        await asyncio.sleep(1.1)
        post.order("@sent")
        await post.due_now(directory)
        assert await post.settled(directory) == {"sent": 1}
        notice = post.told(directory)
        assert [one["attempt"] for one in notice] == [1, 2, 3]
        assert len({_opens(one) for one in notice}) == 1
        await gets_in(client, directory, notice[0], email_of(notice[0]))


@pytest.mark.parametrize(
    "mail",
    ["login_details", *(pytest.param(mail, marks=pytest.mark.long) for mail in _LINKS)],
)
async def test_p36_what_a_crash_leaves_and_is_pointless_is_in_doubt(
    cluster: Cluster, tmp_path: Path, mail: str
) -> None:
    """P36: it may have been sent, so that it never counts as expired; no plugin is asked again."""
    url = await cluster.new_database()
    directory = await _killed(url, tmp_path, mail)
    async with (
        posting(url, tmp_path, **sending(tmp_path)) as (post, server),
        Client(server.address, server.token) as client,
    ):
        post.order("@later")
        await post.tried(directory, 2)
        await client.users.suspend(directory, employee_number="1")
        await post.due_now(directory)
        assert await post.settled(directory) == {"in_doubt": 1}
        (row,) = await post.rows(directory)
        assert row["reason"] == "the user is suspended"
        assert len(post.told(directory)) == 2


@pytest.mark.long
async def test_p33_two_servers_send_each_password_once(cluster: Cluster, tmp_path: Path) -> None:
    """P33: each user has one mail, whose password is the one that is stored."""
    url, count = await cluster.new_database(), 60
    but = sending(tmp_path)
    async with (
        posting(url, tmp_path, **but) as (post, server),
        posting(url, tmp_path, **but) as (_, _),
        Client(server.address, server.token) as client,
    ):
        directory = await post.directory()
        post.order("@slow")
        lots = [users(*range(first, first + 20)) for first in range(0, count, 20)]
        for lot in lots:
            await post.peer.send_file(directory, HEADER + lot, options=MAILS["login_details"])
        assert await _all(post, directory, count) == {"sent": count}
        assert set(post.numbers(directory).values()) == {1}
        for notice in post.told(directory)[::10]:
            await gets_in(client, directory, notice, email_of(notice))


async def _all(post: Post, directory: str, count: int) -> dict[str, int]:
    """The states, once all are sent: each costs a hash."""
    async with asyncio.timeout(60):
        while True:
            states = await post.states(directory)
            if states["sent"] == count or not states["pending"]:
                return states
            await asyncio.sleep(0.1)
