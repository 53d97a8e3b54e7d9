"""Row-level security: within a directory, no statement sees the rows of another."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import pytest
import pytest_asyncio

from rollbook import store
from rollbook.settings import Settings
from rollbook.store import Connection, Database, StoreError, directories, imports, leases, tenancy
from rollbook.store.database import Door
from rollbook.store.statements import sql

_MIGRATIONS = Path(store.__file__).parent / "migrations"
_FENCED = """
select c.relname as name, array_agg(a.attname order by a.attnum) as columns,
    array_agg(format_type(a.atttypid, a.atttypmod) order by a.attnum) as types
from pg_class as c
join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    and a.attidentity = '' and a.attgenerated = '' and a.attnotnull and not a.atthasdef
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and c.relrowsecurity
group by c.relname
order by c.relname
"""
_WITH_A_DIRECTORY = """
select c.relname as name
from pg_class as c
join pg_attribute as a on a.attrelid = c.oid and a.attname = 'directory_id' and not a.attisdropped
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
"""
_BY_TYPE = {
    "bigint": "1",
    "boolean": "false",
    "integer": "1",
    "smallint": "1",
    "text": "'t'",
    "uuid": "gen_random_uuid()",
    "jsonb": "'{}'",
    "bytea": "''",
    "timestamp with time zone": "now()",
}
_BY_COLUMN = {("imports", "state"): "'RUNNING'", ("import_rows", "kind"): "'parked'"}
"""What a column takes that does not take every value of its type."""


class Table(NamedTuple):
    """A fenced table, and values of the columns that every row must have, as SQL."""

    name: str
    values: dict[str, str]

    def insert(self, directory_id: int) -> str:
        """A statement that puts a row of that directory into it."""
        values = {**self.values, "directory_id": str(directory_id)}
        return (
            f"insert into {self.name} ({', '.join(values)}) values ({', '.join(values.values())})"
        )


class Two(NamedTuple):
    """A database with two directories, and a row of each in every fenced table."""

    database: Database
    tables: list[Table]
    ours: int
    theirs: int


@pytest_asyncio.fixture(scope="module")
async def two(database_url: str) -> AsyncIterator[Two]:
    """The role has every right here, so that only the fence keeps it from anything."""
    database = await Database.open(Settings(database_url=database_url))
    assert database.fenced
    made = []
    for name in ("ours", "theirs"):
        async with database.transaction() as connection:
            made.append(await directories.make_directory(connection, name, name))
    ours, theirs = made
    assert ours
    assert theirs
    async with database.as_owner().transaction() as connection:
        await connection.execute("grant all on all tables in schema public to rollbook_app")
        tables = [_table(*row) for row in await connection.fetch(_FENCED)]
        await connection.execute("set local session_replication_role = replica")  # no foreign keys
        for table in tables:
            for directory_id in (ours, theirs):
                await connection.execute(table.insert(directory_id))
    yield Two(database, tables, ours, theirs)
    await database.close()


def _table(name: str, columns: list[str], types: list[str]) -> Table:
    known = {column: _BY_COLUMN.get((name, column)) for column in columns}
    return Table(
        name,
        {c: known[c] or _BY_TYPE[kind] for c, kind in zip(columns, types, strict=True)},
    )


async def _rows(connection: Connection, table: Table) -> set[int]:
    """Whose rows are there, for a statement that forgets to ask."""
    found = await connection.fetch(f"select directory_id from {table.name}")
    return {row["directory_id"] for row in found}


async def test_only_the_named_tables_are_without_a_fence(two: Two) -> None:
    """Every other table that has a directory's number must have one: a later one, too."""
    async with two.database.as_owner().connection() as connection:
        names = {row["name"] for row in await connection.fetch(_WITH_A_DIRECTORY)}
    assert (
        names - {table.name for table in two.tables}
        == set(tenancy.UNFENCED)
        == {"import_leases", "sessions"}
    )
    assert {"users", "user_history", "imports", "import_batches"} < names


