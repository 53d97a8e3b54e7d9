"""The sources of users: a full sync adds its own and takes it; the last to let go suspends."""

import json
from collections.abc import AsyncIterator, Iterable
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from rollbook.client import Client, import_options, new_import
from rollbook.errors import Reason
from rollbook.v1.directories_pb2 import Directory
from rollbook.v1.imports_pb2 import ImportState, ImportSummary, RowResults
from rollbook.v1.results_pb2 import Outcome
from rollbook.v1.tokens_pb2 import Token
from rollbook.v1.users_pb2 import User, UserStatus
from tests.acceptance.command import at, rollbook
from tests.environment import Server
from tests.rpc.imported import as_listed, imported, person
from tests.rpc.refusals import refusal

_SYNC: dict[str, Any] = {"commit": "WHOLE_FILE", "missing_users": "SUSPEND"}


@pytest_asyncio.fixture
async def database(server: Server) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """The server's database, to look into."""
    connection = await asyncpg.connect(server.database_url)
    yield connection
    await connection.close()


async def _sync(
    client: Client, directory: str, source: str, numbers: Iterable[int], **options: Any
) -> ImportSummary:
    people = [person(n) for n in numbers]
    return await imported(client, directory, people, source=source, **(_SYNC | options))


async def _sources(client: Client, directory: str) -> dict[str, list[str]]:
    """Each user's sources; of one who is suspended, with that word."""
    return {
        user.employee_number: [*user.sources, *_suspended(user)]
        async for user in client.users.list(directory)
    }


def _suspended(user: User) -> list[str]:
    return [] if user.status == UserStatus.USER_STATUS_ACTIVE else ["suspended"]


async def test_a_user_of_two_sources_is_suspended_by_the_last_that_lets_go(
    client: Client, directory: str
) -> None:
    """Each in turn; a sync of another source brings back whom the last one suspended."""
    await _sync(client, directory, "hr", [1, 2, 3])
    await _sync(client, directory, "crm", [2, 3, 4])
    assert await _sources(client, directory) == {
        "1": ["hr"],
        "2": ["hr", "crm"],
        "3": ["hr", "crm"],
        "4": ["crm"],
    }
    first = await _sync(client, directory, "hr", [1, 3])
    assert (first.suspended, first.released, first.unchanged) == (0, 1, 2)
    last = await _sync(client, directory, "crm", [3, 4])
    assert (last.suspended, last.released) == (1, 0)
    assert await _sources(client, directory) == {
        "1": ["hr"],
        "2": ["suspended"],
        "3": ["hr", "crm"],
        "4": ["crm"],
    }
    back = await _sync(client, directory, "payroll", [2, 4])
    assert (back.reactivated, back.updated, back.suspended) == (1, 2, 0)
    assert await _sources(client, directory) == {
        "1": ["hr"],
        "2": ["payroll"],
        "3": ["hr", "crm"],
        "4": ["crm", "payroll"],
    }


async def test_a_preview_says_who_is_left_to_other_sources_and_writes_nothing(
    client: Client, directory: str
) -> None:
    await _sync(client, directory, "hr", [1, 2])
    await _sync(client, directory, "crm", [1, 2])
    summary = await _sync(client, directory, "hr", [1], commit="NONE")
    assert (summary.released, summary.suspended) == (1, 0)
    assert await _sources(client, directory) == {"1": ["hr", "crm"], "2": ["hr", "crm"]}


async def test_only_a_full_sync_adds_a_source(client: Client, directory: str) -> None:
    """Another import of a source makes its users, and changes nobody's sources."""
    await imported(client, directory, [person(1), person(2)], source="hr")
    await imported(client, directory, [person(1), person(3)], source="crm")
    await client.users.write(directory, person(4))
    expected = {"1": ["hr"], "2": ["hr"], "3": ["crm"], "4": []}
    assert await _sources(client, directory) == expected
    written = await client.users.get(directory, employee_number="4")
    assert written.source == "by hand"
    summary = await _sync(client, directory, "payroll", [9])
    assert (summary.suspended, summary.released) == (0, 0)
    assert await _sources(client, directory) == expected | {"9": ["payroll"]}


async def test_who_was_made_by_hand_belongs_to_the_syncs_that_name_them(
    client: Client, directory: str
) -> None:
    """`by hand` is no source: the last sync that names the user may let go of them."""
    await client.users.write(directory, person(1))
    await _sync(client, directory, "hr", [1, 2])
    assert await _sources(client, directory) == {"1": ["hr"], "2": ["hr"]}
    await _sync(client, directory, "hr", [2])
    assert await _sources(client, directory) == {"1": ["suspended"], "2": ["hr"]}


