"""The history of a user: each change with its fields, who made it, and by which import."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Unpack

import asyncpg
import pytest
import pytest_asyncio

from rollbook.client import Client
from rollbook.client.users import Key
from rollbook.errors import Reason
from rollbook.v1 import users_pb2 as v1
from rollbook.v1.directories_pb2 import Location, OrganizationalUnit, Role
from tests.environment import Server, either_way
from tests.rpc.imported import imported, person
from tests.rpc.refusals import refusal

_SYNC = {"commit": "WHOLE_FILE", "missing_users": "SUSPEND"}
_PASSWORD = "Kestrel-Anvil-Harbour-93"
_USER = """
select u.directory_id, u.id from users u join directories d on d.id = u.directory_id
where d.name = $1 and u.employee_number = $2
"""


@pytest_asyncio.fixture
async def database(server: Server) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """The server's database, to look into."""
    connection = await asyncpg.connect(server.database_url)
    yield connection
    await connection.close()


async def _history(client: Client, directory: str, **key: Unpack[Key]) -> list[v1.UserChange]:
    return [one async for one in client.users.changes(directory, **key)]


async def _page(
    client: Client, directory: str, *, size: int = 0, token: str = "", **key: Unpack[Key]
) -> v1.ListUserChangesResponse:
    asked = v1.ListUserChangesRequest(
        directory=directory, user=v1.UserKey(**key), page_size=size, page_token=token
    )
    return await client._channel.ask(client.users._calls.ListUserChanges, asked)


def _fields(change: v1.UserChange) -> list[tuple[str, str, str]]:
    return [(one.field, one.old_value, one.new_value) for one in change.changes]


def _kind(change: v1.UserChange) -> str:
    return v1.UserChangeKind.Name(change.kind).removeprefix("USER_CHANGE_KIND_")


@either_way
async def test_each_change_of_a_user_says_who_made_it_and_what_each_field_was(
    client: Client, directory: str
) -> None:
    """Newest first, the creation last: by imports, by hand, and by a full sync of others."""
    made = await imported(client, directory, [person(1), person(2)], source="hr")
    cells = {"email": "ada@example.org", "phone": "+44 1", "attributes.badge": "9"}
    changed = await imported(client, directory, [person(1, **cells)], source="crm")
    await client.users.set_locks(directory, role=True, protected=True, employee_number="1")
    await client.users.set_locks(directory, protected=False, employee_number="1")
    await client.users.suspend(directory, employee_number="1")
    await client.users.reactivate(directory, employee_number="1")
    await client.users.set_sources(directory, ["hr", "crm"], employee_number="1")
    by_hand = await client.users.write(
        directory,
        {"employee_number": "1", "email": "ada@example.org", "last_name": "King"}
        | {"first_name": "Ada", "change_password_next_time": "1"},
    )
    await imported(client, directory, [person(2)], source="crm", **_SYNC)
    gone = await imported(client, directory, [person(2)], source="hr", **_SYNC)
    assert (gone.suspended, gone.failed) == (1, 0)
    found = await _history(client, directory, employee_number="1")
    assert [(one.version, _kind(one), one.source, _fields(one)) for one in found] == [
        (10, "SUSPENDED", "hr", [("status", "active", "suspended_by_sync"), ("sources", "hr", "")]),
        (9, "UPDATED", "crm", [("sources", "hr, crm", "hr")]),
        (
            8,
            "UPDATED",
            "by hand",
            [("last_name", "Byron", "King"), ("change_password_next_time", "0", "1")],
        ),
        (7, "UPDATED", "", [("sources", "hr", "hr, crm")]),
        (6, "REACTIVATED", "", [("status", "suspended", "active")]),
        (5, "SUSPENDED", "", [("status", "active", "suspended")]),
        (4, "UPDATED", "", [("locks.protected", "1", "0")]),
        (3, "UPDATED", "", [("locks.role", "0", "1"), ("locks.protected", "0", "1")]),
        (
            2,
            "UPDATED",
            "crm",
            [
                ("email", "u1@example.org", "ada@example.org"),
                ("username", "u1@example.org", "ada@example.org"),
                ("phone", "", "+44 1"),
                ("attributes.badge", "", "9"),
            ],
        ),
        (
            1,
            "CREATED",
            "hr",
            [
                ("employee_number", "", "1"),
                ("email", "", "u1@example.org"),
                ("username", "", "u1@example.org"),
                ("first_name", "", "Ada"),
                ("last_name", "", "Byron"),
                ("role", "", "Standard"),
                ("sources", "", "hr"),
            ],
        ),
    ]
    ids = {one.version: one.import_id for one in found if one.import_id}
    assert ids.keys() == {1, 2, 8, 9, 10}
    assert [ids[1], ids[2], ids[8], ids[10]] == [
        made.import_id,
        changed.import_id,
        by_hand.import_id,
        gone.import_id,
    ]
    assert {one.principal for one in found} == {"admin"}
    times = [one.change_time.ToDatetime(tzinfo=UTC) for one in found]
    assert times == sorted(times, reverse=True)
    assert abs(times[-1] - datetime.now(UTC)) < timedelta(minutes=1)
    user = await client.users.get(directory, employee_number="1")
    assert (user.version, user.update_time) == (found[0].version, found[0].change_time)
    assert user.create_time == found[-1].change_time


