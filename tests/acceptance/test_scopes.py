"""Each scope permits its methods, shown by a token of that scope in one directory."""

from typing import Any

import pytest

from rollbook.v1 import directories_pb2 as d
from rollbook.v1 import imports_pb2 as i
from rollbook.v1 import users_pb2 as u
from rollbook.v1.users_pb2 import UserKey
from tests.acceptance.wire import HEADER, Peer, user

_WHOLE = {"commit": "WHOLE_FILE", "missing_users": "SUSPEND"}
_ADA = UserKey(employee_number="1")


async def test_imports_read(peer: Peer) -> None:
    """S71, S74: the import, its issues, its report, its course; by a caller who may read it."""
    directory = await peer.new_directory()
    sent = await peer.send_file(directory, HEADER + user(1) + user(2, email="x"))
    assert sent.summary
    here = {"directory": directory, "import_id": sent.summary.import_id}
    async with peer.having("imports:read", directory=directory) as reader:
        listed = await reader.ask(
            reader.imports.ListImports, i.ListImportsRequest(directory=directory)
        )
        assert [one.import_id for one in listed.imports] == [here["import_id"]]
        issues = await reader.ask(
            reader.imports.ListImportIssues,
            i.ListImportIssuesRequest(directory=directory, import_id=sent.summary.import_id),
        )
        assert [(one.line, one.issue.code) for one in issues.issues] == [(3, "invalid_email")]
        asked = i.ListImportRowsRequest(directory=directory, import_id=sent.summary.import_id)
        page = await reader.ask(reader.imports.ListImportRows, asked)
        assert [row.result.line for row in page.rows] == [2, 3]
        parts = reader.imports.DownloadReport(
            i.DownloadReportRequest(**here), metadata=reader.metadata
        )
        report = b"".join([part.csv async for part in parts]).decode("utf-8-sig")
        assert len(report.splitlines()) == 2
        watched = reader.imports.WatchImport(i.WatchImportRequest(**here), metadata=reader.metadata)
        states = [getattr(one, "import").state async for one in watched]
        assert states == [i.IMPORT_STATE_COMPLETED]


async def test_imports_approve(peer: Peer) -> None:
    """The second person needs only this scope; the first may not approve the own import."""
    directory = await peer.new_directory()
    everybody = "".join(map(user, range(1, 121)))
    async with peer.having(
        "imports:write", "imports:approve", directory=directory, principal="first"
    ) as first:
        await first.send_file(directory, HEADER + everybody, options=_WHOLE)
        stopped = await first.send_file(directory, HEADER + user(1), options=_WHOLE)
        assert stopped.ending == "FAILED_PRECONDITION/SAFEGUARD_TRIPPED"
        assert stopped.summary
        here = {"directory": directory, "import_id": stopped.summary.import_id}
        approving = i.ApproveImportRequest(**here)
        own = await first.refusal(first.imports.ApproveImport, approving)
        assert own.ending == "PERMISSION_DENIED/PERMISSION_DENIED"
        async with peer.having(
            "imports:approve", directory=directory, principal="second"
        ) as second:
            await second.ask(second.imports.ApproveImport, approving)
        applying = i.ApplyImportRequest(directory=directory, import_id=stopped.summary.import_id)
        applied = first.imports.ApplyImport(applying, metadata=first.metadata)
        told = [one async for one in applied]
    assert told[-1].summary.suspended == 119


async def test_cancelling_is_for_whoever_imports(peer: Peer) -> None:
    """With `imports:preview` alone: a preview is thrown away for another file (S04)."""
    directory = await peer.new_directory()
    async with peer.having("imports:preview", directory=directory) as previewer:
        preview = await previewer.send_file(directory, HEADER + user(1), options={"commit": "NONE"})
        assert preview.summary
        cancelling = i.CancelImportRequest(directory=directory, import_id=preview.summary.import_id)
        answer = await previewer.ask(previewer.imports.CancelImport, cancelling)
    assert getattr(answer, "import").state == i.IMPORT_STATE_CANCELLED


