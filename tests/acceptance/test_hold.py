"""Many refusals in a row put notices on hold, until some are sent."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest_asyncio

from rollbook.v1.users_pb2 import SuspendUserRequest, UserKey
from tests.acceptance.command import environment, rollbook
from tests.acceptance.post import WELCOME, Post, posting
from tests.acceptance.scraping import scraped
from tests.acceptance.wire import HEADER, user, users

_AFTER = 4


@pytest_asyncio.fixture
async def post(database_url: str, tmp_path: Path) -> AsyncIterator[Post]:
    """A server that holds notices after four refusals, with nothing on hold."""
    but: dict[str, Any] = {"metrics_listen": "127.0.0.1:0", "log_format": "json"}
    but |= {"notification_hold_after": _AFTER}
    async with posting(database_url, tmp_path, **but) as (opened, _):
        await opened.peer.execute("delete from notice_holds")
        yield opened


async def _try_now(post: Post) -> None:
    """Let the time pass until some are tried."""
    await post.peer.execute("update notice_holds set probe_at = now()")


async def _held(post: Post, *events: str) -> str:
    """A directory of ten, of whom four were refused; the rest are on hold."""
    directory = await post.directory(*events)
    post.order("@undeliverable")
    await post.peer.send_file(directory, HEADER + users(*range(10)), options=WELCOME)
    await post.until(directory, lambda states: states["undeliverable"] == _AFTER)
    await post.held("mails")
    return directory


async def test_many_refusals_in_a_row_put_the_others_on_hold(post: Post) -> None:
    """P35: no more are undeliverable; log, notices, doctor and metrics have the plugin's words."""
    directory = await _held(post)
    await post.tried(directory, 1)
    assert await post.states(directory) == {"undeliverable": _AFTER, "pending": 10 - _AFTER}
    reasons = {row["reason"] for row in await post.rows(directory) if row["state"] == "pending"}
    assert reasons == {"On hold, with all others: no such mailbox"}
    log = post.peer.server.log.read_text()
    (line,) = [line for line in map(json.loads, log.splitlines()) if "on hold" in line["event"]]
    facts = {name: line[name] for name in ("event", "level", "queue", "plugin", "refused", "why")}
    assert facts == {
        "event": "notices are on hold",
        "level": "error",
        "queue": "mails",
        "plugin": "tests.plugin:recording",
        "refused": _AFTER,
        "why": "no such mailbox",
    }
    seen = await scraped(post.peer.server)
    assert seen.value("rollbook_notices_on_hold", queue="mails") == 1
    assert seen.value("rollbook_notices_on_hold", queue="events") == 0
    doctor = rollbook("doctor", env=environment(ROLLBOOK_DATABASE_URL=post.url))
    said = " ".join((doctor.out + doctor.err).split())
    assert doctor.code != 0
    assert "mails are on hold since" in said
    assert "4 in a row were refused through tests.plugin:recording" in said
    assert "no such mailbox" in said


async def test_a_hold_ends_when_one_is_sent(post: Post) -> None:
    """A few are tried, of several directories; what waits goes out; nothing is tried before."""
    directory = await _held(post)
    other = await post.directory()
    await post.tried(directory, 1)
    asked = len(post.told(directory))
    await post.peer.send_file(other, HEADER + users(*range(3)), options=WELCOME)
    await post.due_now(directory)
    await post.looked_often()
    assert (len(post.told(directory)), post.told(other)) == (asked, [])

    await _try_now(post)  # still refused: nothing ends
    await post.until(other, lambda _: bool(post.told(other)))
    await post.looked_often()  # and no more than a few are tried
    tried = len(post.told(directory)) - asked + len(post.told(other))
    assert tried == 5
    assert await post.states(directory) == {"undeliverable": _AFTER, "pending": 10 - _AFTER}
    assert await post.states(other) == {"pending": 3}

    post.order("")
    await post.due_now(directory)
    await post.due_now(other)
    await _try_now(post)
    assert await post.settled(directory) == {"undeliverable": _AFTER, "sent": 10 - _AFTER}
    assert await post.settled(other) == {"sent": 3}
    assert "notices go on" in post.peer.server.log.read_text()
    await post.held()


async def test_events_and_urgent_mails_are_not_held_with_mails(post: Post) -> None:
    """An urgent one is tried at once, and ends the hold where it is sent."""
    directory = await _held(post, "suspended")
    await post.tried(directory, 1)
    post.order("")
    request = SuspendUserRequest(directory=directory, user=UserKey(employee_number="1"))
    await post.peer.ask(post.peer.users.SuspendUser, request)
    await post.until(directory, lambda states: states["sent"] == 1)
    await post.held("mails")
    await post.urgent(directory)
    await post.held()
    await post.due_now(directory)
    assert await post.settled(directory) == {"undeliverable": _AFTER, "sent": 12 - _AFTER}


async def test_one_that_is_sent_between_begins_the_count_anew(post: Post) -> None:
    """So wrong addresses among good ones hold nothing up, however many they are."""
    directory = await post.directory()
    names = ["@undeliverable"] * (_AFTER - 1) + ["Byron"]
    file = "".join(user(n, last_name=names[n % _AFTER]) for n in range(5 * _AFTER))
    await post.peer.send_file(directory, HEADER + file, options=WELCOME)
    sent = {"sent": 5, "undeliverable": 5 * (_AFTER - 1)}
    assert await post.settled(directory) == sent
    await post.held()


async def test_a_hold_outlives_its_server(post: Post, tmp_path: Path) -> None:
    """Another server of the database holds, too, and goes on once it has sent one."""
    directory = await _held(post)
    await post.tried(directory, 1)
    post.peer.server.kill()
    but = {"notification_hold_after": _AFTER}
    async with posting(post.url, tmp_path, **but) as (other, _):
        other.order("")
        await other.due_now(directory)
        await other.looked_often()
        assert (await other.states(directory))["sent"] == 0
        await _try_now(other)
        assert (await other.settled(directory))["sent"] == 10 - _AFTER
    log = other.peer.server.log.read_text()
    assert len(re.findall("notices go on", log)) == 1