async def test_a_user_who_was_never_changed_has_a_creation(client: Client, directory: str) -> None:
    """Also one that was made by hand; an import that changed nothing is no change."""
    summary = await imported(client, directory, [person(1)])
    await imported(client, directory, [person(1)])
    by_hand = await client.users.write(directory, person(2))
    for number, import_id, source in (
        ("1", summary.import_id, "default"),
        ("2", by_hand.import_id, "by hand"),
    ):
        (created,) = await _history(client, directory, employee_number=number)
        assert (_kind(created), created.version, created.principal) == ("CREATED", 1, "admin")
        assert (created.import_id, created.source) == (import_id, source)


@either_way
@pytest.mark.parametrize("size", [1, 2, 3, 6, 7, 1000])
async def test_pages_of_a_history_of_any_size_are_the_whole(
    client: Client, directory: str, size: int
) -> None:
    """A change that comes in between moves nothing; the user may be named in any way."""
    await imported(client, directory, [person(1)])
    for turn in range(5):
        await client.users.set_locks(directory, role=turn % 2 == 0, employee_number="1")
    whole = await _history(client, directory, employee_number="1")
    assert [one.version for one in whole] == [6, 5, 4, 3, 2, 1]
    page = await _page(client, directory, size=size, email="u1@example.org")
    paged = list(page.changes)
    await client.users.suspend(directory, employee_number="1")
    while page.next_page_token:
        assert len(page.changes) == size
        token = page.next_page_token
        page = await _page(client, directory, size=size, token=token, email="u1@example.org")
        paged += page.changes
    assert paged == whole


async def test_a_token_of_a_history_is_good_for_that_user_alone(
    client: Client, directory: str
) -> None:
    await imported(client, directory, [person(1), person(2)])
    for number in ("1", "2"):
        await client.users.suspend(directory, employee_number=number)
    page = await _page(client, directory, size=1, employee_number="1")
    stray = _page(client, directory, size=1, token=page.next_page_token, employee_number="2")
    error = await refusal(stray, Reason.INVALID_OPTIONS)
    assert error.facts["option"] == "page_token"


async def test_the_history_has_the_names_of_today_and_says_what_was_removed(
    client: Client, directory: str
) -> None:
    """A renamed role, location and unit; then removed ones, also where one followed another."""
    for name in ("Leeds", "York", "Hull"):
        await client.locations.create(directory, Location(name=name))
        await client.units.create(directory, OrganizationalUnit(name=name))
        await client.roles.create(directory, Role(name=name))
    for name in ("Leeds", "York", "Hull"):
        places = {"location": name, "organizational_unit": name, "role": name}
        await imported(client, directory, [person(1, **places)])
    await client.locations.update(directory, "Leeds", Location(name="Bath"), ["name"])
    await client.units.update(directory, "Leeds", OrganizationalUnit(name="Bath"), ["name"])
    await client.roles.update(directory, "Leeds", Role(name="Bath"), ["name"])
    last, first, _ = await _history(client, directory, employee_number="1")
    fields = ("role", "location", "organizational_unit")
    assert _fields(last) == [(field, "York", "Hull") for field in fields]
    assert _fields(first) == [(field, "Bath", "York") for field in fields]
    for name in ("Bath", "York"):
        await client.locations.delete(directory, name)
        await client.units.delete(directory, name)
        await client.roles.delete(directory, name)
    last, first, created = await _history(client, directory, employee_number="1")
    assert _fields(last) == [(field, "(removed)", "Hull") for field in fields]
    assert _fields(first) == [(field, "(removed)", "(removed)") for field in fields]
    assert set(_fields(created)) > {(field, "", "(removed)") for field in fields}


