"""Notices of imports and of changes by hand: which are sent, and how they end."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from rollbook.v1 import notices_pb2 as v1
from rollbook.v1 import users_pb2
from rollbook.v1.directories_pb2 import Directory, GetDirectoryRequest, UpdateDirectoryRequest
from rollbook.v1.imports_pb2 import ApplyImportRequest, ListImportNoticesRequest
from rollbook.v1.results_pb2 import OUTCOME_CREATED
from tests.acceptance.post import WELCOME, Post, posting, word
from tests.acceptance.wire import HEADER, Answer, Peer, end, rows, start, user, users

_ALL = ("created", "updated", "suspended", "reactivated")
_SYNC = {"commit": "WHOLE_FILE", "missing_users": "SUSPEND"}


@pytest_asyncio.fixture(scope="module")
async def post(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Post]:
    """A server with the recording plugin."""
    folder = tmp_path_factory.mktemp("post")
    async with posting(database_url, folder, notify_timeout=5) as (opened, _):
        yield opened


@pytest_asyncio.fixture(autouse=True)
async def nothing_ordered(post: Post) -> None:
    """Each test begins with a plugin that sends."""
    post.order("")


def _id(answer: Answer) -> str:
    assert answer.summary, answer.message
    return answer.summary.import_id


async def _user(post: Post, directory: str, number: str) -> users_pb2.User:
    request = users_pb2.GetUserRequest(
        directory=directory, user=users_pb2.UserKey(employee_number=number)
    )
    found: users_pb2.User = (await post.peer.ask(post.peer.users.GetUser, request)).user
    return found


async def test_new_users_are_welcomed_and_nobody_else(post: Post) -> None:
    """Created rows alone; failed, unchanged and updated ones get no mail."""
    directory = await post.directory()
    await post.peer.send_file(directory, HEADER + users(1, 2))
    file = HEADER + user(1) + user(2, last_name="King") + user(3) + user(4, email="no") + user(5)
    answer = await post.peer.send_file(directory, file, options=WELCOME)
    assert Counter(answer.rows.values())["CREATED"] == 2
    assert await post.settled(directory) == {"sent": 2}
    assert post.numbers(directory) == {"3": 1, "5": 1}
    found = await post.listed(directory, _id(answer))
    assert [word(one) for one in found] == ["4 created sent", "6 created sent"]
    assert {one.mail for one in found} == {v1.NOTICE_MAIL_WELCOME}
    told = await post.peer.get_import(directory, _id(answer))
    assert told.notices == v1.NoticeCounts(sent=2)


async def test_a_plugin_is_told_what_is_stored(post: Post) -> None:
    """P43: names, address and username as they are stored now; no role, no lock."""
    directory = await post.directory()
    answer = await post.peer.send_file(
        directory, HEADER + user(1, email="Ada@EXAMPLE.org", last_name=" King "), options=WELCOME
    )
    await post.settled(directory)
    (told,) = post.told(directory)
    (found,) = await post.listed(directory, _id(answer))
    assert told | {"at": "", "first_attempt_at": "", "pid": 0} == {
        "id": found.notice_id,
        "directory": directory,
        "directory_name": "",
        "event": "created",
        "mail": "welcome",
        "employee_number": "1",
        "email": "Ada@EXAMPLE.org",
        "username": "Ada@EXAMPLE.org",
        "first_name": "Ada",
        "last_name": "King",
        "name": "",
        "import_id": _id(answer),
        "at": "",
        "attempt": 1,
        "first_attempt_at": "",
        "attributes": {},
        "pid": 0,
        "order": "King",
        "answer": "Sent",
    }
    assert (found.reason, found.attempts, found.employee_number) == ("250 recorded", 1, "1")
    assert told["at"].endswith("+00:00")
    assert found.HasField("settle_time")
    assert not found.HasField("due_time")


async def test_a_preview_tells_nobody_and_what_is_applied_of_it_once(post: Post) -> None:
    """A dry run writes no notice; the applied one writes a notice of each user."""
    directory = await post.directory("created")
    preview = await post.peer.send_file(
        directory, HEADER + users(1, 2), options=WELCOME | {"commit": "NONE"}
    )
    assert set(preview.rows.values()) == {"CREATED"}
    assert await post.rows(directory) == []
    request = ApplyImportRequest(directory=directory, import_id=_id(preview))
    async for _ in post.peer.imports.ApplyImport(request, metadata=post.peer.metadata):
        pass
    assert await post.settled(directory) == {"sent": 2}
    assert post.numbers(directory) == {"1": 1, "2": 1}


@pytest.mark.parametrize("commit", ["WHOLE_FILE", "PER_BATCH"])
async def test_a_file_that_is_stopped_tells_what_was_applied(post: Post, commit: str) -> None:
    """A whole file that fails sends nothing; per batch, committed rows are reported."""
    directory = await post.directory("created")
    options: dict[str, Any] = WELCOME | {"commit": commit, "max_failed_rows": 0}
    answer = await post.peer.send_file(
        directory, HEADER + users(1) + user(2, email="no") + users(3), options=options
    )
    assert answer.ending == "ABORTED/TOO_MANY_FAILED_ROWS"
    stored = set(await post.peer.stored(directory))
    assert stored == (set() if commit == "WHOLE_FILE" else {"1"})
    assert {row["employee_number"] for row in await post.rows(directory)} == stored


async def test_the_same_file_and_the_same_import_again_tell_nobody(post: Post) -> None:
    """An unchanged file writes no notice, and an import that is answered again neither."""
    directory = await post.directory("created", "updated")
    opening = start(directory, options=WELCOME)
    file = [opening, *rows_of(1, 2), end()]
    for _ in range(2):
        assert (await post.peer.send(file)).ending == "OK"
    again = await post.peer.send_file(directory, HEADER + users(1, 2), options=WELCOME)
    assert set(again.rows.values()) == {"UNCHANGED"}
    assert not (await post.peer.get_import(directory, _id(again))).HasField("notices")
    assert await post.settled(directory) == {"sent": 2}


def rows_of(*numbers: int) -> list[Any]:
    """Typed rows of good users, as `users` has them."""
    return [
        rows(
            *(
                {
                    "employee_number": str(number),
                    "email": f"u{number}@example.org",
                    "first_name": "Ada",
                    "last_name": "Byron",
                }
                for number in numbers
            )
        )
    ]


async def test_a_directory_says_what_is_told(post: Post) -> None:
    """Created, updated, suspended by a full sync, reactivated by one; a line each, in order."""
    directory = await post.directory(*_ALL)
    kept: list[list[str]] = []
    for file, options in (
        (users(1, 2, 3), {}),
        (user(1, last_name="King") + users(2), _SYNC),
        (user(1, last_name="King") + users(2, 3), _SYNC),
    ):
        answer = await post.peer.send_file(directory, HEADER + file, options=options, source="hr")
        await post.settled(directory)
        found = await post.listed(directory, _id(answer))
        kept.append([word(one) for one in found])
        assert {one.mail for one in found} == {v1.NOTICE_MAIL_NONE}
    assert kept == [
        ["2 created sent", "3 created sent", "4 created sent"],
        ["0 suspended sent", "2 updated sent"],
        ["4 reactivated sent"],
    ]
    told = [(one["employee_number"], one["event"]) for one in post.told(directory)]
    assert told[3:] == [("3", "suspended"), ("1", "updated"), ("3", "reactivated")]


async def test_only_what_is_wanted_is_told(post: Post) -> None:
    """If only updates are wanted, a suspension that ends counts as one; if only creations, not."""
    updates, creations = await post.directory("updated"), await post.directory("created")
    for directory in (updates, creations):
        for file, options in ((users(1, 2), {}), (users(1), _SYNC), (users(1, 2), _SYNC)):
            await post.peer.send_file(directory, HEADER + file, options=options, source="hr")
    assert [row["event"] for row in await post.rows(updates)] == ["updated"]
    assert [row["event"] for row in await post.rows(creations)] == ["created", "created"]


async def test_what_is_done_by_hand_is_told(post: Post) -> None:
    """WriteUser, SuspendUser, ReactivateUser; a lock, and who is so already, are no event."""
    directory, peer = await post.directory(*_ALL), post.peer
    who = users_pb2.UserKey(employee_number="1")
    (row,) = rows_of(1)
    written = await peer.ask(
        peer.users.WriteUser,
        users_pb2.WriteUserRequest(directory=directory, row=row.rows.rows[0]),
    )
    assert written.result.outcome == OUTCOME_CREATED
    for method, request in (
        (peer.users.SuspendUser, users_pb2.SuspendUserRequest(directory=directory, user=who)),
        (peer.users.SuspendUser, users_pb2.SuspendUserRequest(directory=directory, user=who)),
        (peer.users.SetLocks, users_pb2.SetLocksRequest(directory=directory, user=who, role=True)),
        (peer.users.ReactivateUser, users_pb2.ReactivateUserRequest(directory=directory, user=who)),
    ):
        await peer.ask(method, request)
    assert await post.settled(directory) == {"sent": 3}
    told = [(one["event"], one["import_id"]) for one in post.told(directory)]
    assert told == [("created", written.import_id), ("suspended", ""), ("reactivated", "")]
    last = (await _user(post, directory, "1")).last_notice
    assert (word(last), last.import_id) == ("0 reactivated sent", "")


async def test_a_plugin_is_shown_the_users_attributes(post: Post) -> None:
    """As they are stored now: one of them may name the language."""
    directory = await post.directory()
    file = "employee_number,email,first_name,last_name,language\n1,a@example.org,Ada,Byron,de\n"
    options = {**WELCOME, "unknown_columns": "STORE"}
    await post.peer.send_file(directory, file, options=options)
    await post.settled(directory)
    (told,) = post.told(directory)
    assert told["attributes"] == {"language": "de"}


async def test_a_user_who_changed_since_is_told_of_as_they_are_now(post: Post) -> None:
    """P43: a mail goes to the stored address, also where that changed since the notice."""
    directory = await post.directory()
    post.order("@later")
    await post.peer.send_file(directory, HEADER + user(1), options=WELCOME)
    await post.tried(directory, 1)
    await post.peer.send_file(directory, HEADER + user(1, email="new@example.org"))
    post.order("")
    await post.due_now(directory)
    await post.settled(directory)
    assert [one["email"] for one in post.told(directory)] == ["u1@example.org", "new@example.org"]


async def test_a_bounce_is_seen_on_user_and_import(post: Post) -> None:
    """P35: at once, with the plugin's words; the others are sent, and no plugin is asked twice."""
    directory = await post.directory()
    answer = await post.peer.send_file(
        directory,
        HEADER + user(1) + user(2, last_name="@undeliverable") + user(3),
        options=WELCOME,
    )
    assert await post.settled(directory) == {"sent": 2, "undeliverable": 1}
    assert post.numbers(directory) == {"1": 1, "2": 1, "3": 1}
    told = await post.peer.get_import(directory, _id(answer))
    assert told.notices == v1.NoticeCounts(sent=2, undeliverable=1)
    (found,) = await post.listed(directory, _id(answer), state=v1.NOTICE_STATE_UNDELIVERABLE)
    assert (found.line, found.reason) == (3, "no such mailbox")
    assert (await _user(post, directory, "2")).last_notice == found


