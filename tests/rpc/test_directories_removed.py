"""Roles, locations, units and directories are removed if they have no users."""

import asyncio
import uuid

import asyncpg
import pytest

from rollbook.client import Client
from rollbook.errors import Reason, RollbookError
from rollbook.store.statements import sql
from rollbook.v1.directories_pb2 import Directory, Location, OrganizationalUnit, Role
from tests.environment import Server
from tests.rpc.imported import imported, person
from tests.rpc.refusals import refusal


async def test_what_nobody_holds_is_removed_and_its_texts_are_free(
    client: Client, directory: str
) -> None:
    """The answer has what was removed; a role, even `admin`, is an ordinary one."""
    role = await client.roles.create(directory, Role(name="Clerk", aliases=["c"], privileged=True))
    location = await client.locations.create(
        directory, Location(name="Leeds", code="LDS", aliases=["North"])
    )
    unit = await client.units.create(directory, OrganizationalUnit(name="Ward"))
    assert await client.roles.delete(directory, " CLERK ") == role
    assert await client.locations.delete(directory, "leeds") == location
    assert await client.units.delete(directory, "ward") == unit
    await client.roles.delete(directory, "admin")
    await client.roles.create(directory, Role(name="c", aliases=["Clerk"]))
    await client.locations.create(directory, Location(name="lds", code="leeds"))
    for gone in (
        client.roles.delete(directory, "admin"),
        client.roles.delete(directory, "Clerk"),  # an alias is no name
        client.locations.delete(directory, "leeds"),
        client.units.delete(directory, "ward"),
    ):
        await refusal(gone, Reason.RESOURCE_NOT_FOUND)


@pytest.mark.parametrize("noun", ["roles", "locations", "units"])
async def test_what_users_hold_is_kept_and_their_number_said(
    client: Client, directory: str, noun: str
) -> None:
    """Suspended users count, for they come back with it."""
    await client.roles.create(directory, Role(name="X"))
    await client.locations.create(directory, Location(name="X"))
    await client.units.create(directory, OrganizationalUnit(name="X"))
    shelf = getattr(client, noun)
    column = {"roles": "role", "locations": "location", "units": "organizational_unit"}[noun]
    await imported(client, directory, [person(n, **{column: "X"}) for n in (1, 2)])
    await client.users.suspend(directory, employee_number="2")
    error = await refusal(shelf.delete(directory, "x"), Reason.RESOURCE_IN_USE)
    assert error.facts == {"option": "name", "value": "X", "users": "2"}
    assert "2 users hold" in error.message
    assert (await shelf.get(directory, "X")).name == "X"
    await shelf.update(directory, "X", type(await shelf.get(directory, "X"))(name="Y"))
    await refusal(shelf.delete(directory, "Y"), Reason.RESOURCE_IN_USE)
    blank = {"role": "Standard"} if column == "role" else {column: ""}
    await imported(client, directory, [person(n, **blank) for n in (1, 2)], blanks="CLEAR")
    assert (await shelf.delete(directory, "Y")).name == "Y"


async def test_the_default_role_is_in_use_always(client: Client, directory: str) -> None:
    error = await refusal(client.roles.delete(directory, "Standard"), Reason.RESOURCE_IN_USE)
    assert "default" in error.message
    await client.directories.update(Directory(name=directory, default_role="admin"))
    await client.roles.delete(directory, "Standard")
    assert [role.name async for role in client.roles.list(directory)] == ["admin"]


async def _rows(server: Server, directory_id: int) -> dict[str, int]:
    """How many rows each table has of a directory; `directories` by its id."""
    database = await asyncpg.connect(server.database_url)
    try:
        tables = await database.fetch(
            "select table_name from information_schema.columns where table_schema = 'public'"
            " and column_name = 'directory_id'"
        )
        found = {
            table: await database.fetchval(
                f"select count(*) from {table} where directory_id = $1", directory_id
            )
            for (table,) in tables
        }
        found["directories"] = await database.fetchval(
            "select count(*) from directories where id = $1", directory_id
        )
    finally:
        await database.close()
    return found


async def _id(server: Server, directory: str) -> int:
    database = await asyncpg.connect(server.database_url)
    try:
        return int(await database.fetchval("select id from directories where name = $1", directory))
    finally:
        await database.close()


async def _forget_users(server: Server, directory_id: int) -> None:
    """As an erasure will: no method removes users yet."""
    database = await asyncpg.connect(server.database_url)
    try:
        await database.execute("delete from users where directory_id = $1", directory_id)
    finally:
        await database.close()