async def test_the_creation_is_what_the_user_is_with_all_changes_undone(
    client: Client, directory: str
) -> None:
    """Whatever has changed since, also there and back, and attributes that came and went."""
    first = {"phone": "1", "attributes.badge": "9", "attributes.desk": "a", "name": "Ada B."}
    await imported(client, directory, [person(1, **first)], source="hr")
    (created,) = await _history(client, directory, employee_number="1")
    for cells in (
        {"phone": "2", "attributes.desk": "", "attributes.floor": "4"},
        {"phone": "1", "attributes.badge": "", "attributes.floor": "", "name": ""},
        {"phone": "", "attributes.badge": "8", "last_name": "King", "email": "a@example.org"},
    ):
        summary = await imported(
            client, directory, [person(1, **cells)], source="hr", blanks="CLEAR"
        )
        assert summary.updated == 1
    await client.users.set_sources(directory, ["crm"], employee_number="1")
    await client.users.suspend(directory, employee_number="1")
    found = await _history(client, directory, employee_number="1")
    assert len(found) == 6
    assert found[-1] == created


async def test_a_creation_is_found_however_many_changes_came_since(
    client: Client, directory: str, database: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    """The user as of version 64 is kept whole, and only what changed before is undone from it."""
    await imported(client, directory, [person(1, phone="1", **{"attributes.badge": "9"})])
    (created,) = await _history(client, directory, employee_number="1")
    changes = {"phone": "2", "attributes.badge": "", "attributes.desk": "a"}
    await imported(client, directory, [person(1, **changes)], blanks="CLEAR")
    for turn in range(61):
        await client.users.set_locks(directory, role=turn % 2 == 0, employee_number="1")
    for phone in ("3", "4", "5"):
        await imported(client, directory, [person(1, phone=phone)])
        found = await _history(client, directory, employee_number="1")
        assert found[-1] == created
    assert len(found) == 66
    here, user = await database.fetchrow(_USER, directory, "1")  # type: ignore[misc]
    whole = await database.fetch(
        "select version, changes ->> 'was' is null as late from user_history"
        " where directory_id = $1 and user_id = $2 and (changes ? 'was' or version > 64)"
        " order by version",
        here,
        user,
    )
    assert [tuple(row) for row in whole] == [(64, False), (65, True)]
    # One who was changed so often before that is kept: all is undone.
    await database.execute(
        "update user_history set changes = changes - 'was' where directory_id = $1", here
    )
    assert (await _history(client, directory, employee_number="1"))[-1] == created


async def test_a_history_outlives_its_imports_and_the_columns_of_its_time(
    client: Client, directory: str, database: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    """A swept import leaves its id, who changed a user, and the source that made one."""
    summary = await imported(client, directory, [person(1)], source="hr")
    again = await imported(client, directory, [person(1, phone="1")], source="crm")
    here, user = await database.fetchrow(_USER, directory, "1")  # type: ignore[misc]
    await database.execute("update imports set kept = 'nothing' where directory_id = $1", here)
    older = """update user_history set changes = changes || '{"fax": ["", "1"]}'"""
    await database.execute(f"{older} where directory_id = $1 and user_id = $2", here, user)
    changed, created = await _history(client, directory, employee_number="1")
    assert (changed.import_id, changed.source, changed.principal) == (again.import_id, "", "admin")
    assert _fields(changed) == [("phone", "", "1")]
    assert (created.import_id, created.source, created.principal) == (summary.import_id, "hr", "")


async def test_a_history_has_no_password(client: Client, directory: str) -> None:
    """P50: neither one that came by a file nor one that was set, nor a hash of one."""
    summary = await imported(
        client, directory, [person(1, password=_PASSWORD)], first_password="FROM_FILE"
    )
    assert (summary.created, summary.failed) == (1, 0)
    await imported(client, directory, [person(1, phone="1")])
    await client.credentials.set_for_user(directory, f"{_PASSWORD}5", employee_number="1")
    await client.users.suspend(directory, employee_number="1")
    found = await _history(client, directory, employee_number="1")
    assert len(found) == 3
    shown = str(found)
    assert "Kestrel" not in shown
    assert "argon2" not in shown
    assert {one.field for change in found for one in change.changes} <= {
        *("employee_number", "email", "username", "first_name", "last_name", "role", "phone"),
        *("status", "sources"),
    }


async def test_a_history_of_large_versions_comes_in_pages_of_bytes(
    client: Client, directory: str, database: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    """No page is larger than 512 KiB, but one of a single change, and none is left out."""
    await imported(client, directory, [person(1)])
    for turn in range(9):
        await client.users.set_locks(directory, role=turn % 2 == 0, employee_number="1")
    here, user = await database.fetchrow(_USER, directory, "1")  # type: ignore[misc]
    await database.execute(
        "update user_history set changes = changes || jsonb_build_object('attributes.note',"
        " array['', repeat(version::text, case version when 5 then 3000000"
        " else 100000 end)]) where directory_id = $1 and user_id = $2",
        here,
        user,
    )
    page = await _page(client, directory, size=1000, employee_number="1")
    pages = [page]
    while page.next_page_token:
        token = page.next_page_token
        page = await _page(client, directory, size=1000, token=token, employee_number="1")
        pages.append(page)
    versions = [one.version for page in pages for one in page.changes]
    assert versions == list(range(10, 0, -1))
    assert all(page.ByteSize() <= 512 * 1024 or len(page.changes) == 1 for page in pages)
    assert len(pages) < len(versions)


async def test_a_history_is_of_a_user_of_its_directory(client: Client, directory: str) -> None:
    """None of a user who is not there, or nowhere but in another directory, or not named."""
    await imported(client, directory, [person(1)])
    elsewhere = f"{directory}-b"
    await client.directories.create(elsewhere)
    await refusal(_page(client, elsewhere, employee_number="1"), Reason.RESOURCE_NOT_FOUND)
    await refusal(_page(client, directory, employee_number="9"), Reason.RESOURCE_NOT_FOUND)
    await refusal(_page(client, f"{directory}-c", employee_number="1"), Reason.PERMISSION_DENIED)
    error = await refusal(_page(client, directory), Reason.INVALID_OPTIONS)
    assert error.facts["option"] == "user"
    error = await refusal(
        _page(client, directory, size=-1, employee_number="1"), Reason.INVALID_OPTIONS
    )
    assert error.facts["option"] == "page_size"


_MANY = """
insert into user_history (directory_id, user_id, version, principal, changes)
select $1, $2, n, 'x', '{"department": ["a", "b"]}' from generate_series(2, 2501) as n
"""


async def test_the_changes_of_one_field_are_found_however_far_back(
    client: Client, directory: str, database: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    """Behind more than one look finds; of the creation, if the new user had one."""
    await imported(client, directory, [person(1)])
    await imported(client, directory, [person(1, phone="+44 1", **{"attributes.badge": "9"})])
    where = await database.fetchrow(_USER, directory, "1")
    assert where
    await database.execute(_MANY, *where)
    await database.execute("update users set version = 2502 where id = $1", where["id"])

    async def of(field: str) -> list[int]:
        found = client.users.changes(directory, field=field, employee_number="1")
        return [one.version async for one in found]

    assert await of("phone") == await of("attributes.badge") == [2]
    assert await of("email") == [1]
    assert await of("department") == [*range(2502, 2, -1), 1]
    assert await of("status") == await of("locks.role") == await of("attributes.none") == []
    asked = v1.ListUserChangesRequest(
        directory=directory, user=v1.UserKey(employee_number="1"), field="phone"
    )
    first = await client.users.changes_page(asked)
    assert (len(first.changes), bool(first.next_page_token)) == (0, True)
    for wrong in ("none", "was", "attributes.a\0"):
        asked.field = wrong
        await refusal(client.users.changes_page(asked), Reason.INVALID_OPTIONS)
