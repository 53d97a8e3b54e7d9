"""Full syncs: whom a failed row keeps, which files trip at any size, and what is counted."""

from collections.abc import Mapping
from typing import Any

import grpc.aio
import pytest

from rollbook.v1 import imports_pb2, users_pb2
from rollbook.v1.imports_pb2 import ImportState
from rollbook.v1.results_pb2 import Outcome
from rollbook.v1.users_pb2 import UserKey
from tests.acceptance.wire import HEADER, Answer, Peer, csv, end, start, user, users
from tests.environment import either_way

_SYNC: Mapping[str, str] = {"commit": "WHOLE_FILE", "missing_users": "SUSPEND"}
_PREVIEW = {**_SYNC, "commit": "NONE"}
_NAMED = "employee_number,email,username,first_name,last_name\n"
_KNOWN = {1: "", 2: "", 3: "third", 4: "fourth"}
"""Users, and the usernames that they are given."""
_AN_ADDRESS = """
update users set username = 'fourth@example.org', username_key = 'fourth@example.org'
where username = 'fourth' and directory_id = (select id from directories where name = $1)
"""
"""A username that was once the user's e-mail, and is not any more."""


async def _statuses(peer: Peer, directory: str) -> dict[str, str]:
    return {number: row["status"] for number, row in (await peer.stored(directory)).items()}


async def _sync(peer: Peer, directory: str, content: str, **options: Any) -> Answer:
    return await peer.send_file(directory, content, options={**_SYNC, **options})


def _state(answer: Answer) -> str:
    assert answer.summary
    return ImportState.Name(answer.summary.state).removeprefix("IMPORT_STATE_")


@either_way
@pytest.mark.parametrize("commit", ["WHOLE_FILE", "NONE"])
@pytest.mark.parametrize("mode", ["UPSERT", "UPDATE_ONLY"])
async def test_who_has_the_email_of_a_failed_row_is_not_suspended(
    peer: Peer, narrow: Peer, commit: str, mode: str
) -> None:
    """A number lost its zeros: the row fails, and the user is kept; who is not named at all is not.

    The row says so, with the number for callers who may read users.
    """
    for one in (peer, narrow):
        directory = await one.new_directory()
        old = user("00301", email="ada@example.org") + users(2, 3)
        await one.send_file(directory, HEADER + old)
        renamed = HEADER + users(2) + user(301, email="ADA@Example.org")
        answer = await _sync(one, directory, renamed, commit=commit, mode=mode)
        assert answer.ending == "OK", answer.message
        why = "not_found(employee_number)" if mode == "UPDATE_ONLY" else "duplicate_email(email)"
        said = {r.line: r for r in answer.results}
        codes = sorted([f"{issue.code}({issue.field})" for issue in said[3].issues])
        assert codes == sorted([why, "kept_in_doubt(email)"])
        issue = answer.issue(3, "kept_in_doubt")
        assert dict(issue.params) == {"holder": "00301", "holder_status": "active"}
        assert "not suspended" in issue.message
        assert issue.message.endswith("It is the user with the number 00301.")
        assert answer.summary
        assert (answer.summary.suspended, answer.summary.codes["kept_in_doubt"]) == (1, 1)
        if commit == "WHOLE_FILE":
            then = {"00301": "active", "2": "active", "3": "suspended_by_sync"}
            assert await _statuses(one, directory) == then


@pytest.mark.parametrize(
    ("spoiled", "by"),
    [
        ("9,u3@example.org,,Ada,!!!", "email"),
        ("9,new@example.org,third,Ada,!!!", "username"),
        ("9,bad-email,third,Ada,Byron", "username"),
        ("9,u3@example.org,two words,Ada,Byron", "email"),
        ("9,fourth@example.org,,,", "username"),
        ("2,u3@example.org,,Ada,!!!", "email"),
        ("9,new@example.org,third,Ada,Byron", "username"),
        ("9,fourth@example.org,,Ada,Byron", "username"),
    ],
    ids=[
        "its e-mail",
        "its username",
        "its username beside a broken e-mail",
        "its e-mail beside a broken username",
        "the username that it would get",
        "also of a known user",
        "refused by the plan",
        "refused by the plan for what it would get",
    ],
)
async def test_a_row_names_whoever_has_its_email_or_username(
    peer: Peer, narrow: Peer, spoiled: str, by: str
) -> None:
    """Rows that fail by their own cells too, where the e-mail or the username can be read."""
    for one in (peer, narrow):
        directory = await one.new_directory()
        known = [f"{n},u{n}@example.org,{name},A,B\n" for n, name in _KNOWN.items()]
        await one.send_file(directory, _NAMED + "".join(known))
        await one.execute(_AN_ADDRESS, directory)
        named = [line for line in known[:2] if line[0] != spoiled[0]]
        answer = await _sync(one, directory, "".join([_NAMED, *named, f"{spoiled}\n"]))
        assert answer.ending == "OK", answer.message
        kept, gone = ("4", "3") if "fourth" in spoiled else ("3", "4")
        issue = answer.issue(2 + len(named), "kept_in_doubt")
        assert (issue.field, issue.params["holder"]) == (by, kept)
        then = dict.fromkeys("1234", "active") | {gone: "suspended_by_sync"}
        assert await _statuses(one, directory) == then


