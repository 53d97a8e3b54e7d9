"""Mails that open an account: who gets the link or password, and that a repeat has the same one."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from rollbook.client import Client
from rollbook.errors import Reason
from rollbook.v1.credentials_pb2 import LOGIN_RESULT_NO, LOGIN_RESULT_OK
from rollbook.v1.directories_pb2 import Directory
from rollbook.v1.notifications_pb2 import ResendNoticesRequest, ResendNoticesResponse
from rollbook.v1.users_pb2 import PASSWORD_STATE_NONE
from tests.acceptance.getting_in import (
    NEW,
    OPENING,
    asked,
    email_of,
    gets_in,
    keys_in,
    opening,
    sending,
)
from tests.acceptance.post import MAILS, PLUGIN, Post, posting
from tests.acceptance.wire import HEADER, user
from tests.environment import Cluster, Server
from tests.rpc.refusals import refusal


@pytest_asyncio.fixture(scope="module")
async def running(
    database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Post, Server]]:
    """A server whose plugin sends links and passwords, and leaves itself three seconds."""
    folder = tmp_path_factory.mktemp("opening")
    but = {"notify_timeout": 3, "log_level": "debug", **sending(folder)}
    async with posting(database_url, folder, **but) as opened:
        yield opened


@pytest.fixture
def post(running: tuple[Post, Server]) -> Post:
    """Its post, with a plugin that sends."""
    running[0].order("")
    return running[0]


@pytest_asyncio.fixture
async def client(running: tuple[Post, Server]) -> AsyncIterator[Client]:
    """A client of the operator's."""
    async with Client(running[1].address, running[1].token) as opened:
        yield opened


@opening
async def test_what_a_mail_has_lets_its_user_in_once(post: Post, client: Client, mail: str) -> None:
    """S52, S54, S56, S58: a link sets a password; a generated one must be changed at once."""
    directory = await asked(post, client, mail)
    assert await post.settled(directory) == {"sent": 1}
    (notice,) = post.told(directory)
    assert (notice["mail"], bool(notice["link"])) == (mail, mail != "login_details")
    if mail != "login_details":
        life = datetime.fromisoformat(notice["expires_at"]).timestamp() - time.time()
        week, hour = 7 * 24 * 3600, 3600
        assert 0 <= (week if mail == "invitation" else hour) - life < 60
    await gets_in(client, directory, notice, email_of(notice))


@opening
@pytest.mark.parametrize("word", ["@doubt", "@raise"])
@pytest.mark.few(2)
async def test_a_repeat_of_what_may_have_gone_out_is_the_same(
    post: Post, client: Client, mail: str, word: str
) -> None:
    """P36: after a break behind the final dot, and after a plugin that failed; also later."""
    directory = await asked(post, client, mail, word)
    await post.tried(directory, 1)
    await asyncio.sleep(1.1)  # links count seconds
    post.order("@sent")
    await post.due_now(directory)
    assert await post.settled(directory) == {"sent": 1}
    notice = post.told(directory)
    if word == "@doubt":
        assert len(notice) == 2
        assert _secret(notice[0]) == _secret(notice[1])
    (row,) = await post.rows(directory)
    assert row["opens_from"] == row["first_claimed_at"]
    await gets_in(client, directory, notice[-1], email_of(notice[-1]))


def _secret(notice: dict[str, Any]) -> str:
    return str(notice["link"] + notice["password"])


@opening
@pytest.mark.few(1)
async def test_an_outage_of_the_relay_uses_up_no_life(
    post: Post, client: Client, mail: str
) -> None:
    """A link is good from the first attempt that may have gone out; refused ones do not count."""
    directory = await asked(post, client, mail, "@later")
    await post.tried(directory, 1)
    (before,) = await post.rows(directory)
    assert before["opens_from"] is None
    await asyncio.sleep(1.1)
    post.order("@sent")
    await post.due_now(directory, ago="1 day")
    assert await post.settled(directory) == {"sent": 1}
    first, then = post.told(directory)
    if mail == "login_details":  # nobody has it yet, and it is good without end
        assert first["password"] == then["password"]
    else:
        assert first["expires_at"] < then["expires_at"]
        life = datetime.fromisoformat(then["expires_at"]).timestamp() - time.time()
        assert life > (7 * 24 * 3600 if mail == "invitation" else 3600) - 60
    await gets_in(client, directory, then, email_of(then))