async def test_within_a_directory_there_is_nothing_of_another(two: Two) -> None:
    """Nothing is read of it, changed or deleted, by whatever condition, or by none."""
    for table in two.tables:
        within = two.database.within(two.ours)
        async with within.connection() as connection:
            assert await _rows(connection, table) == {two.ours}, table.name
            there = f"where directory_id = {two.theirs}"
            assert await connection.fetch(f"select from {table.name} {there}") == []
            changed = f"update {table.name} set directory_id = directory_id {there}"
            assert await connection.execute(changed) == "UPDATE 0"
            assert await connection.execute(f"delete from {table.name} {there}") == "DELETE 0"


async def test_a_statement_that_forgets_the_directory_changes_its_own_rows_alone(two: Two) -> None:
    """Also where it is one that takes everything."""
    for table in two.tables:
        async with _undone(two.database.within(two.ours)) as connection:
            assert await connection.execute(f"delete from {table.name}") != "DELETE 0"
            assert await _rows(connection, table) == set()
            await connection.execute("reset role")  # the login sees through the fence
            assert await _rows(connection, table) == {two.theirs}, table.name


@asynccontextmanager
async def _undone(door: Door) -> AsyncIterator[Connection]:
    """A transaction that is rolled back."""
    with suppress(_Enough):
        async with door.transaction() as connection:
            yield connection
            raise _Enough


class _Enough(Exception):
    """Undoes what was tried."""


async def test_nothing_can_be_put_into_another_directory(two: Two) -> None:
    """Neither a new row nor one of one's own."""
    for table in two.tables:
        refused = pytest.raises(StoreError, match="row-level security")
        with refused:
            async with two.database.within(two.ours).transaction() as connection:
                await connection.execute(table.insert(two.theirs))
        with refused:
            async with two.database.within(two.ours).transaction() as connection:
                await connection.execute(f"update {table.name} set directory_id = {two.theirs}")


async def test_outside_of_all_directories_fenced_tables_are_empty(two: Two) -> None:
    """Who forgets to go into one sees nothing, and writes nothing."""
    for table in two.tables:
        async with two.database.connection() as connection:
            assert await _rows(connection, table) == set(), table.name
            assert await connection.execute(f"delete from {table.name}") == "DELETE 0"
        with pytest.raises(StoreError, match="row-level security"):
            async with two.database.transaction() as connection:
                await connection.execute(table.insert(two.ours))


async def test_a_transaction_leaves_no_directory_behind(two: Two) -> None:
    """A pooler may give its connection to any client: nothing outlives COMMIT or ROLLBACK."""
    asked = "select current_user::text, current_setting('rollbook.directory_id', true)"
    async with two.database.as_owner().connection() as outside:
        login = await outside.fetchrow(asked)
    assert login
    for door, directory in (
        (two.database.within(two.ours), str(two.ours)),
        (two.database, None),
    ):
        async with _undone(door) as connection:
            inside = await connection.fetchrow(asked)
        async with door.batch(idle_timeout_s=5) as connection:
            assert await connection.fetchrow(asked) == inside
        assert inside
        assert (inside[0], inside[1] or None) == ("rollbook_app", directory)
        async with two.database.as_owner().connection() as outside:
            after = await outside.fetchrow(asked)
        assert after
        assert (after[0], after[1] or None) == (login[0], None)


async def test_the_role_owns_nothing_and_sees_through_nothing(two: Two) -> None:
    """As `rollbook doctor` looks at it."""
    assert await tenancy.gaps(two.database) == []


@pytest.mark.parametrize(
    "made",
    [
        "alter table users no force row level security",
        "alter table users disable row level security",
        "drop policy fence on users",
        "create policy open on users using (true)",
        "alter policy fence on users using (true)",
        "alter policy fence on users with check (true)",
    ],
)
async def test_a_gap_is_named(two: Two, made: str) -> None:
    """A table whose fence was opened, in whatever way."""
    async with two.database.as_owner().connection() as connection:
        await connection.execute("begin")
        await connection.execute(made)
        found = await connection.fetch(sql("tenancy/gaps"), tenancy.UNFENCED)
        await connection.execute("rollback")
    assert [row["name"] for row in found] == ["users"]


