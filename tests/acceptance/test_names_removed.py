"""Names are removed or renamed during an import: no user is left with a missing one."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from rollbook.v1 import directories_pb2 as v1
from rollbook.v1 import imports_pb2
from tests.acceptance.wire import HEADER, Call, Peer, csv, end, start, user, users, whole

_HEADER = "employee_number,email,first_name,last_name,role,location,organizational_unit\n"
_ISSUES = {
    "role": "invalid_role(role)",
    "location": "invalid_location(location)",
    "organizational_unit": "unknown_organizational_unit(organizational_unit)",
}


@pytest_asyncio.fixture
async def database(peer: Peer) -> "AsyncIterator[asyncpg.Connection[asyncpg.Record]]":
    """A connection of the test's own."""
    opened = await asyncpg.connect(peer.server.database_url)
    yield opened
    await opened.close()


async def _make(peer: Peer, directory: str) -> None:
    """A role, a location and a unit, each called X."""
    asked = peer.directories
    await peer.ask(
        asked.CreateRole, v1.CreateRoleRequest(directory=directory, role=v1.Role(name="X"))
    )
    await peer.ask(
        asked.CreateLocation,
        v1.CreateLocationRequest(directory=directory, location=v1.Location(name="X")),
    )
    await peer.ask(
        asked.CreateOrganizationalUnit,
        v1.CreateOrganizationalUnitRequest(
            directory=directory, organizational_unit=v1.OrganizationalUnit(name="X")
        ),
    )


async def _remove(peer: Peer, directory: str, column: str) -> None:
    method, request = {
        "role": (peer.directories.DeleteRole, v1.DeleteRoleRequest),
        "location": (peer.directories.DeleteLocation, v1.DeleteLocationRequest),
        "organizational_unit": (
            peer.directories.DeleteOrganizationalUnit,
            v1.DeleteOrganizationalUnitRequest,
        ),
    }[column]
    await peer.ask(method, request(directory=directory, name="X"))


def _row(number: int, column: str = "") -> str:
    cells = ("X" if name == column else "" for name in _ISSUES)
    return f"{number},u{number}@example.org,Ada,Byron,{','.join(cells)}\n"


async def _default_role(peer: Peer, directory: str, name: str) -> None:
    said = v1.Directory(name=directory, default_role=name)
    await peer.ask(peer.directories.UpdateDirectory, v1.UpdateDirectoryRequest(directory=said))