async def test_what_is_to_wait_is_told_again_and_once(post: Post) -> None:
    """P34: due again a minute later, then five; the answer settles it, and there is no third."""
    directory = await post.directory()
    post.order("@later")
    answer = await post.peer.send_file(directory, HEADER + user(1), options=WELCOME)
    for times, minutes in ((1, 1), (2, 5)):
        await post.tried(directory, times)
        (row,) = await post.rows(directory)
        waits = (row["due_at"] - row["claimed_at"]).total_seconds() / 60
        assert 0.9 * minutes <= waits <= 1.1 * minutes + 0.1
        (found,) = await post.listed(directory, _id(answer))
        assert (word(found), found.reason) == ("2 created pending", "ordered to wait")
        assert found.HasField("due_time")
        await post.due_now(directory)
    await post.tried(directory, 3)
    post.order("")
    await post.due_now(directory)
    assert await post.settled(directory) == {"sent": 1}
    assert [one["attempt"] for one in post.told(directory)] == [1, 2, 3, 4]
    assert len({one["id"] for one in post.told(directory)}) == 1


async def test_a_plugin_says_when(post: Post) -> None:
    """P34: so many seconds later, and not on the schedule."""
    directory = await post.directory()
    await post.peer.send_file(directory, HEADER + user(1, last_name="@later:7200"), options=WELCOME)
    await post.tried(directory, 1)
    (row,) = await post.rows(directory)
    assert 7199 <= (row["due_at"] - row["claimed_at"]).total_seconds() <= 7260


