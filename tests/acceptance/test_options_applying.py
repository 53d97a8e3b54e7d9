"""Options for applying rows: each choice has its effect, and conflicts are refused."""

from collections.abc import Sequence

import pytest

from rollbook.v1.imports_pb2 import (
    IMPORT_STATE_PREVIEWED,
    IMPORT_STATE_STOPPED,
)
from rollbook.v1.options_pb2 import ImportOptions
from tests.acceptance.asking import made_directory, refused
from tests.acceptance.wire import HEADER, Peer, csv, end, start, user, users


async def test_what_is_unset_goes_as_the_profile_says(peer: Peer, configured: Peer) -> None:
    """`accepted` has the options in force: the profile's, and those of the client."""
    answer = await peer.send_file(await peer.new_directory(), HEADER)
    assert answer.accepted
    told = answer.accepted.options
    for field, value in told.ListFields():
        if field.enum_type:
            assert value, f"{field.name} is not said"
    unset = {"max_failed_rows", "columns", "delimiter", "encoding", "only_lines", "only_outcomes"}
    fields = {field.name for field in ImportOptions.DESCRIPTOR.fields}
    assert fields - {field.name for field, _ in told.ListFields()} <= unset
    assert ImportOptions.DESCRIPTOR.fields_by_name["unknown_columns"].enum_type
    other = await configured.send(
        [start(await configured.new_directory(), profile="by-username"), *csv("username\n"), end()]
    )
    assert other.accepted
    assert other.accepted.options.unknown_columns != told.unknown_columns


async def test_mode(peer: Peer) -> None:
    """S35, S36: MODE_UPSERT does both, MODE_CREATE_ONLY and MODE_UPDATE_ONLY one of them."""
    directory = await peer.new_directory()
    await peer.send_file(directory, HEADER + users(1))
    content = HEADER + user(1, first_name="Grace") + users(2)
    for mode, rows in (
        ("CREATE_ONLY", {2: "FAILED already_exists(employee_number)", 3: "CREATED"}),
        ("UPSERT", {2: "UPDATED", 3: "UNCHANGED"}),
        ("UPDATE_ONLY", {2: "UNCHANGED", 3: "UNCHANGED"}),
    ):
        answer = await peer.send_file(directory, content, options={"mode": mode})
        assert answer.rows == rows, mode
    later = "employee_number,phone\n1,+44 20 7946 0001\n3,+44 20 7946 0003\n"
    answer = await peer.send_file(directory, later, options={"mode": "UPDATE_ONLY"})
    assert answer.rows == {2: "UPDATED", 3: "FAILED not_found(employee_number)"}
    there = await peer.stored(directory)
    assert there["1"]["phone"] == "+44 20 7946 0001"
    assert there["1"]["first_name"] == "Grace"


async def test_commit_per_batch(peer: Peer) -> None:
    """COMMIT_PER_BATCH: a row is answered and there before the file has ended."""
    directory = await peer.new_directory()
    opening = start(directory, options={"commit": "PER_BATCH"})
    async with peer.call(opening, *csv(HEADER + users(1))) as call:
        assert await call.read("results")
        assert list(await peer.stored(directory)) == ["1"]
        await call.send(end())
        assert (await call.rest()).ending == "OK"


async def test_commit_whole_file(peer: Peer) -> None:
    """COMMIT_WHOLE_FILE: nothing is there before `end`, then all the good rows; wrong ones fail."""
    directory = await peer.new_directory()
    opening = start(directory, options={"commit": "WHOLE_FILE"})
    async with peer.call(opening, *csv(HEADER + users(1) + user(2, email="?"))) as call:
        assert await call.read("results"), "a row that fails is answered as it comes"
        assert list(call.answer.rows) == [3]
        assert await peer.stored(directory) == {}
        await call.send(*csv(users(3)), end())
        answer = await call.rest()
    assert answer.ending == "OK"
    assert answer.rows == {2: "CREATED", 3: "FAILED invalid_email(email)", 4: "CREATED"}
    assert sorted(await peer.stored(directory)) == ["1", "3"]
    assert answer.summary
    assert len(answer.summary.digest) == 32
    broken = await peer.send(
        [start(directory, options={"commit": "WHOLE_FILE"}), *csv(HEADER + users(9))]
    )
    assert broken.ending == "ABORTED/TRUNCATED_STREAM"
    assert "9" not in await peer.stored(directory)