async def _eventually(asked: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(20):
        while True:
            if await asked():
                return
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("column", _ISSUES)
async def test_what_is_removed_between_a_row_s_naming_and_its_turn(
    peer: Peer, directory: str, database: Any, column: str
) -> None:
    """The removal waits first, the batch that has found the name second: its row is refused.

    The other rows are applied, and sent again the row is judged as any that names nothing.
    """
    await _make(peer, directory)
    found = await database.fetchval("select id from directories where name = $1", directory)
    waiting = (
        "select count(*) from pg_locks where locktype = 'advisory' and not granted and objid = $1"
    )

    async def queued(count: int) -> None:
        async def are() -> bool:
            return bool(await database.fetchval(waiting, found) == count)

        await _eventually(are)

    content = _HEADER + _row(1, column) + _row(2)
    async with database.transaction():
        await database.execute("select pg_advisory_xact_lock(1380930635, $1::integer)", found)
        removing = asyncio.create_task(_remove(peer, directory, column))
        await queued(1)
        importing = asyncio.create_task(peer.send(whole(directory, content)))
        await queued(2)
    await removing
    answer = await importing
    assert answer.ending == "OK"
    assert answer.rows == {2: f"FAILED {_ISSUES[column]}", 3: "CREATED"}
    (issue,) = (one for result in answer.results for one in result.issues)
    assert issue.params["reason"] == "removed"
    assert "import this row again" in issue.message
    assert sorted(await peer.stored(directory)) == ["2"]
    again = await peer.send(whole(directory, content))
    assert again.rows == {2: f"FAILED {_ISSUES[column]}", 3: "UNCHANGED"}


async def test_a_parked_row_whose_location_is_removed(
    narrow: Peer, directory: str, database: Any
) -> None:
    """It waits with the location that it found, and is refused at `end`; who waits for it, too."""
    await _make(narrow, directory)
    await narrow.send_file(directory, HEADER + users(1, 2))
    swap = user(1, email="u2@example.org", location="X") + user(2, email="u1@example.org")
    parked = (
        "select count(*) from import_rows r join directories d on d.id = r.directory_id"
        " where d.name = $1 and r.kind = 'parked'"
    )

    async def are_parked() -> bool:
        return bool(await database.fetchval(parked, directory) == 2)

    async with narrow.call(start(directory), *csv(HEADER + swap)) as call:
        await _eventually(are_parked)
        await _remove(narrow, directory, "location")
        await call.send(end())
        answer = await call.rest()
    assert answer.ending == "OK"
    assert answer.rows == {
        2: "FAILED invalid_location(location)",
        3: "FAILED duplicate_email(email)",
    }


async def test_a_preview_whose_role_is_removed_is_stale(peer: Peer, directory: str) -> None:
    """Nothing is applied, the users are named; previewed anew, the row is a failed one."""
    await _make(peer, directory)
    opening = start(directory, options={"commit": "NONE"})
    content = HEADER + user(1, role="X") + user(2)
    assert (await peer.send([opening, *csv(content), end()])).rows == {2: "CREATED", 3: "CREATED"}
    await _remove(peer, directory, "role")
    asked = imports_pb2.ApplyImportRequest(directory=directory, import_id=opening.start.import_id)
    answer = await _applied(peer, asked)
    assert answer.ending == "FAILED_PRECONDITION/PLAN_STALE"
    assert answer.facts["users"] == "1"
    assert await peer.stored(directory) == {}
    answer = await _applied(peer, asked)
    assert answer.rows == {2: "FAILED invalid_role(role)", 3: "CREATED"}
    assert sorted(await peer.stored(directory)) == ["2"]


async def _applied(peer: Peer, asked: imports_pb2.ApplyImportRequest) -> Any:
    return await Call(peer.imports.ApplyImport(asked, metadata=peer.metadata)).rest()


async def test_a_running_import_gives_the_default_role_of_the_moment(
    peer: Peer, directory: str
) -> None:
    """S37: also if the default role at its beginning is gone; users with a role keep it."""
    await _make(peer, directory)
    await peer.send_file(directory, HEADER + user(1, role="X"))
    guest = v1.CreateRoleRequest(directory=directory, role=v1.Role(name="Guest"))
    await peer.ask(peer.directories.CreateRole, guest)
    async with peer.call(start(directory, options={"include_changes": True})) as call:
        await call.read("accepted")
        await _default_role(peer, directory, "Guest")
        gone = v1.DeleteRoleRequest(directory=directory, name="Standard")
        await peer.ask(peer.directories.DeleteRole, gone)
        await call.send(*csv(HEADER + users(1, 2)), end())
        answer = await call.rest()
    assert answer.rows == {2: "UNCHANGED", 3: "CREATED"}
    stored = await peer.stored(directory)
    assert {number: one["role"] for number, one in stored.items()} == {"1": "X", "2": "Guest"}
    told = {
        (change.field, change.old_value, change.new_value)
        for result in answer.results
        for change in result.changes
        if change.field == "role"
    }
    assert told == {("role", "", "Guest")}


async def test_a_rename_meanwhile_changes_no_row(peer: Peer, directory: str) -> None:
    """What a preview found keeps its id, and so the user gets it under its new name."""
    await _make(peer, directory)
    opening = start(directory, options={"commit": "NONE"})
    await peer.send([opening, *csv(HEADER + user(1, location="X")), end()])
    renamed = v1.UpdateLocationRequest(
        directory=directory, name="X", location=v1.Location(name="Y")
    )
    await peer.ask(peer.directories.UpdateLocation, renamed)
    asked = imports_pb2.ApplyImportRequest(directory=directory, import_id=opening.start.import_id)
    assert (await _applied(peer, asked)).rows == {2: "CREATED"}
    assert (await peer.stored(directory))["1"]["location"] == "Y"
