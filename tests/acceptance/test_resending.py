"""Notices that failed are sent again on request: which, how often, and as what."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from rollbook.v1 import notices_pb2 as v1
from rollbook.v1.notifications_pb2 import ResendNoticesRequest, ResendNoticesResponse
from rollbook.v1.users_pb2 import GetUserRequest, UserKey
from tests.acceptance.post import WELCOME, Post, posting, word
from tests.acceptance.wire import HEADER, user, users

_UNDELIVERABLE = v1.NOTICE_STATE_UNDELIVERABLE
_IN_DOUBT = v1.NOTICE_STATE_IN_DOUBT
_EXPIRED = v1.NOTICE_STATE_EXPIRED


@pytest_asyncio.fixture(scope="module")
async def post(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Post]:
    """A server with the recording plugin."""
    async with posting(database_url, tmp_path_factory.mktemp("post")) as (opened, _):
        yield opened


async def _resend(post: Post, directory: str, **asked: Any) -> ResendNoticesResponse:
    request = ResendNoticesRequest(directory=directory, **asked)
    answer: ResendNoticesResponse = await post.peer.ask(
        post.peer.notifications.ResendNotices, request
    )
    return answer


async def _failed(post: Post, *numbers: int, directory: str = "") -> tuple[str, str]:
    """A directory and an import: of three users each one is undeliverable, in doubt, expired.

    Those are the numbers 1, 2, 3, and so on; another one is sent.
    """
    post.order("")
    directory = directory or await post.directory()
    names = ["@later:9999", "@undeliverable", "@doubt"]
    file = "".join(user(number, last_name=names[number % 3]) for number in numbers)
    answer = await post.peer.send_file(directory, HEADER + file + users(100), options=WELCOME)
    assert answer.summary
    await post.tried(directory, 1)
    await post.peer.execute(
        "update notices set due_at = now(), first_claimed_at = now() - case when in_doubt"
        " then interval '1 h' else interval '48 h' end where state = 'pending' and directory_id ="
        " (select id from directories where name = $1)",
        directory,
    )
    await post.settled(directory)
    return directory, answer.summary.import_id


async def test_what_failed_is_sent_again_as_a_new_notice(post: Post) -> None:
    """First counted, then sent: another id, a first attempt; the old one stays, as resent."""
    directory, import_id = await _failed(post, 1, 2, 3)
    before = {one["employee_number"]: one["id"] for one in post.told(directory)}
    counted = await _resend(post, directory, import_id=import_id, validate_only=True)
    expected = v1.NoticeCounts(undeliverable=1, in_doubt=1, expired=1)
    assert counted == ResendNoticesResponse(resent=expected)
    assert await post.states(directory) == {
        "sent": 1,
        "undeliverable": 1,
        "in_doubt": 1,
        "expired": 1,
    }
    post.order("@sent")
    assert await _resend(post, directory, import_id=import_id) == counted
    assert await post.settled(directory) == {"sent": 4, "resent": 3}
    again = {one["employee_number"]: one for one in post.told(directory)[-3:]}
    assert set(again) == {"1", "2", "3"}
    assert {one["attempt"] for one in again.values()} == {1}
    assert {one["mail"] for one in again.values()} == {"welcome"}
    assert not {one["id"] for one in again.values()} & set(before.values())
    found = await post.peer.get_import(directory, import_id)
    assert found.notices == v1.NoticeCounts(sent=4, resent=3)
    old = await post.listed(directory, import_id, state=v1.NOTICE_STATE_RESENT)
    assert [(word(one), bool(one.reason)) for one in old] == [
        ("2 created resent", True),
        ("3 created resent", True),
        ("4 created resent", True),
    ]
    request = GetUserRequest(directory=directory, user=UserKey(employee_number="1"))
    shown = (await post.peer.ask(post.peer.users.GetUser, request)).user.last_notice
    assert shown.notice_id == again["1"]["id"]
    assert await _resend(post, directory, import_id=import_id) == ResendNoticesResponse()
    log = post.peer.server.log.read_text()
    (line,) = [line for line in log.splitlines() if "notices sent again" in line]
    assert "principal=admin" in line
    assert f"import_id={import_id}" in line


async def test_what_is_sent_again_tells_when_it_happened(post: Post) -> None:
    """Also the second time: a password that was changed last week was not changed today."""
    directory, _ = await _failed(post, 1)
    (first,) = [one for one in post.told(directory) if one["employee_number"] == "1"][-1:]
    for _ in range(2):
        post.order("@undeliverable")
        assert (await _resend(post, directory, everybody=True)).resent.undeliverable == 1
        await post.settled(directory)
        again = post.told(directory)[-1]
        assert again["id"] != first["id"]
        assert again["at"] == first["at"]


async def test_what_is_sent_again_is_chosen_by_state_import_user_and_notice(post: Post) -> None:
    """Nothing else is touched: no other state, import, user, or directory."""
    directory, first = await _failed(post, 1, 2, 3)
    _, second = await _failed(post, 4, 5, 6, directory=directory)
    other, _ = await _failed(post, 1, 2, 3)
    untouched = await post.rows(other)
    post.order("@sent")

    async def resent(**asked: Any) -> v1.NoticeCounts:
        answer = (await _resend(post, directory, **asked)).resent
        await post.settled(directory)
        return answer

    (one,) = await post.listed(directory, first, state=_UNDELIVERABLE)
    assert await resent(notice_id=one.notice_id) == v1.NoticeCounts(undeliverable=1)
    assert await resent(notice_id=one.notice_id) == v1.NoticeCounts()
    states = [_UNDELIVERABLE, _EXPIRED]
    assert await resent(import_id=first, states=states) == v1.NoticeCounts(expired=1)
    key = UserKey(employee_number="5")
    assert await resent(user=key, states=[_UNDELIVERABLE]) == v1.NoticeCounts()
    assert await resent(user=key) == v1.NoticeCounts(in_doubt=1)
    assert await resent(everybody=True, states=[_IN_DOUBT]) == v1.NoticeCounts(in_doubt=1)
    rest = v1.NoticeCounts(undeliverable=1, expired=1)
    assert await resent(everybody=True) == rest
    assert (await post.peer.get_import(directory, second)).notices.resent == 3
    assert await post.rows(other) == untouched


async def test_a_user_gets_a_mail_of_a_kind_once_a_day(post: Post) -> None:
    """Sent again and perhaps there: not within 24 hours; refused again: at once."""
    directory, import_id = await _failed(post, 1, 2)

    async def again() -> ResendNoticesResponse:
        return await _resend(post, directory, everybody=True)

    post.order("@doubt")
    assert (await again()).resent == v1.NoticeCounts(undeliverable=1, in_doubt=1)
    await post.tried(directory, 1)
    assert await again() == ResendNoticesResponse()  # both are pending, and no longer failed
    await post.due_now(directory)
    await post.settled(directory)
    assert await again() == ResendNoticesResponse(too_soon=2)
    await post.peer.execute("update notices set created_at = created_at - interval '24 h'")
    post.order("@undeliverable")
    assert (await again()).resent == v1.NoticeCounts(in_doubt=2)
    await post.settled(directory)
    assert (await again()).resent == v1.NoticeCounts(undeliverable=2)
    found = await post.peer.get_import(directory, import_id)
    assert found.notices.resent == 6


async def test_of_several_of_a_kind_one_is_sent_again(post: Post) -> None:
    """Also where they are on one page: the last one."""
    directory, import_id = await _failed(post, 1)
    await post.peer.execute(
        "insert into notices (directory_id, import_id, user_id, event, mail, state, settled_at)"
        " select directory_id, import_id, user_id, event, mail, state, settled_at from notices"
        " where state = 'undeliverable' and import_id = $1::text::uuid",
        import_id,
    )
    post.order("@sent")
    answer = await _resend(post, directory, everybody=True)
    expected = v1.NoticeCounts(undeliverable=1)
    assert answer == ResendNoticesResponse(resent=expected, too_soon=1)
    await post.settled(directory)
    first, last, again = (await post.rows(directory))[-3:]
    assert [row["state"] for row in (first, last, again)] == ["sent", "resent", "sent"]
    assert again["resends"] == last["id"]


async def test_a_mail_that_was_sent_today_is_not_sent_again(post: Post) -> None:
    """An older notice of the same kind: counted as too soon, until a day has passed."""
    directory, import_id = await _failed(post, 1)
    post.order("@sent")
    await post.peer.execute(
        "insert into notices (directory_id, import_id, user_id, event, mail, state, claimed_at,"
        " settled_at) select directory_id, import_id, user_id, event, mail, 'sent', now(), now()"
        " from notices where state = 'undeliverable' and import_id = $1::text::uuid",
        import_id,
    )
    soon = await _resend(post, directory, everybody=True)
    assert soon == ResendNoticesResponse(too_soon=1)
    await post.peer.execute(
        "update notices set settled_at = now() - interval '24 h' where state = 'sent'"
    )
    sent = await _resend(post, directory, everybody=True)
    assert sent.resent == v1.NoticeCounts(undeliverable=1)


async def test_whose_user_is_gone_is_counted(post: Post) -> None:
    """It stays as it is."""
    directory, _ = await _failed(post, 1, 2, 3)
    await post.peer.execute(
        "delete from users where employee_number = '2' and directory_id ="
        " (select id from directories where name = $1)",
        directory,
    )
    answer = await _resend(post, directory, everybody=True)
    assert answer.user_gone == 1
    assert answer.resent == v1.NoticeCounts(undeliverable=1, expired=1)


async def test_pages_end_where_the_first_one_found_the_end(post: Post) -> None:
    """What is sent again and fails at once is not found by the pages that follow."""
    directory, _ = await _failed(post, *range(1, 10))
    post.order("@undeliverable")
    asked: dict[str, Any] = {"everybody": True, "page_size": 4}
    first = await _resend(post, directory, **asked)
    assert sum(value for _, value in first.resent.ListFields()) == 4
    await post.settled(directory)
    second = await _resend(post, directory, page_token=first.next_page_token, **asked)
    await post.settled(directory)
    third = await _resend(post, directory, page_token=second.next_page_token, **asked)
    assert sum(value for _, value in third.resent.ListFields()) == 1
    assert third.next_page_token == ""
    assert (await post.settled(directory))["resent"] == 9
    request = ResendNoticesRequest(directory=directory, page_token=first.next_page_token)
    request.everybody = request.validate_only = True
    refused = await post.peer.refusal(post.peer.notifications.ResendNotices, request)
    assert refused.facts["option"] == "page_token"


@pytest.mark.parametrize(
    ("asked", "option"),
    [
        ({}, "whose"),
        ({"everybody": False}, "whose"),
        ({"everybody": True, "states": [v1.NOTICE_STATE_SENT]}, "states"),
        ({"everybody": True, "states": [v1.NOTICE_STATE_PENDING]}, "states"),
        ({"everybody": True, "states": [v1.NOTICE_STATE_UNSPECIFIED]}, "states"),
        ({"everybody": True, "states": [99]}, "state"),
        ({"notice_id": "17"}, "notice_id"),
        ({"import_id": "17"}, "import_id"),
        ({"user": UserKey()}, "user"),
        ({"everybody": True, "page_size": -1}, "page_size"),
    ],
)
async def test_what_cannot_be_sent_again_is_refused(
    post: Post, asked: dict[str, Any], option: str
) -> None:
    """By the name of the field."""
    request = ResendNoticesRequest(directory=await post.directory(), **asked)
    refused = await post.peer.refusal(post.peer.notifications.ResendNotices, request)
    assert refused.ending == "INVALID_ARGUMENT/INVALID_OPTIONS"
    assert refused.facts["option"] == option


async def test_sending_again_needs_its_right_and_an_import_that_is_there(post: Post) -> None:
    """P51: `notifications:send`, and no other scope; another directory's import is as unknown."""
    directory, import_id = await _failed(post, 1)
    other = await post.directory()
    request = ResendNoticesRequest(directory=directory, import_id=import_id)
    async with post.peer.having("users:write", "imports:write", directory=directory) as others:
        denied = await others.refusal(others.notifications.ResendNotices, request)
        assert denied.ending == "PERMISSION_DENIED/PERMISSION_DENIED"
    elsewhere = ResendNoticesRequest(directory=other, import_id=import_id)
    denied = await post.peer.refusal(post.peer.notifications.ResendNotices, elsewhere)
    assert denied.ending == "PERMISSION_DENIED/PERMISSION_DENIED"
    post.order("@sent")
    async with post.peer.having("notifications:send", directory=directory) as sender:
        answer = await sender.ask(sender.notifications.ResendNotices, request)
    assert answer.resent == v1.NoticeCounts(undeliverable=1)