async def test_who_is_named_otherwise_is_not_in_doubt(peer: Peer) -> None:
    """No warning for a name that an earlier row claims, a user's own, or another source's user."""
    directory = await peer.new_directory()
    await peer.send_file(directory, HEADER + users(1, 2, 3))
    await peer.send_file(directory, HEADER + users(5), source="crm")
    content = HEADER + users(1, 2) + user(9, email="u1@example.org")
    content += user(3, last_name="!!!") + user(8, email="u5@example.org")
    answer = await _sync(peer, directory, content)
    assert answer.rows == {
        2: "UNCHANGED",
        3: "UNCHANGED",
        4: "FAILED duplicate_email(email)",
        5: "FAILED invalid_name(last_name)",
        6: "FAILED duplicate_email(email)",
    }
    assert set((await _statuses(peer, directory)).values()) == {"active"}


async def test_outside_a_full_sync_nobody_is_kept_in_doubt(peer: Peer) -> None:
    """A failed row of a whole file or a preview without suspensions has no such warning."""
    directory = await peer.new_directory()
    await peer.send_file(directory, HEADER + users(1))
    for commit in ("PER_BATCH", "WHOLE_FILE", "NONE"):
        content = HEADER + user(9, email="u1@example.org")
        content += user(8, email="u1@example.org", last_name="!!!")
        answer = await peer.send_file(directory, content, options={"commit": commit})
        assert answer.rows == {
            2: "FAILED duplicate_email(email)",
            3: "FAILED invalid_name(last_name)",
        }


async def test_who_stays_for_another_source_is_not_in_doubt(peer: Peer) -> None:
    """Nobody would have suspended them; the failed row keeps the source that it may mean."""
    directory = await peer.new_directory()
    for source in ("hr", "crm"):
        await peer.send_file(directory, HEADER + users(1, 2, 3), options=_SYNC, source=source)
    content = HEADER + users(1) + user(8, email="u2@example.org")
    content += user(9, email="u3@example.org", last_name="!!!")
    answer = await peer.send_file(directory, content, options=_SYNC, source="hr")
    assert answer.rows == {
        2: "UNCHANGED",
        3: "FAILED duplicate_email(email)",
        4: "FAILED invalid_name(last_name)",
    }
    assert answer.summary
    assert (answer.summary.suspended, answer.summary.released) == (0, 0)


async def test_the_user_who_is_kept_is_named_to_callers_who_may_read(peer: Peer) -> None:
    """P52: of rows that fail as they come and of those that the plan refuses."""
    directory = await peer.new_directory()
    await peer.send_file(directory, HEADER + users(1, 2, 3))
    content = HEADER + users(1) + user(8, email="u2@example.org")
    content += user(9, email="u3@example.org", last_name="!!!")
    asked = [start(directory, options=_PREVIEW), *csv(content), end()]
    async with (
        peer.having("imports:write", directory=directory) as writer,
        peer.having("imports:write", "users:read", directory=directory) as reader,
    ):
        hidden, shown = await writer.send(asked), await reader.send(asked)
    for line, number in ((3, "2"), (4, "3")):
        issue = hidden.issue(line, "kept_in_doubt")
        assert not issue.params
        assert issue.message.endswith("may mean them.")
        assert shown.issue(line, "kept_in_doubt").params["holder"] == number
    assert hidden.summary
    assert hidden.summary.suspended == 0


@pytest.mark.parametrize("people", [1, 3, 12])
@pytest.mark.parametrize("commit", ["WHOLE_FILE", "NONE"])
async def test_a_sync_that_applies_no_row_trips_at_any_size(
    peer: Peer, people: int, commit: str
) -> None:
    """As an empty one does (B066): numbers in another form are another source's file, perhaps."""
    directory = await peer.new_directory()
    numbers = [f"{n:05}" for n in range(people)]
    await peer.send_file(directory, HEADER + users(*numbers))
    moved = "".join(user(int(n) + 1000, email=f"u{n}@example.org") for n in numbers)
    answer = await _sync(peer, directory, HEADER + moved, commit=commit)
    assert answer.summary
    assert (answer.summary.failed, answer.summary.suspended) == (people, 0)
    assert answer.summary.stopped_by.code == "safeguard_tripped"
    if commit == "WHOLE_FILE":
        assert answer.ending == "FAILED_PRECONDITION/SAFEGUARD_TRIPPED"
        assert answer.facts["what"] == "nothing"
        assert _state(answer) == "AWAITING_APPROVAL"