async def test_it_is_given_up_after_48_hours(post: Post) -> None:
    """P34: the last answer's reason stays, and nothing is due any more."""
    directory = await post.directory()
    post.order("@later")
    await post.peer.send_file(directory, HEADER + user(1), options=WELCOME)
    await post.tried(directory, 1)
    await post.due_now(directory, ago="48 h")
    assert await post.settled(directory) == {"expired": 1}
    (row,) = await post.rows(directory)
    assert row["reason"] == "gave up after 48 h: ordered to wait"


async def test_in_doubt_is_told_once_more(post: Post) -> None:
    """P36: the same notice a second time, never a third; it ends in doubt, for user and import."""
    directory = await post.directory()
    answer = await post.peer.send_file(
        directory, HEADER + user(1, last_name="@doubt"), options=WELCOME
    )
    await post.tried(directory, 1)
    await post.due_now(directory)
    assert await post.settled(directory) == {"in_doubt": 1}
    found = await post.peer.get_import(directory, _id(answer))
    assert found.notices == v1.NoticeCounts(in_doubt=1)
    (listed,) = await post.listed(directory, _id(answer), state=v1.NOTICE_STATE_IN_DOUBT)
    assert (await _user(post, directory, "1")).last_notice == listed
    assert (word(listed), listed.reason) == ("2 created in_doubt", "broke off")
    (row,) = await post.rows(directory)
    assert (row["in_doubt"], row["attempts"]) == (True, 2)
    first, second = post.told(directory)
    assert first["id"] == second["id"]


