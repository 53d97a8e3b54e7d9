"""Callers without `users:read` learn nothing of stored users by writing."""

from uuid import uuid4

import pytest

from rollbook.v1 import imports_pb2, results_pb2, users_pb2
from rollbook.v1.users_pb2 import UserKey, UserLocks
from tests.acceptance.wire import HEADER, Answer, Peer, end, start, user
from tests.acceptance.wire import csv as csv_requests

_WRITES = ("imports:write", "imports:read", "users:write", "roles:privileged")
_READS = (*_WRITES, "users:read")
_CHANGED = HEADER + user(1, last_name="King") + user(2)
_SECRET = "Lovelace"


async def _stored(peer: Peer, *, suspended: str = "") -> str:
    directory = await peer.new_directory()
    content = HEADER + user(1, last_name=_SECRET) + user(7, email="taken@example.org")
    assert (await peer.send_file(directory, content)).ending == "OK"
    if suspended:
        key = UserKey(employee_number=suspended)
        request = users_pb2.SuspendUserRequest(directory=directory, user=key)
        await peer.ask(peer.users.SuspendUser, request)
    return directory


def _changes(results: list[results_pb2.RowResult]) -> dict[int, list[tuple[str, str, str]]]:
    return {
        result.line: [(c.field, c.old_value, c.new_value) for c in result.changes]
        for result in results
        if result.changes
    }


async def _apply(peer: Peer, directory: str, import_id: str) -> Answer:
    answer = Answer()
    request = imports_pb2.ApplyImportRequest(directory=directory, import_id=import_id)
    async for message in peer.imports.ApplyImport(request, metadata=peer.metadata, timeout=30):
        answer.results.extend(message.results.results)
    return answer


@pytest.mark.parametrize("commit", ["PER_BATCH", "WHOLE_FILE", "NONE"])
async def test_changes_are_reported_without_values_to_callers_who_may_not_read(
    peer: Peer, commit: str
) -> None:
    """P52: the import, the same import again, and its preview applied; what is stored is whole."""
    directory, import_id = await _stored(peer), str(uuid4())
    options = {"commit": commit, "include_changes": True}
    asked = [start(directory, import_id=import_id, options=options)]
    asked += [*csv_requests(_CHANGED), end()]
    async with (
        peer.having(*_WRITES, directory=directory) as writer,
        peer.having(*_READS, directory=directory) as reader,
    ):
        first = await writer.send(asked)
        assert _changes(first.results)[2] == [("last_name", "", "")]
        again = await writer.send(asked)
        assert again.results[0].replayed
        assert _changes(again.results) == _changes(first.results)
        seen = await reader.send(asked)
        assert _changes(seen.results)[2] == [("last_name", _SECRET, "King")]
        if commit == "NONE":
            applied = await _apply(writer, directory, import_id)
            assert _changes(applied.results) == _changes(first.results)
    assert _SECRET not in str(first.results) + str(again.results)


async def test_a_user_changed_by_hand_is_shown_only_to_callers_who_may_read(peer: Peer) -> None:
    """P52: WriteUser, SetLocks, SuspendUser and ReactivateUser answer status and locks alone."""
    directory = await _stored(peer)
    key = UserKey(employee_number="1")
    write = users_pb2.WriteUserRequest(directory=directory)
    write.row.employee_number, write.row.email = "1", "u1@example.org"
    write.row.first_name, write.row.last_name = "Ada", _SECRET
    async with (
        peer.having(*_WRITES, directory=directory) as writer,
        peer.having(*_READS, directory=directory) as reader,
    ):

        def calls(caller: Peer) -> list[tuple[object, object]]:
            lock = users_pb2.SetLocksRequest(directory=directory, user=key, role=True)
            suspend = users_pb2.SuspendUserRequest(directory=directory, user=key)
            reactivate = users_pb2.ReactivateUserRequest(directory=directory, user=key)
            return [
                (caller.users.WriteUser, write),
                (caller.users.SetLocks, lock),
                (caller.users.SuspendUser, suspend),
                (caller.users.ReactivateUser, reactivate),
            ]

        for method, request in calls(writer):
            told = (await writer.ask(method, request)).user
            named = {field.name for field, _ in told.ListFields()}
            assert named <= {"user_id", "status", "locks", "version"}, named
            assert told.user_id
        for method, request in calls(reader):
            told = (await reader.ask(method, request)).user
            assert (told.last_name, told.locks) == (_SECRET, UserLocks(role=True))


async def _report(peer: Peer, directory: str, import_id: str) -> str:
    request = imports_pb2.DownloadReportRequest(directory=directory, import_id=import_id)
    call = peer.imports.DownloadReport(request, metadata=peer.metadata)
    return b"".join([piece.csv async for piece in call]).decode()


@pytest.mark.parametrize("commit", ["PER_BATCH", "WHOLE_FILE"])
@pytest.mark.parametrize("suspended", ["", "7"], ids=["active", "suspended"])
async def test_the_holder_of_a_contested_name_is_named_to_callers_who_may_read(
    peer: Peer, commit: str, suspended: str
) -> None:
    """P52, B183: number and status, in the stream, a replay, the list of issues and the report."""
    directory, import_id = await _stored(peer, suspended=suspended), str(uuid4())
    asked = [start(directory, import_id=import_id, options={"commit": commit})]
    content = HEADER + user(3, email="taken@example.org")
    asked += [*csv_requests(content), end()]
    async with (
        peer.having(*_WRITES, directory=directory) as writer,
        peer.having(*_READS, directory=directory) as reader,
    ):
        issues = imports_pb2.ListImportIssuesRequest(directory=directory, import_id=import_id)
        seen = [
            (await caller.send(asked)).issue(2, "duplicate_email") for caller in (writer, reader)
        ]
        for caller in (writer, reader):
            listed = await caller.ask(caller.imports.ListImportIssues, issues)
            seen.append(listed.issues[0].issue)
        reports = [await _report(caller, directory, import_id) for caller in (writer, reader)]
    status = "suspended" if suspended else "active"
    for issue in seen[0::2]:
        assert not {"holder", "holder_status"} & set(issue.params)
        assert issue.message == "Another user of this directory has this e-mail address."
    for issue in seen[1::2]:
        assert dict(issue.params) == {"holder": "7", "holder_status": status}
        assert "number 7" in issue.message
        assert ("suspended" in issue.message) is bool(suspended)
    assert ["number 7" in report for report in reports] == [False, True]


async def test_a_username_names_its_holder_too(peer: Peer) -> None:
    """B135."""
    directory = await peer.new_directory()
    header = "employee_number,email,username,first_name,last_name\n"
    await peer.send_file(directory, header + "1,a@x.org,countess,Ada,Byron\n")
    async with peer.having(*_READS, directory=directory) as reader:
        answer = await reader.send_file(directory, header + "2,b@x.org,Countess,Ada,Byron\n")
    issue = answer.issue(2, "duplicate_username")
    assert dict(issue.params) == {"holder": "1", "holder_status": "active"}