async def test_users_read_and_users_write(peer: Peer) -> None:
    """S76, S78, S42: one writes, locks, suspends and reactivates; the other finds them at once."""
    directory = await peer.new_directory()
    writing = u.WriteUserRequest(directory=directory)
    writing.row.employee_number, writing.row.email = "1", "ada@example.org"
    writing.row.first_name, writing.row.last_name = "Ada", "Byron"
    async with (
        peer.having("users:write", directory=directory) as writer,
        peer.having("users:read", directory=directory) as reader,
    ):
        await writer.ask(writer.users.WriteUser, writing)
        locking = u.SetLocksRequest(directory=directory, user=_ADA, role=True)
        await writer.ask(writer.users.SetLocks, locking)
        suspending = u.SuspendUserRequest(directory=directory, user=_ADA)
        await writer.ask(writer.users.SuspendUser, suspending)
        getting = u.GetUserRequest(directory=directory, user=UserKey(email="ADA@example.org"))
        found = (await reader.ask(reader.users.GetUser, getting)).user
        assert (found.locks.role, found.status) == (True, u.USER_STATUS_SUSPENDED)
        history = u.ListUserChangesRequest(directory=directory, user=_ADA)
        changes = (await reader.ask(reader.users.ListUserChanges, history)).changes
        assert [change.version for change in changes] == [3, 2, 1]
        hidden = await writer.refusal(writer.users.ListUserChanges, history)
        assert hidden.ending == "PERMISSION_DENIED/PERMISSION_DENIED"
        reactivating = u.ReactivateUserRequest(directory=directory, user=_ADA)
        await writer.ask(writer.users.ReactivateUser, reactivating)
        listing = u.ListUsersRequest(directory=directory, text="byron")
        listed = (await reader.ask(reader.users.ListUsers, listing)).users
        assert [one.status for one in listed] == [u.USER_STATUS_ACTIVE]


async def test_directories_read_and_directories_write(peer: Peer) -> None:
    """S39, S40: one makes what a directory holds, and sets it; the other sees it."""
    directory = await peer.new_directory()
    seats = d.Directory(name=directory, seats=3)
    async with (
        peer.having("directories:write", directory=directory) as writer,
        peer.having("directories:read", directory=directory) as reader,
    ):
        calls, seen = writer.directories, reader.directories
        changes: list[tuple[Any, Any]] = [
            (calls.CreateRole, d.CreateRoleRequest(role=d.Role(name="Clerk"))),
            (calls.LoadLocations, d.LoadLocationsRequest(csv=b"name,code\nLeeds,LDS\n")),
            (
                calls.CreateOrganizationalUnit,
                d.CreateOrganizationalUnitRequest(
                    organizational_unit=d.OrganizationalUnit(name="Ops")
                ),
            ),
        ]
        for method, request in changes:
            request.directory = directory
            await writer.ask(method, request)
        await writer.ask(calls.UpdateDirectory, d.UpdateDirectoryRequest(directory=seats))
        listed = await reader.ask(seen.ListDirectories, d.ListDirectoriesRequest())
        assert [(one.name, one.seats) for one in listed.directories] == [(directory, 3)]
        roles = await reader.ask(seen.ListRoles, d.ListRolesRequest(directory=directory))
        assert [role.name for role in roles.roles] == ["admin", "Clerk", "Standard"]
        places = await reader.ask(seen.ListLocations, d.ListLocationsRequest(directory=directory))
        assert [(place.name, place.code) for place in places.locations] == [("Leeds", "LDS")]
        units = await reader.ask(
            seen.ListOrganizationalUnits, d.ListOrganizationalUnitsRequest(directory=directory)
        )
        assert [unit.name for unit in units.organizational_units] == ["Ops"]


@pytest.mark.parametrize("scope", ["users:read", "server:read"])
async def test_any_valid_token_may_fetch_a_sample(peer: Peer, scope: str) -> None:
    """S06: of the profile in use."""
    directory = await peer.new_directory()
    async with peer.having(scope, directory=directory) as anybody:
        asked = i.GetSampleRequest(directory=directory, profile="secureai")
        sample = (await anybody.ask(anybody.imports.GetSample, asked)).csv
    assert sample.decode("utf-8-sig").startswith("email,name")