_PASSWORD = "the password has been set since"
_GONE_ON = {
    "a password by an administrator": (_PASSWORD, "expired"),
    "a suspension": ("the user is suspended", "expired"),
}


@opening
@pytest.mark.parametrize("what", _GONE_ON)
async def test_what_has_become_pointless_is_not_sent(
    post: Post, client: Client, mail: str, what: str
) -> None:
    """P37: after the password was set, or the user suspended, no further attempt is made."""
    directory = await asked(post, client, mail, "@later")
    await post.tried(directory, 1)
    if what == "a suspension":
        await client.users.suspend(directory, employee_number="1")
    else:
        await client.credentials.set_for_user(directory, NEW, employee_number="1")
    post.order("@sent")
    await post.due_now(directory)
    await post.settled(directory)
    rows = {row["mail"]: row for row in await post.rows(directory)}
    reason, state = _GONE_ON[what]
    assert (rows[mail]["state"], rows[mail]["reason"]) == (state, reason)
    assert len([one for one in post.told(directory) if one["mail"] == mail]) == 1


@pytest.mark.parametrize("mail", ["invitation", "reset"])
async def test_a_link_in_doubt_that_is_too_old_stays_in_doubt(
    post: Post, client: Client, mail: str
) -> None:
    """P36: it may have been sent, so that it never counts as expired."""
    directory = await asked(post, client, mail, "@doubt")
    await post.tried(directory, 1)
    post.order("@sent")
    await post.peer.execute(
        "update notices set due_at = now(), opens_from = opens_from - interval '8 days'"
        " where directory_id = (select id from directories where name = $1)",
        directory,
    )
    assert await post.settled(directory) == {"in_doubt": 1}
    (row,) = await post.rows(directory)
    assert row["reason"] == "its link is no longer good"
    assert len(post.told(directory)) == 1


@opening
async def test_a_new_address_gets_a_link_that_works(post: Post, client: Client, mail: str) -> None:
    """The first attempt was refused; the address is corrected; the next mail goes there."""
    directory = await asked(post, client, mail, "@later")
    await post.tried(directory, 1)
    await post.peer.send_file(directory, HEADER + user(1, email="new@example.org"))
    post.order("@sent")
    await post.due_now(directory)
    assert await post.settled(directory) == {"sent": 1}
    _, notice = post.told(directory)
    assert notice["email"] == "new@example.org"
    await gets_in(client, directory, notice, "new@example.org")


_ENDS = ["the address is corrected", "the user is suspended for a day"]


@opening
@pytest.mark.parametrize("what", _ENDS)
async def test_what_a_mail_has_ends_with_the_mailbox_and_the_status(
    post: Post, client: Client, mail: str, what: str
) -> None:
    """Who got a mail at a wrong address does not get in by it; also not by a password."""
    directory = await asked(post, client, mail)
    await post.settled(directory)
    (notice,) = post.told(directory)
    email = email_of(notice)
    if what == _ENDS[0]:
        email = "new@example.org"
        await post.peer.send_file(directory, HEADER + user(1, email=email))
    else:
        await client.users.suspend(directory, employee_number="1")
        await client.users.reactivate(directory, employee_number="1")
    if notice["password"]:
        answer = await client.credentials.verify(directory, notice["password"], email=email)
        assert answer.result == LOGIN_RESULT_NO
        set_by = client.credentials.set_by_old(directory, notice["password"], NEW, email=email)
    else:
        token = notice["link"].rpartition(".")[2]
        set_by = client.credentials.set_by_link(directory, token, NEW)
    await refusal(set_by, Reason.TOKEN_REJECTED)
    found = await client.users.get(directory, employee_number="1")
    assert found.password_state == PASSWORD_STATE_NONE
    if mail != "login_details":
        return
    await client.credentials.mail_login_details(directory, employee_number="1")
    await post.settled(directory)
    await gets_in(client, directory, post.told(directory)[-1], email)