async def test_a_new_table_without_a_fence_is_a_gap(two: Two) -> None:
    """So that a migration that forgets it is found out."""
    async with two.database.as_owner().connection() as connection:
        await connection.execute("create table forgotten (directory_id bigint not null)")
    found = await tenancy.gaps(two.database)
    async with two.database.as_owner().connection() as connection:
        await connection.execute("drop table forgotten")
    assert "no fence around forgotten" in found[0]


async def test_what_the_role_owns_is_named(two: Two) -> None:
    """Temporary tables are its own, and gone with their connection; anything else is a gap."""
    async with two.database.as_owner().connection() as connection:
        await connection.execute("create table stray (n integer)")
        await connection.execute("alter table stray owner to rollbook_app")
    found = await tenancy.gaps(two.database)
    async with two.database.as_owner().connection() as connection:
        await connection.execute("drop table stray")
    assert found == ["the role owns something here: give that to another"]


async def test_imports_of_the_hour_are_counted_in_all_directories(two: Two) -> None:
    """A principal's, wherever; each once, however often it is resumed."""
    principal = "counted"
    for directory_id, number in ((two.ours, 101), (two.theirs, 102)):
        await _left_open(two.database, directory_id, UUID(int=number), principal)
    async with two.database.connection() as connection:
        assert await imports.started_lately(connection, principal) == 2
        assert await imports.started_lately(connection, "nobody") == 0


async def test_what_was_left_behind_is_found_in_every_directory(two: Two) -> None:
    """By a look into all of them, behind which the way is closed."""
    left = {(two.ours, UUID(int=201)), (two.theirs, UUID(int=202))}
    for directory_id, import_id in left:
        await _left_open(two.database, directory_id, import_id, "left")
        within = two.database.within(directory_id)
        async with within.connection() as connection:
            await imports.end_received(connection, directory_id, import_id)
    async with two.database.transaction() as connection:
        found = await imports.left_behind(connection)
        for table in two.tables:
            assert await _rows(connection, table) == set()
    assert {(one.directory_id, one.import_id) for one in found} == left
    assert {one.directory for one in found} == {"ours", "theirs"}


async def _left_open(
    database: Database, directory_id: int, import_id: UUID, principal: str
) -> None:
    """Open an import, take it twice, and let go of it."""
    async with database.within(directory_id).connection() as connection:
        assert await imports.open_import(
            connection,
            directory_id=directory_id,
            import_id=import_id,
            principal=principal,
            profile="default",
            source="",
            options={},
            reaches=imports.Reaches(privileged=False, passwords=False, users=()),
        )
        for _ in range(2):
            lease = await leases.take(connection, directory_id, import_id, "server", 30)
            assert lease
            await lease.release(connection)


async def test_directories_are_listed_with_their_roles_from_outside(two: Two) -> None:
    """Each one's default role is asked within it."""
    async with two.database.connection() as connection:
        found = await directories.page(connection, "", 10, None)
    assert [(one.name, one.settings.default_role) for one in found] == [
        ("ours", "Standard"),
        ("theirs", "Standard"),
    ]


async def test_the_fence_can_be_taken_down_and_put_up_again(two: Two) -> None:
    """As `dbmate down` and `up` do, with all that came later; the role stays, the cluster's."""
    files = [path for path in sorted(_MIGRATIONS.glob("*.sql")) if path.name >= "0005"]
    texts = [path.read_text("utf-8").split("-- migrate:up", 1)[1] for path in files]
    ways = [text.split("-- migrate:down", 1) for text in texts]
    async with two.database.as_owner().connection() as connection:
        await connection.execute("begin")
        for _, down in reversed(ways):
            await connection.execute(down)
        assert await connection.fetch(_FENCED) == []
        for up, _ in ways:
            await connection.execute(up)
        assert await connection.fetch(sql("tenancy/gaps"), tenancy.UNFENCED) == []
        await connection.execute("rollback")