async def test_who_is_reactivated_by_hand_is_of_no_source_until_one_names_them(
    client: Client, directory: str
) -> None:
    await _sync(client, directory, "hr", [1, 2])
    await _sync(client, directory, "hr", [1])
    await client.users.reactivate(directory, employee_number="2")
    assert (await _sync(client, directory, "hr", [1])).suspended == 0
    assert await _sources(client, directory) == {"1": ["hr"], "2": []}


async def test_who_is_suspended_by_hand_loses_a_source_and_gets_one(
    client: Client, directory: str
) -> None:
    """And stays suspended: only a person ends that."""
    await _sync(client, directory, "hr", [1, 2])
    await client.users.suspend(directory, employee_number="2")
    summary = await _sync(client, directory, "hr", [1])
    assert (summary.suspended, summary.released) == (0, 0)
    assert await _sources(client, directory) == {"1": ["hr"], "2": ["suspended"]}
    summary = await _sync(client, directory, "crm", [1, 2])
    assert (summary.updated, summary.reactivated) == (2, 0)
    assert await _sources(client, directory) == {"1": ["hr", "crm"], "2": ["crm", "suspended"]}


async def test_the_first_sync_of_another_source_changes_whom_it_names_and_the_same_file_nobody(
    client: Client, directory: str, database: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    """UPDATED with a change of `sources`, kept in history; then not one row version is written."""
    await _sync(client, directory, "hr", [1, 2])
    start = new_import(
        directory, source="crm", options=import_options(include_changes="true", **_SYNC)
    )
    said: dict[str, list[tuple[str, str, str]]] = {}
    async for event in client.upload_rows([person(1), person(2, last_name="King")], start):
        if isinstance(event, RowResults):
            said |= {
                r.employee_number: [(c.field, c.old_value, c.new_value) for c in r.changes]
                for r in event.results
                if r.outcome == Outcome.OUTCOME_UPDATED
            }
    joined = ("sources", "hr", "hr, crm")
    assert said == {"1": [joined], "2": [("last_name", "Byron", "King"), joined]}
    kept = await database.fetch(
        "select h.changes from user_history h join directories d on d.id = h.directory_id"
        " where d.name = $1",
        directory,
    )
    changes = [json.loads(row["changes"]) for row in kept]
    assert [one["sources"] for one in changes] == [[["hr"], ["hr", "crm"]]] * 2
    look = (
        "select u.xmin::text, u.version, u.sources from users u"
        " join directories d on d.id = u.directory_id where d.name = $1 order by u.id"
    )
    before = await database.fetch(look, directory)
    people = [person(1), person(2, last_name="King")]
    same = await imported(client, directory, people, source="crm", **_SYNC)
    assert (same.unchanged, same.updated) == (2, 0)
    assert await database.fetch(look, directory) == before


async def test_a_first_load_stores_no_set(
    client: Client, directory: str, database: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    """The source that made a user is the set, also of a full sync: nothing more is written."""
    await imported(client, directory, [person(1)], source="crm")
    await _sync(client, directory, "hr", [2])
    stored = await database.fetch(
        "select u.source, u.sources from users u join directories d on d.id = u.directory_id"
        " where d.name = $1 order by u.id",
        directory,
    )
    assert [tuple(row) for row in stored] == [("crm", None), ("hr", None)]


async def test_a_sync_leaves_the_sources_of_whom_it_may_not_change(
    server: Server, client: Client, directory: str
) -> None:
    """Holders of privileged roles, without the right: UNCHANGED, neither joined nor let go."""
    people = [person(1, role="admin"), person(2), person(3, role="admin")]
    await imported(client, directory, people, source="hr")
    token = Token(
        principal=f"p-{uuid4().hex[:8]}",
        scopes=["imports:write", "users:read"],
        all_directories=True,
    )
    made = await client.tokens.create(token)
    async with Client(server.address, made.secret) as low:
        summary = await _sync(low, directory, "crm", [1, 2])
        assert (summary.updated, summary.unchanged) == (1, 1)
        await _sync(low, directory, "hr", [2])
    assert await _sources(client, directory) == {"1": ["hr"], "2": ["hr", "crm"], "3": ["hr"]}
    await client.directories.update(Directory(name=directory, sources={"crm": ""}))
    assert (await _sync(client, directory, "crm", [1, 2])).updated == 1
    assert (await _sources(client, directory))["1"] == ["hr", "crm"]


async def test_a_protected_user_keeps_every_source(client: Client, directory: str) -> None:
    """A sync leaves them out: whom it does not name it does not let go of."""
    await _sync(client, directory, "hr", [1, 2])
    await client.users.set_locks(directory, protected=True, employee_number="2")
    assert (await _sync(client, directory, "hr", [1])).suspended == 0
    assert (await _sources(client, directory))["2"] == ["hr"]


async def test_half_of_a_source_counts_whoever_else_names_its_users(
    client: Client, directory: str
) -> None:
    """Of 12 users 6 have no other source: they may go, for they are not more than half."""
    await _sync(client, directory, "hr", range(12))
    await _sync(client, directory, "crm", range(5))
    summary = await _sync(client, directory, "hr", [11])
    assert ImportState.Name(summary.state) == "IMPORT_STATE_COMPLETED"
    assert (summary.suspended, summary.released) == (6, 5)


async def test_sources_are_set_by_hand(client: Client, directory: str) -> None:
    """All of them; the set itself changes nothing, and is what the next sync goes by."""
    await _sync(client, directory, "hr", [1, 2])
    user = await client.users.set_sources(directory, ["crm", "hr", "crm"], employee_number="2")
    assert list(user.sources) == ["crm", "hr"]
    assert user == await as_listed(client, directory, employee_number="2")
    same = await client.users.set_sources(directory, ["hr", "crm"], employee_number="2")
    assert (same.version, list(same.sources)) == (user.version, ["crm", "hr"])
    summary = await _sync(client, directory, "hr", [1])
    assert (summary.released, summary.suspended) == (1, 0)
    user = await client.users.set_sources(directory, [], employee_number="2")
    assert (list(user.sources), user.version) == ([], same.version + 2)
    assert (await _sync(client, directory, "crm", [1])).suspended == 0


@pytest.mark.parametrize(
    "sources",
    [["by hand"], ["hr", " By HAND"], [""], ["a\nb"], ["x" * 201], list(map(str, range(65)))],
)
async def test_what_is_no_source_is_not_set(
    client: Client, directory: str, sources: list[str]
) -> None:
    await _sync(client, directory, "hr", [1])
    error = await refusal(
        client.users.set_sources(directory, sources, employee_number="1"), Reason.INVALID_OPTIONS
    )
    assert error.facts["option"] == "sources"
    assert await _sources(client, directory) == {"1": ["hr"]}


async def test_the_command_shows_and_sets_sources(
    server: Server, client: Client, directory: str
) -> None:
    """`users show` has them, and says so where there are none."""
    await _sync(client, directory, "hr", [1])
    where = ("--directory", directory)
    set_to = rollbook("users", "set-source", "1", "hr", "crm", *where, env=at(server))
    assert set_to.code == 0, set_to.err
    assert "hr, crm" in set_to.out
    shown = rollbook("users", "show", "1", *where, env=at(server))
    assert ["sources", "hr,", "crm"] in [line.split() for line in shown.out.splitlines()]
    nothing = rollbook("users", "set-source", "1", "--none", *where, env=at(server))
    assert nothing.code == 0, nothing.err
    shown = rollbook("users", "show", "1", *where, env=at(server))
    assert "none: no full sync suspends this user" in shown.out
    for wrong in ((), ("hr", "--none")):
        said = rollbook("users", "set-source", "1", *wrong, *where, env=at(server))
        assert (said.code, said.out) == (2, "")
        assert "or --none" in said.err


async def test_protected_users_are_left_out_and_counted(client: Client, directory: str) -> None:
    """Of those alone whom the sync would suspend, also in a preview."""
    await _sync(client, directory, "hr", [1, 2, 3, 4])
    await _sync(client, directory, "crm", [3])
    for number in "13":
        await client.users.set_locks(directory, employee_number=number, protected=True)
    preview = await _sync(client, directory, "hr", [4], commit="NONE")
    summary = await _sync(client, directory, "hr", [4])
    for found in (preview, summary):
        assert (found.protected, found.suspended, found.released) == (1, 1, 0)
    assert await _sources(client, directory) == {
        "1": ["hr"],
        "2": ["suspended"],
        "3": ["hr", "crm"],
        "4": ["hr"],
    }