async def test_a_sync_of_rows_that_change_nothing_does_not_trip(peer: Peer) -> None:
    """UNCHANGED is applied; one such row among failed ones is enough."""
    directory = await peer.new_directory()
    await peer.send_file(directory, HEADER + users(1, 2))
    answer = await _sync(peer, directory, HEADER + users(1) + user(2, last_name="!!!"))
    assert (answer.ending, _state(answer)) == ("OK", "COMPLETED")


@either_way
async def test_suspended_and_reactivated_are_changes_of_status(peer: Peer, narrow: Peer) -> None:
    """Reported with `include_changes`, counted in preview, apply and import, and in the digest."""
    for one in (peer, narrow):
        directory = await one.new_directory()
        await one.send_file(directory, HEADER + users(1, 2, 3))
        gone = await _sync(one, directory, HEADER + users(1, 3), include_changes=True)
        assert _changes(gone) == {"2": [("status", "active", "suspended")]}
        assert gone.summary
        assert (gone.summary.suspended, gone.summary.reactivated) == (1, 0)
        back = HEADER + users(1, 3) + user(2, last_name="King")
        preview = await _sync(one, directory, back, commit="NONE", include_changes=True)
        then = [
            ("last_name", "Byron", "King"),
            ("status", "suspended", "active"),
            ("sources", "", "default"),
        ]
        assert _changes(preview) == {"2": then}
        assert preview.summary
        assert (preview.summary.updated, preview.summary.reactivated) == (1, 1)
        request = imports_pb2.ApplyImportRequest(
            directory=directory, import_id=preview.summary.import_id
        )
        applied = Answer()
        async for message in one.imports.ApplyImport(request, metadata=one.metadata, timeout=30):
            applied.results.extend(message.results.results)
            if message.HasField("summary"):
                applied.summary = message.summary
        assert _changes(applied) == {"2": then}
        assert applied.summary
        assert applied.summary.reactivated == 1
        found = await one.get_import(directory, preview.summary.import_id)
        assert found.summary.reactivated == 1
        assert (await _statuses(one, directory))["2"] == "active"
        again = await _sync(one, directory, back, include_changes=True)
        assert again.summary
        assert (_changes(again), again.summary.reactivated) == ({}, 0)


async def test_a_preview_is_stale_where_a_suspension_ended_meanwhile(peer: Peer) -> None:
    """S04: the change of status is a part of what was previewed."""
    directory = await peer.new_directory()
    await peer.send_file(directory, HEADER + users(1, 2))
    await _sync(peer, directory, HEADER + users(1))
    preview = await _sync(
        peer, directory, HEADER + users(1) + user(2, last_name="King"), commit="NONE"
    )
    await peer.ask(
        peer.users.ReactivateUser,
        users_pb2.ReactivateUserRequest(directory=directory, user=UserKey(employee_number="2")),
    )
    assert preview.summary
    request = imports_pb2.ApplyImportRequest(
        directory=directory, import_id=preview.summary.import_id
    )
    stale = Answer()
    try:
        async for _ in peer.imports.ApplyImport(request, metadata=peer.metadata, timeout=30):
            pass
    except grpc.aio.AioRpcError as broken:
        stale.end_with(broken)
    assert stale.ending == "FAILED_PRECONDITION/PLAN_STALE"
    assert stale.facts["users"] == "2"


def _changes(answer: Answer) -> dict[str, list[tuple[str, str, str]]]:
    return {
        result.employee_number: [(c.field, c.old_value, c.new_value) for c in result.changes]
        for result in answer.results
        if result.changes and result.outcome != Outcome.OUTCOME_CREATED
    }


async def test_a_failed_row_keeps_also_a_source_that_is_not_the_last(peer: Peer) -> None:
    """Else a sync of the other source would suspend a user whom this file may mean."""
    directory = await peer.new_directory()
    await _known_to(peer, directory, "hr", "crm")
    lost = user("9001", email="u1@example.org") + users(2)
    answer = await peer.send_file(directory, HEADER + lost, options=_SYNC, source="crm")
    assert answer.issue(2, "duplicate_email").code == "duplicate_email"
    await peer.send_file(directory, HEADER + users(2), options=_SYNC, source="hr")
    assert await _statuses(peer, directory) == {"1": "active", "2": "active"}


async def _known_to(peer: Peer, directory: str, *sources: str) -> None:
    for source in sources:
        await peer.send_file(directory, HEADER + users(1, 2), options=_SYNC, source=source)