async def test_a_directory_goes_with_all_that_it_holds(
    server: Server, client: Client, directory: str
) -> None:
    """Every row of every table that a directory leads: imports, ledger, issues, history, names."""
    other = f"{directory}-b"
    await client.directories.create(other)
    for name in (directory, other):
        await client.roles.create(name, Role(name="Clerk", aliases=["c"]))
        await client.locations.create(name, Location(name="Leeds", code="LDS", aliases=["N"]))
        await client.units.create(name, OrganizationalUnit(name="Ward"))
        await imported(client, name, [person(1), person(2, role="nobody")])
        await imported(client, name, [person(1, first_name="Eve"), person(3)])
        await imported(client, name, [person(4, location="Leeds")], commit="NONE")
    one, two = await _id(server, directory), await _id(server, other)
    before = await _rows(server, two)
    assert {table for table, rows in (await _rows(server, one)).items() if rows} >= {
        "directories", "users", "user_history", "roles", "role_names", "locations",
        "location_names", "organizational_units", "imports", "import_leases", "import_batches",
        "import_issues", "import_rows", "import_failures",
    }  # fmt: skip
    error = await refusal(client.directories.delete(directory), Reason.RESOURCE_IN_USE)
    assert (error.facts["users"], error.facts["imports"]) == ("2", "0")
    await _forget_users(server, one)
    assert (await client.directories.delete(directory)).name == directory
    assert not any((await _rows(server, one)).values())
    assert await _rows(server, two) == before
    await refusal(client.directories.get(directory), Reason.PERMISSION_DENIED)
    await refusal(client.directories.delete(directory), Reason.PERMISSION_DENIED)
    made = await client.directories.create(directory)
    assert made.default_role == "Standard"


async def test_a_directory_with_a_running_import_is_kept(
    server: Server, client: Client, directory: str
) -> None:
    """Also one that a server has taken to apply; without a server, it is removed, too."""
    directory_id, import_id = await _id(server, directory), uuid.uuid4()
    database = await asyncpg.connect(server.database_url)
    try:
        await database.execute(
            "insert into imports (directory_id, id, principal, profile, source, options, state)"
            " values ($1, $2, 'admin', 'default', '', '{}', 'RUNNING')",
            directory_id,
            import_id,
        )
        error = await refusal(client.directories.delete(directory), Reason.RESOURCE_IN_USE)
        assert (error.facts["users"], error.facts["imports"]) == ("0", "1")
        await database.execute(
            "update imports set state = 'PREVIEWED' where directory_id = $1", directory_id
        )
        await database.execute(
            "insert into import_leases values ($1, $2, 'somebody', 1, now() + interval '1 hour')",
            directory_id,
            import_id,
        )
        await refusal(client.directories.delete(directory), Reason.RESOURCE_IN_USE)
        await database.execute(
            "update import_leases set expires_at = '-infinity' where directory_id = $1",
            directory_id,
        )
        await client.directories.delete(directory)
    finally:
        await database.close()


async def test_what_waited_while_a_directory_went_is_denied(
    server: Server, client: Client, directory: str
) -> None:
    """Each had found the directory: an import that opens in it, a role and a setting of it."""
    directory_id = await _id(server, directory)
    database = await asyncpg.connect(server.database_url)
    waiting = "select count(distinct pid) from pg_locks where not granted"
    try:
        async with database.transaction():
            await database.execute(sql("directories/directory_lock"), directory_id)
            await database.fetchval(sql("directories/directory_claim"), directory_id)
            asked = [
                asyncio.ensure_future(one)
                for one in (
                    imported(client, directory, [person(1)]),
                    client.roles.create(directory, Role(name="Clerk")),
                    client.directories.update(Directory(name=directory, seats=3)),
                    client.directories.delete(directory),
                )
            ]
            async with asyncio.timeout(20):
                # One of the three that want the directory's turn waits in the server's own queue.
                while await database.fetchval(waiting) < len(asked) - 1:  # noqa: ASYNC110 -- theirs
                    await asyncio.sleep(0.02)
            await database.execute(sql("directories/directory_remove"), directory_id)
    finally:
        await database.close()
    for one in asked:
        await refusal(one, Reason.PERMISSION_DENIED)
    assert not any((await _rows(server, directory_id)).values())


async def test_a_directory_that_goes_and_whatever_comes_meanwhile_never_break(
    server: Server, client: Client
) -> None:
    """Calls find it or are denied; imports run in it or are denied; nothing of it is left over."""
    for _ in range(10):
        name = f"d-{uuid.uuid4().hex[:12]}"
        await client.directories.create(name)
        directory_id = await _id(server, name)
        said = await asyncio.gather(
            imported(client, name, [person(1)]),
            client.directories.delete(name),
            client.roles.create(name, Role(name="Clerk")),
            client.units.load(name, b"name\na\nb\n"),
            client.directories.update(Directory(name=name, seats=3)),
            return_exceptions=True,
        )
        for one in said:
            if isinstance(one, BaseException):
                assert isinstance(one, RollbookError), one
                assert one.reason in {Reason.PERMISSION_DENIED, Reason.RESOURCE_IN_USE}, one
        rows = await _rows(server, directory_id)
        assert not rows["directories"] or rows["roles"] >= 2
        assert rows["directories"] or not any(rows.values()), rows