@opening
async def test_a_repeat_to_a_new_address_has_another_secret(
    post: Post, client: Client, mail: str
) -> None:
    """The first attempt may be at the old address: what it has opens nothing."""
    directory = await asked(post, client, mail, "@doubt")
    await post.tried(directory, 1)
    await post.peer.send_file(directory, HEADER + user(1, email="new@example.org"))
    post.order("@sent")
    await post.due_now(directory)
    assert await post.settled(directory) == {"sent": 1}
    first, then = post.told(directory)
    assert _secret(first) != _secret(then)
    assert (first["email"], then["email"]) == ("u1@example.org", "new@example.org")
    if first["password"]:
        old = client.credentials.verify(directory, first["password"], email="new@example.org")
        assert (await old).result == LOGIN_RESULT_NO
    await gets_in(client, directory, then, "new@example.org")


@pytest.mark.parametrize(("before", "after"), [(15, 40), (40, 15), (15, 128)])
@pytest.mark.parametrize("word", ["@doubt", "@later"])
@pytest.mark.few(2)
async def test_a_generated_password_outlives_a_change_of_the_least_length(
    post: Post, client: Client, word: str, before: int, after: int
) -> None:
    """P36: what may have gone out is repeated; what surely has not is made long enough."""
    directory = await post.directory()
    post.order(word)

    async def set_least(length: int) -> None:
        said = Directory(name=directory, password_min_length=length)
        await client.directories.update(said, ["password_min_length"])

    await set_least(before)
    await post.peer.send_file(directory, HEADER + user(1), options=MAILS["login_details"])
    await post.tried(directory, 1)
    await set_least(after)
    post.order("@sent")
    await post.due_now(directory)
    assert await post.settled(directory) == {"sent": 1}
    first, then = post.told(directory)
    if word == "@doubt":
        assert first["password"] == then["password"]
    else:
        assert len(then["password"]) >= after
    await set_least(15)
    await gets_in(client, directory, then, email_of(then))


@opening
@pytest.mark.parametrize("word", ["@leak", "@echo"])
async def test_what_opens_an_account_is_nowhere_else(
    running: tuple[Post, Server], post: Post, client: Client, mail: str, word: str
) -> None:
    """P50, S54: neither in the log, a reason nor an answer, though the plugin repeats it."""
    directory = await asked(post, client, mail, word)
    await post.tried(directory, 1)
    post.order("@sent")
    await post.due_now(directory)
    assert await post.settled(directory) == {"sent": 1}
    log = running[1].log.read_text()
    if word == "@leak":
        assert "<hidden>" in log
    for notice in post.told(directory):
        for secret in (notice["link"].rpartition(".")[2], notice["password"]):
            assert not secret or secret not in log
    stored = str(await post.rows(directory))
    answered = await _all_answers(client, directory)
    assert all(_secret(notice) not in stored + answered for notice in post.told(directory))


async def _all_answers(client: Client, directory: str) -> str:
    """All that whoever may look at everything is shown of the imports and users."""
    found: list[object] = [user async for user in client.users.list(directory)]
    found += [await client.users.get(directory, user_id=user.user_id) for user in found]  # type: ignore[attr-defined]
    async for one in client.imports.list(directory):
        here = (directory, one.import_id)
        found += [one, await client.imports.get(*here)]
        found += [row async for row in client.imports.rows(*here)]
        found += [notice async for notice in client.imports.notices(*here)]
        found += [piece async for piece in client.imports.report(*here)]
    assert len(found) > 4
    return str(found)


async def test_another_plugin_never_sees_it(cluster: Cluster, tmp_path: Path) -> None:
    """P43: nobody but the sender is asked about mails that open an account."""
    url = await cluster.new_database()
    but = sending(tmp_path) | {"plugins": f"tests.plugin.second:other,{PLUGIN}"}
    async with (
        posting(url, tmp_path, **but) as (post, server),
        Client(server.address, server.token) as client,
    ):
        for mail in OPENING:
            directory = await asked(post, client, mail)
            assert await post.settled(directory) == {"sent": 1}
            (notice,) = post.told(directory)
            assert _secret(notice)
        directory = await asked(post, client, "welcome")
        assert await post.settled(directory) == {"undeliverable": 1}