@pytest.mark.parametrize("fault", ["@raise", "@exit", "@nonsense"])
async def test_a_lot_that_failed_is_told_again(post: Post, fault: str) -> None:
    """P38, P40: also seven times in a row; the import has long ended, and nothing is lost."""
    directory = await post.directory()
    post.order(fault)
    answer = await post.peer.send_file(directory, HEADER + users(1, 2), options=WELCOME)
    assert answer.ending == "OK"
    for times in range(1, 7):
        await post.tried(directory, times)
        await post.due_now(directory)
    await post.tried(directory, 7)
    assert {row["reason"].split(" ")[2] for row in await post.rows(directory)} == {
        "tests.plugin:recording"
    }
    post.order("")
    await post.due_now(directory)
    assert await post.settled(directory) == {"sent": 2}


async def test_one_that_cannot_be_told_is_set_aside(post: Post) -> None:
    """P38: while it waits, the queue moves on: before, with, and behind it."""
    directory = await post.directory()
    await post.peer.send_file(
        directory,
        HEADER + user(1) + user(2, last_name="@later") + user(3, last_name="@undeliverable"),
        options=WELCOME,
    )
    await post.peer.send_file(directory, HEADER + users(4), options=WELCOME)
    await post.until(directory, lambda states: states["pending"] == 1)
    assert await post.states(directory) == {"sent": 2, "undeliverable": 1, "pending": 1}


