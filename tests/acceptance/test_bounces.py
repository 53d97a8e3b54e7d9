"""Mails that came back: recorded by a method, a command, and from a delivery report."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio
from test_mail_reports import OURS, report

from rollbook.v1 import notices_pb2 as v1
from rollbook.v1.notifications_pb2 import RecordBounceRequest, ResendNoticesRequest
from rollbook.v1.users_pb2 import GetUserRequest, UserKey
from tests.acceptance.command import at, environment, rollbook
from tests.acceptance.post import WELCOME, Post, posting
from tests.acceptance.wire import HEADER, user
from tests.environment import Server


@pytest_asyncio.fixture(scope="module")
async def desk(
    database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Post, Server]]:
    """A server with the recording plugin."""
    async with posting(database_url, tmp_path_factory.mktemp("post")) as opened:
        yield opened


async def _sent(post: Post, *names: str) -> tuple[str, str, list[v1.Notice]]:
    """A directory, an import, and its notices, settled as the names order."""
    directory = await post.directory()
    file = "".join(user(n, last_name=name) for n, name in enumerate(names))
    answer = await post.peer.send_file(directory, HEADER + file, options=WELCOME)
    assert answer.summary
    await post.tried(directory, 1)
    return (
        directory,
        answer.summary.import_id,
        await post.listed(directory, answer.summary.import_id),
    )


async def test_a_mail_that_came_back_is_undeliverable(desk: tuple[Post, Server]) -> None:
    """P35: shown with user and import, and sent again by request; once recorded it stays."""
    post, server = desk
    directory, import_id, found = await _sent(post, "Byron", "@doubt", "@undeliverable")
    recorded = []
    for one in found:
        request = RecordBounceRequest(
            directory=directory,
            notice_id=one.notice_id,
            status="5.1.1",
            reason="no\nsuch\x00 user \u202e" + "x" * 300,
        )
        answer = await post.peer.ask(post.peer.notifications.RecordBounce, request)
        recorded.append(answer.recorded)
        assert answer.notice.state == v1.NOTICE_STATE_UNDELIVERABLE
        again = await post.peer.ask(post.peer.notifications.RecordBounce, request)
        assert (again.recorded, again.notice) == (False, answer.notice)
    assert recorded == [True, True, False]
    told = await post.peer.get_import(directory, import_id)
    assert told.notices == v1.NoticeCounts(undeliverable=3)
    key = GetUserRequest(directory=directory, user=UserKey(employee_number="0"))
    last = (await post.peer.ask(post.peer.users.GetUser, key)).user.last_notice
    assert last.reason.startswith("Came back: 5.1.1 no such? user ?xxx")
    assert len(last.reason) == 200
    assert last.HasField("settle_time")
    resend = ResendNoticesRequest(directory=directory, import_id=import_id)
    answer = await post.peer.ask(post.peer.notifications.ResendNotices, resend)
    assert answer.resent == v1.NoticeCounts(undeliverable=3)
    assert server.log.read_text().count("mail came back") == 2


@pytest.mark.parametrize(
    ("but", "ending", "option"),
    [
        ({"status": "2.0.0"}, "INVALID_ARGUMENT/INVALID_OPTIONS", "status"),
        ({"status": ""}, "INVALID_ARGUMENT/INVALID_OPTIONS", "status"),
        ({"status": "5.1.1 x"}, "INVALID_ARGUMENT/INVALID_OPTIONS", "status"),
        ({"notice_id": "17"}, "INVALID_ARGUMENT/INVALID_OPTIONS", "notice_id"),
        ({"notice_id": str(uuid4())}, "NOT_FOUND/RESOURCE_NOT_FOUND", "notice_id"),
    ],
)
async def test_a_bounce_of_nothing_is_refused(
    desk: tuple[Post, Server], but: dict[str, str], ending: str, option: str
) -> None:
    """By the name of the field."""
    post, _ = desk
    directory, _, (one,) = await _sent(post, "Byron")
    said = {"notice_id": one.notice_id, "status": "5.1.1"} | but
    request = RecordBounceRequest(directory=directory, **said)
    refused = await post.peer.refusal(post.peer.notifications.RecordBounce, request)
    assert (refused.ending, refused.facts["option"]) == (ending, option)


async def test_a_bounce_in_another_directory_is_not_found(desk: tuple[Post, Server]) -> None:
    """P51: and needs its scope."""
    post, _ = desk
    directory, _, (one,) = await _sent(post, "Byron")
    other = await post.directory()
    request = RecordBounceRequest(directory=other, notice_id=one.notice_id, status="5.1.1")
    refused = await post.peer.refusal(post.peer.notifications.RecordBounce, request)
    assert refused.ending == "NOT_FOUND/RESOURCE_NOT_FOUND"
    request.directory = directory
    async with post.peer.having("users:write", "imports:read", directory=directory) as reader:
        refused = await reader.refusal(reader.notifications.RecordBounce, request)
    assert refused.ending == "PERMISSION_DENIED/PERMISSION_DENIED"
    assert await post.states(directory) == {"sent": 1}


async def test_a_delivery_report_marks_its_notice(desk: tuple[Post, Server]) -> None:
    """From stdin, by the command of the plugin, which uses that of the service."""
    post, server = desk
    directory, _, (one, two) = await _sent(post, "Byron", "Byron")
    ours = f"<{one.notice_id}.{directory}@example.net>".encode()

    def bounced(content: bytes, **env: str) -> "subprocess.CompletedProcess[bytes]":
        command = [sys.executable, "-c", "from rollbook_mail.commands import main; main()"]
        return subprocess.run(
            [*command, "bounced", "-"],
            input=content,
            capture_output=True,
            env=at(server) | env,
            check=False,
        )

    delayed = bounced(report(action="delayed").replace(OURS.encode(), ours))
    assert (delayed.returncode, delayed.stdout) == (
        0,
        b"nothing to record: the report says delayed\n",
    )
    assert await post.states(directory) == {"sent": 2}
    done = bounced(report().replace(OURS.encode(), ours))
    assert (done.returncode, done.stdout) == (0, b"the notice of 0 is now undeliverable\n")
    again = bounced(report().replace(OURS.encode(), ours))
    assert again.stdout == b"the notice of 0 stays undeliverable\n"
    assert await post.states(directory) == {"sent": 1, "undeliverable": 1}
    (row,) = [row for row in await post.rows(directory) if row["state"] == "undeliverable"]
    assert row["reason"].startswith("Came back: 5.1.1 550 5.1.1 <ada@example.org>: Recipient")
    nobody = bounced(b"Subject: I am away\n\n")
    assert (nobody.returncode, nobody.stdout) == (65, b"")
    away = bounced(
        report().replace(OURS.encode(), ours), ROLLBOOK_ADDRESS="127.0.0.1:1", ROLLBOOK_TOKEN="t"
    )
    assert away.returncode == 75
    said = rollbook(
        *("notices", "bounced", two.notice_id, "--status", "5.2.1", "--directory", directory),
        *("--output", "ndjson"),
        env=at(server),
    )
    assert json.loads(said.out)["recorded"] is True
    wrong = rollbook("notices", "bounced", "x", "--status", "5.2.1", env=environment())
    assert wrong.code == 2