async def test_keys_that_are_changed_between_two_attempts(cluster: Cluster, tmp_path: Path) -> None:
    """The old key still opens and is found again; the new one signs."""
    url = await cluster.new_database()
    async with (
        posting(url, tmp_path, **sending(tmp_path)) as (post, server),
        Client(server.address, server.token) as client,
    ):
        before = await asked(post, client, "login_details", "@doubt")
        await post.tried(before, 1)
        keys_in(tmp_path, "n", "k")
        await asyncio.sleep(2.1)  # the file is looked at again
        post.order("@sent")
        await post.due_now(before)
        assert await post.settled(before) == {"sent": 1}
        first, then = post.told(before)
        assert first["password"] == then["password"]
        await gets_in(client, before, then, email_of(then))
        for mail in OPENING:
            directory = await asked(post, client, mail)
            assert await post.settled(directory) == {"sent": 1}
            (notice,) = post.told(directory)
            await gets_in(client, directory, notice, email_of(notice))


@pytest.mark.parametrize("mail", ["invitation", "login_details"])
async def test_sending_again_replaces_nobody_s_own_password(
    post: Post, client: Client, mail: str
) -> None:
    """S55: who has chosen a password since is left out, and counted; who has none is mailed."""
    directory = await post.directory()
    await post.peer.send_file(directory, HEADER + user(1) + user(2), options=MAILS[mail])
    await post.settled(directory)
    await post.peer.execute(
        "update notices set state = 'undeliverable' where directory_id ="
        " (select id from directories where name = $1)",
        directory,
    )
    notice = {one["employee_number"]: one for one in post.told(directory)}
    await gets_in(client, directory, notice["1"], email_of(notice["1"]))
    wanted = ResendNoticesRequest(everybody=True)
    for dry_run in (True, False):
        answer = await client.notifications.resend(directory, wanted, dry_run=dry_run)
        assert (answer.has_password, answer.resent.undeliverable) == (1, 1)
    await post.settled(directory)
    verified = await client.credentials.verify(directory, NEW, email=email_of(notice["1"]))
    assert verified.result == LOGIN_RESULT_OK
    again = [one for one in post.told(directory) if one["mail"] == mail][-1]
    assert (again["employee_number"], again["id"] != notice["2"]["id"]) == ("2", True)
    await gets_in(client, directory, again, email_of(again))


@opening
async def test_sending_again_leaves_out_who_is_suspended(
    post: Post, client: Client, mail: str
) -> None:
    """Counted, and left as it is: sent again, it would only expire."""
    directory = await asked(post, client, mail, "@undeliverable")
    assert await post.settled(directory) == {"undeliverable": 1}
    await client.users.suspend(directory, employee_number="1")
    wanted = ResendNoticesRequest(everybody=True)
    for dry_run in (True, False):
        answer = await client.notifications.resend(directory, wanted, dry_run=dry_run)
        assert answer == ResendNoticesResponse(not_active=1, resent=answer.resent)
        assert not answer.resent.undeliverable
    assert await post.states(directory) == {"undeliverable": 1}
    await client.users.reactivate(directory, employee_number="1")
    post.order("@sent")
    answer = await client.notifications.resend(directory, wanted)
    assert answer.resent.undeliverable == 1
    assert await post.settled(directory) == {"resent": 1, "sent": 1}
    (*_, notice) = post.told(directory)
    await gets_in(client, directory, notice, email_of(notice))


@opening
@pytest.mark.few(1)
async def test_a_server_that_would_mail_nobody_sends_nothing_again(
    post: Post, client: Client, mail: str, tmp_path: Path
) -> None:
    """It would leave the mails unhandled, and they could be sent again no more."""
    directory = await asked(post, client, mail, "@undeliverable")
    await post.settled(directory)
    async with (
        posting(post.url, tmp_path) as (_, bare),
        Client(bare.address, bare.token) as without,
    ):
        for dry_run in (True, False):
            wanted = ResendNoticesRequest(everybody=True)
            found = without.notifications.resend(directory, wanted, dry_run=dry_run)
            refused = await refusal(found, Reason.INVALID_OPTIONS)
            assert "ROLLBOOK_CREDENTIAL_SENDER" in refused.facts["missing"]
    assert await post.states(directory) == {"undeliverable": 1}