async def test_what_no_plugin_takes_is_unhandled(post: Post) -> None:
    """Counted, and with a code where a mail was asked for."""
    directory = await post.directory("updated")
    answer = await post.peer.send_file(
        directory, HEADER + user(1, last_name="@silent"), options=WELCOME
    )
    await post.peer.send_file(directory, HEADER + user(1, last_name="@silent", first_name="B"))
    assert await post.settled(directory) == {"unhandled": 2}
    assert [row["reason"] for row in await post.rows(directory)] == ["notification_suppressed", ""]
    told = await post.peer.get_import(directory, _id(answer))
    assert told.notices == v1.NoticeCounts(unhandled=1)


async def test_a_directory_s_rate_is_kept(post: Post) -> None:
    """So many a minute, spread evenly, and no more; another directory does not wait for it."""
    slow, fast = await post.directory(per_minute=3), await post.directory()
    for directory in (slow, fast):
        await post.peer.send_file(directory, HEADER + users(*range(1, 9)), options=WELCOME)
    assert await post.settled(fast) == {"sent": 8}
    await post.until(slow, lambda states: states["sent"] == 1)
    looks = post.began()
    await post.peer.send_file(fast, HEADER + users(20), options=WELCOME)
    await post.until(fast, lambda states: states["sent"] == 9)
    assert post.began() > looks
    assert await post.states(slow) == {"sent": 1, "pending": 7}
    for count in (2, 3):
        await _pass(post, slow, "21 seconds")  # a third of the minute: the next one
        states = await post.until(slow, lambda states, n=count: states["sent"] == n)  # type: ignore[misc]
        assert states == {"sent": count, "pending": 8 - count}
    assert [one["employee_number"] for one in post.told(slow)] == list("123")


async def _pass(post: Post, directory: str, time: str) -> None:
    """Let so much time pass since what was claimed."""
    await post.peer.execute(
        "update notices set claimed_at = claimed_at - $2::text::interval where claimed_at is not"
        " null and directory_id = (select id from directories where name = $1)",
        directory,
        time,
    )


async def test_while_nothing_can_be_sent_imports_go_on_and_then_all_is(post: Post) -> None:
    """P33: imports are not held up; afterwards each is sent once more, the oldest first."""
    directory = await post.directory()
    post.order("@later")
    lots = [users(*range(first, first + 60)) for first in (0, 60, 120)]
    for lot in lots:
        answer = await post.peer.send_file(directory, HEADER + lot, options=WELCOME)
        assert set(answer.rows.values()) == {"CREATED"}
    await post.tried(directory, 1)
    assert await post.states(directory) == {"pending": 180}
    before = len(post.told(directory))
    post.order("")
    await post.peer.execute(
        "update notices set due_at = created_at where directory_id ="
        " (select id from directories where name = $1)",
        directory,
    )
    assert await post.settled(directory) == {"sent": 180}
    after = [int(one["employee_number"]) for one in post.told(directory)[before:]]
    assert after == list(range(180))


async def test_notices_come_in_pages_by_line(post: Post) -> None:
    """Without gap or overlap; a token is good for its own question alone."""
    directory = await post.directory()
    answer = await post.peer.send_file(directory, HEADER + users(*range(7)), options=WELCOME)
    await post.settled(directory)
    request = ListImportNoticesRequest(directory=directory, import_id=_id(answer), page_size=3)
    lines: list[int] = []
    for size in (3, 3, 1):
        page = await post.peer.ask(post.peer.imports.ListImportNotices, request)
        assert len(page.notices) == size
        lines += [one.line for one in page.notices]
        request.page_token = page.next_page_token
    assert (lines, page.next_page_token) == (list(range(2, 9)), "")
    wrong = ListImportNoticesRequest(directory=directory, import_id=_id(answer))
    wrong.state = 9  # type: ignore[assignment]  # none of this version
    refused = await post.peer.refusal(post.peer.imports.ListImportNotices, wrong)
    assert (refused.ending, refused.facts["option"]) == (
        "INVALID_ARGUMENT/INVALID_OPTIONS",
        "state",
    )
    other = ListImportNoticesRequest(
        directory=directory, import_id=_id(answer), page_token="bm90IG9uZQ=="
    )
    refused = await post.peer.refusal(post.peer.imports.ListImportNotices, other)
    assert refused.facts["option"] == "page_token"