async def test_commit_none(peer: Peer) -> None:
    """S03, COMMIT_NONE: every row is answered as in the real run, and nothing is there after it."""
    directory = await peer.new_directory()
    await peer.send_file(directory, HEADER + users(1, 2))
    content = HEADER + users(1) + user(2, first_name="Grace") + users(3) + user(4, email="?")
    preview = await peer.send_file(directory, content, options={"commit": "NONE"})
    assert preview.ending == "OK"
    assert preview.summary
    assert preview.summary.state == IMPORT_STATE_PREVIEWED
    there = await peer.stored(directory)
    assert sorted(there) == ["1", "2"]
    assert there["2"]["first_name"] == "Ada"
    real = await peer.send_file(directory, content)
    assert preview.rows == real.rows
    assert list(real.rows.values()) == [
        "UNCHANGED",
        "UPDATED",
        "CREATED",
        "FAILED invalid_email(email)",
    ]


async def test_blanks(peer: Peer) -> None:
    """BLANKS_KEEP leaves a stored value under an empty cell, BLANKS_CLEAR clears it.

    Never a required field, which is missing then; an absent column touches nothing.
    """
    directory = await made_directory(peer, location="London", unit="Sales")
    columns = "job_title,department,phone,name,location,organizational_unit"
    header = f"employee_number,email,first_name,last_name,{columns},badge\n"
    full = "1,a@x.org,Ada,Byron,Analyst,R&D,5551,Ada B,London,Sales,B7\n"
    blank = "1,a@x.org,Ada,Byron,,,,,,,\n"
    store = {"unknown_columns": "STORE"}
    assert (await peer.send_file(directory, header + full, options=store)).rows == {2: "CREATED"}
    kept = await peer.send_file(directory, header + blank, options=store | {"blanks": "KEEP"})
    assert kept.rows == {2: "UNCHANGED"}
    absent = await peer.send_file(
        directory,
        "employee_number,email,first_name,last_name\n1,a@x.org,Ada,Byron\n",
        options={"blanks": "CLEAR"},
    )
    assert absent.rows == {2: "UNCHANGED"}
    cleared = await peer.send_file(directory, header + blank, options=store | {"blanks": "CLEAR"})
    assert cleared.rows == {2: "UPDATED"}
    stored = (await peer.stored(directory))["1"]
    for name in ("job_title", "department", "phone", "name", "location", "unit"):
        assert stored[name] == "", name
    assert stored["attributes"] == "{}"
    required = await peer.send_file(
        directory, HEADER + user(1, first_name=""), options={"blanks": "CLEAR"}
    )
    assert required.rows == {2: "FAILED missing_required_field(first_name)"}


async def test_missing_users(peer: Peer) -> None:
    """MISSING_USERS_IGNORE changes no user; MISSING_USERS_SUSPEND suspends the missing ones.

    Only users of the same source; and they are answered without a line.
    """
    directory = await peer.new_directory()
    await peer.send_file(directory, HEADER + users(1, 2, 3), source="hr")
    await peer.send_file(directory, HEADER + users(4), source="other")
    whole = {"commit": "WHOLE_FILE"}
    ignoring = await peer.send_file(
        directory, HEADER + users(1, 2), source="hr", options=whole | {"missing_users": "IGNORE"}
    )
    assert ignoring.summary
    assert ignoring.summary.suspended == 0
    answer = await peer.send_file(
        directory, HEADER + users(1, 2), source="hr", options=whole | {"missing_users": "SUSPEND"}
    )
    assert answer.ending == "OK"
    assert answer.summary
    assert answer.summary.suspended == 1
    assert answer.summary.rows == 2
    assert "SUSPENDED" in answer.rows[0]
    status = {n: record["status"] for n, record in (await peer.stored(directory)).items()}
    assert status == {"1": "active", "2": "active", "3": "suspended_by_sync", "4": "active"}
    await refused(peer, "missing_users", options={"missing_users": "SUSPEND"})


async def test_only_lines(peer: Peer) -> None:
    """S04: only rows that start in these lines are applied; the others are NOT_APPLIED."""
    directory = await peer.new_directory()
    options = {"commit": "WHOLE_FILE", "only_lines": "3,5-6"}
    answer = await peer.send_file(directory, HEADER + users(*range(2, 9)), options=options)
    assert answer.rows == {
        line: "CREATED" if line in {3, 5, 6} else "NOT_APPLIED" for line in range(2, 9)
    }
    assert sorted(await peer.stored(directory)) == ["3", "5", "6"]
    assert answer.summary
    assert answer.summary.not_applied == 4


async def test_only_outcomes(peer: Peer) -> None:
    """S04 "Add new": only rows with these outcomes are applied."""
    directory = await peer.new_directory()
    await peer.send_file(directory, HEADER + users(1, 2))
    content = HEADER + user(1, first_name="Grace") + users(2, 3)
    for chosen, rows in (
        ("CREATED", {2: "NOT_APPLIED", 3: "UNCHANGED", 4: "CREATED"}),
        ("UPDATED", {2: "UPDATED", 3: "UNCHANGED", 4: "UNCHANGED"}),
    ):
        answer = await peer.send_file(
            directory, content, options={"commit": "WHOLE_FILE", "only_outcomes": chosen}
        )
        assert answer.rows == rows, chosen
    for other in ("FAILED", "UNCHANGED", "NOT_APPLIED", "SUSPENDED"):
        await refused(peer, "only_outcomes", options={"only_outcomes": other})


async def test_include_changes(peer: Peer) -> None:
    """Each field's old and new value, only where asked for."""
    directory = await peer.new_directory()
    await peer.send_file(directory, HEADER + users(1))
    for asked, name in ((False, "Grace"), (True, "Joan")):
        answer = await peer.send_file(
            directory, HEADER + user(1, first_name=name), options={"include_changes": asked}
        )
        (result,) = answer.results
        told = [(change.field, change.old_value, change.new_value) for change in result.changes]
        assert told == ([("first_name", "Grace", "Joan")] if asked else [])


@pytest.mark.parametrize(
    ("choice", "streamed"), [("ALL", [2, 3, 4]), ("WITH_ISSUES", [3]), ("NONE", [])]
)
async def test_results(peer: Peer, choice: str, streamed: Sequence[int]) -> None:
    """Which results are streamed; the summary counts all of them in any case."""
    content = HEADER + users(1) + user(2, email="?") + users(3)
    answer = await peer.send_file(await peer.new_directory(), content, options={"results": choice})
    assert list(answer.rows) == list(streamed)
    assert answer.summary
    assert (answer.summary.created, answer.summary.failed) == (2, 1)
    assert answer.progress


@pytest.mark.parametrize("commit", ["PER_BATCH", "WHOLE_FILE", "NONE"])
async def test_max_failed_rows(peer: Peer, commit: str) -> None:
    """The row beyond it, in the file's order, ends the file; on its edge nothing happens."""
    wrong = user("?", email="x@example.org")
    content = HEADER + users(1) + wrong + users(2) + wrong + users(3)
    options = {"commit": commit, "max_failed_rows": 2}
    fine = await peer.send_file(await peer.new_directory(), content, options=options)
    assert fine.ending == "OK"
    directory = await peer.new_directory()
    opening = start(directory, options=options | {"max_failed_rows": 1})
    answer = await peer.send([opening, *csv(content), end()])
    assert answer.ending == "ABORTED/TOO_MANY_FAILED_ROWS"
    assert answer.summary
    assert answer.summary.stopped_by.code == "too_many_failed_rows"
    assert answer.summary.stopped_by.line == 5
    stored = ["1", "2"] if commit == "PER_BATCH" else []
    assert sorted(await peer.stored(directory)) == stored
    found = await peer.get_import(directory, opening.start.import_id)
    assert found.state == IMPORT_STATE_STOPPED
    none = await peer.send_file(
        await peer.new_directory(), content, options=options | {"max_failed_rows": 0}
    )
    assert none.summary
    assert none.summary.stopped_by.line == 3
    below = ImportOptions(max_failed_rows=-1)
    await refused(peer, "max_failed_rows", options=below)


async def test_first_password_none_and_notify_nobody(peer: Peer) -> None:
    """FIRST_PASSWORD_NONE and NOTIFY_NOBODY, given by name, are in force."""
    options = {"first_password": "NONE", "notify": "NOBODY"}
    answer = await peer.send_file(await peer.new_directory(), HEADER + users(1), options=options)
    assert answer.rows == {2: "CREATED"}


async def test_a_choice_that_this_version_does_not_know(peer: Peer) -> None:
    """A newer client's choice is refused by name, never taken for another."""
    for field in ImportOptions.DESCRIPTOR.fields:
        if field.enum_type and not field.is_repeated:
            options = ImportOptions()
            setattr(options, field.name, 99)
            await refused(peer, field.name, options=options)