async def test_notices_of_a_directory_come_newest_first(post: Post) -> None:
    """Of all imports and of what was done by hand; those in a state alone, whatever it is."""
    directory = await post.directory("suspended")
    names = ["Byron", "@undeliverable", "Byron", "@undeliverable", "Byron"]
    for number, name in enumerate(names):
        row = user(number, last_name=name)
        await post.peer.send_file(directory, HEADER + row, options=WELCOME)
    await post.settled(directory)
    await post.peer.ask(
        post.peer.users.SuspendUser,
        users_pb2.SuspendUserRequest(
            directory=directory, user=users_pb2.UserKey(employee_number="0")
        ),
    )
    await post.settled(directory)
    request = ListImportNoticesRequest(directory=directory, page_size=2)
    seen: list[str] = []
    for size in (2, 2, 2):
        page = await post.peer.ask(post.peer.imports.ListImportNotices, request)
        assert len(page.notices) == size
        seen += [one.employee_number for one in page.notices]
        request.page_token = page.next_page_token
    assert (seen, page.next_page_token) == (["0", "4", "3", "2", "1", "0"], "")
    for state, numbers in {
        v1.NOTICE_STATE_UNDELIVERABLE: ["3", "1"],
        v1.NOTICE_STATE_SENT: ["0", "4", "2", "0"],
        v1.NOTICE_STATE_EXPIRED: [],
    }.items():
        wanted = ListImportNoticesRequest(directory=directory, state=state)
        page = await post.peer.ask(post.peer.imports.ListImportNotices, wanted)
        assert [one.employee_number for one in page.notices] == numbers
    wanted = ListImportNoticesRequest(directory=directory, state="NOTICE_STATE_SENT", page_size=3)
    page = await post.peer.ask(post.peer.imports.ListImportNotices, wanted)
    wanted.page_token = page.next_page_token
    rest = await post.peer.ask(post.peer.imports.ListImportNotices, wanted)
    both = [*page.notices, *rest.notices]
    assert [one.employee_number for one in both] == ["0", "4", "2", "0"]
    other = await post.directory()
    page = await post.peer.ask(
        post.peer.imports.ListImportNotices, ListImportNoticesRequest(directory=other)
    )
    assert [*page.notices] == []


async def test_notices_are_listed_by_their_state(post: Post) -> None:
    """Each state alone, and all where none is asked for."""
    directory = await post.directory()
    names = ["@doubt", "@later:9999", "Byron", "@undeliverable", "@later", "@silent"]
    file = "".join(user(number, last_name=name) for number, name in enumerate(names))
    answer = await post.peer.send_file(directory, HEADER + file, options=WELCOME)
    await post.tried(directory, 1)
    await post.peer.execute(
        "update notices set due_at = now(), first_claimed_at = now() - case reason"
        " when 'broke off' then interval '1 h' else interval '48 h' end"
        " where state = 'pending' and (reason = 'broke off' or due_at > now() + interval '1 h')"
    )
    await post.until(directory, lambda states: states["pending"] == 1)
    states = [
        v1.NOTICE_STATE_IN_DOUBT,
        v1.NOTICE_STATE_EXPIRED,
        v1.NOTICE_STATE_SENT,
        v1.NOTICE_STATE_UNDELIVERABLE,
        v1.NOTICE_STATE_PENDING,
        v1.NOTICE_STATE_UNHANDLED,
    ]
    for line, state in enumerate(states, start=2):
        found = await post.listed(directory, _id(answer), state=state)
        assert [(one.line, one.state) for one in found] == [(line, state)]
    found = await post.listed(directory, _id(answer), state=v1.NOTICE_STATE_UNSPECIFIED)
    assert [one.state for one in found] == states


async def test_what_a_directory_tells_is_set_and_changed(peer: Peer) -> None:
    """Each event once, in its own order; with a mask, empty is none, and unset no limit."""
    name = await peer.new_directory()

    async def update(*paths: str, **said: Any) -> Directory:
        request = UpdateDirectoryRequest(directory=Directory(name=name, **said))
        request.update_mask.paths.extend(paths)
        await peer.ask(peer.directories.UpdateDirectory, request)
        asked = GetDirectoryRequest(directory=name)
        found: Directory = (await peer.ask(peer.directories.GetDirectory, asked)).directory
        return found

    events = [v1.NOTICE_EVENT_UPDATED, v1.NOTICE_EVENT_CREATED, v1.NOTICE_EVENT_UPDATED]
    first = await update(notices=events, notices_per_minute=30)
    assert list(first.notices) == [v1.NOTICE_EVENT_CREATED, v1.NOTICE_EVENT_UPDATED]
    assert first.notices_per_minute == 30
    assert await update(seats=5) == Directory.FromString(
        (first.SerializeToString()) + Directory(seats=5).SerializeToString()
    )
    cleared = await update("notices", "notices_per_minute")
    assert not cleared.notices
    assert not cleared.HasField("notices_per_minute")
    for wrong, option in (
        (Directory(name=name, notices=[9]), "notices"),  # type: ignore[list-item]
        (Directory(name=name, notices=[v1.NOTICE_EVENT_UNSPECIFIED]), "notices"),
        (Directory(name=name, notices_per_minute=0), "notices_per_minute"),
    ):
        refused = await peer.refusal(
            peer.directories.UpdateDirectory, UpdateDirectoryRequest(directory=wrong)
        )
        assert refused.facts["option"] == option


async def test_without_a_plugin_mail_is_warned_of_and_unhandled(
    database_url: str, post: Post, peer: Peer
) -> None:
    """S59: `mail_not_configured` before the first row and in the summary; nothing piles up."""
    directory = await peer.new_directory()
    answer = await peer.send_file(directory, HEADER + users(1), options=WELCOME)
    assert answer.understood
    assert answer.summary
    for warnings in (answer.understood.warnings, answer.summary.warnings):
        (warned,) = warnings
        assert warned.code == "mail_not_configured"
        assert warned.params == {"notify": "WELCOME_NEW", "missing": "a plugin that sends mail"}
        assert "Users without a password cannot log in" in warned.message
    typed = await peer.send([start(directory, options=WELCOME), *rows_of(2), end()])
    assert typed.summary
    assert [issue.code for issue in typed.summary.warnings] == ["mail_not_configured"]
    unhandled = 0
    async with asyncio.timeout(20):
        while not unhandled:
            await asyncio.sleep(0.05)
            unhandled = (await peer.get_import(directory, _id(answer))).notices.unhandled
    assert unhandled == 1
    silent = await peer.send_file(directory, HEADER + users(3))
    there = await post.peer.send_file(await post.directory(), HEADER + users(1), options=WELCOME)
    for quiet in (silent, there):
        assert quiet.summary
        assert not quiet.summary.warnings


async def test_nobody_pays_for_what_nobody_wants(post: Post) -> None:
    """An import that wants no notices writes none, and no plugin is asked."""
    directory = await post.directory()
    await post.peer.send_file(directory, HEADER + users(1, 2))
    assert await post.rows(directory) == []
    assert [*post.told(directory)] == []  # of other directories some may still be on their way
    assert not (await _user(post, directory, "1")).HasField("last_notice")
