"""A server works under row-level security; without it, it serves, and doctor is red."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from rollbook.postgres import Embedded
from rollbook.settings import Settings
from rollbook.store import Database, tenancy
from rollbook.store.directories import make_directory
from rollbook.store.migrate import migrate
from tests.acceptance.command import HEADER, at, environment, rollbook
from tests.environment import Server, serving

_MAY_MAKE, _MAY_NOT = "may_make_roles", "may_not"
_PROBE = """
create table seen (name text not null, role text not null, unique (name, role));
create function note() returns trigger language plpgsql security invoker as $$
begin
    insert into seen values (tg_table_name, current_user) on conflict do nothing;
    return null;
end
$$;
grant insert, select on seen to public;
do $$
declare
    one text;
begin
    for one in
        select relname from pg_class
        where relnamespace = 'public'::regnamespace and relkind = 'r' and relname <> 'seen'
    loop
        execute format('create trigger note after insert or update or delete on %I', one)
            || ' execute function note()';
    end loop;
    for one in
        select relname from pg_class
        where relnamespace = 'public'::regnamespace and relrowsecurity
    loop
        execute format(
            'create policy probe on %I as restrictive using (current_user = ''rollbook_app'')', one
        );
    end loop;
end
$$
"""
"""Notes who writes to each table, and hides every fenced row from any role but the service's."""


@pytest_asyncio.fixture(scope="module")
async def embedded(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Embedded]:
    """A cluster of its own, for roles are a cluster's; with two logins that are no superusers."""
    folder = tmp_path_factory.mktemp("fence")
    with Embedded(folder, durable=False, roles=(_MAY_MAKE, _MAY_NOT)) as running:
        await _say(running.dsn(), f"create role {_MAY_MAKE} login createrole")
        await _say(running.dsn(), f"create role {_MAY_NOT} login")
        yield running


async def _say(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def _ask(url: str, question: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetch(question)
    finally:
        await connection.close()


async def _database(embedded: Embedded, name: str, owner: str) -> str:
    """The address of a migrated database that `owner` owns, with a directory, for that login."""
    await _say(embedded.dsn(), f"create database {name} owner {owner}")
    url = embedded.dsn(name, owner)
    database = await Database.open(Settings(database_url=url))
    try:
        await migrate(database)
        async with database.transaction() as connection:
            assert await make_directory(connection, "main", "")
    finally:
        await database.close()
    return url


@pytest_asyncio.fixture(scope="module")
async def without(embedded: Embedded) -> str:
    """A database that was migrated before there was a role, by a login that may make none."""
    url = await _database(embedded, "without", _MAY_NOT)
    assert await _ask(url, "select from pg_roles where rolname = 'rollbook_app'") == []
    return url


@pytest_asyncio.fixture(scope="module")
async def fenced(embedded: Embedded, without: str) -> str:
    """A database whose login made the role, after the one `without`."""
    assert without
    return await _database(embedded, "fenced", _MAY_MAKE)


def _doctor(url: str, folder: Path) -> tuple[int, str]:
    token = folder / "token"
    token.write_text("a-token-of-some-length\n")
    env = environment(ROLLBOOK_DATABASE_URL=url, ROLLBOOK_TOKEN_FILES=f"admin={token}")
    said = rollbook("doctor", env=env)
    assert said.err == ""
    return said.code, " ".join(said.out.split())


def _whole_work(server: Server, folder: Path) -> None:
    """Imports that create, change, park and fail, a preview that is applied, and a list."""

    def imported(rows: str, *arguments: str, code: int = 0) -> str:
        file = folder / "users.csv"
        file.write_text(f"{HEADER}\n{rows}")
        said = rollbook("import", str(file), *arguments, env=at(server))
        assert said.code == code, said
        return said.out

    assert "2 created" in imported("1,a@example.org,A,B\n2,b@example.org,C,D\n")
    assert "2 updated" in imported("1,b@example.org,A,B\n2,a@example.org,C,D\n")  # swapped: parked
    assert "1 failed" in imported("3,no address,A,B\n", code=1)
    assert "2 unchanged" in imported("1,b@example.org,A,B\n2,a@example.org,C,D\n")
    number = str(uuid4())
    imported("1,b@example.org,A,Z\n", "--dry-run", "--import-id", number)
    applied = rollbook("imports", "apply", number, env=at(server))
    assert applied.code == 0, applied
    listed = rollbook("users", "list", "--output", "csv", env=at(server))
    assert listed.code == 0, listed
    assert "Z" in listed.out


async def test_all_that_a_server_does_is_done_by_a_role_that_owns_nothing(
    fenced: str, tmp_path: Path
) -> None:
    """Reads, too: a policy hides the rows from everybody else, and the work is done even so."""
    assert _doctor(fenced, tmp_path)[0] == 0
    await _say(fenced, _PROBE)
    with serving(fenced, tmp_path) as server:
        await asyncio.to_thread(_whole_work, server, tmp_path)
        assert "without the role" not in server.log.read_text()
    seen = await _ask(fenced, "select name, role from seen")
    assert {row["role"] for row in seen} == {"rollbook_app"}
    assert {"users", "imports", "import_leases", "import_batches", "directories"} <= {
        row["name"] for row in seen
    }
    assert await _ask(fenced, "select from users") == []  # the owner itself, who names no directory
    rights = await _ask(
        fenced,
        "select rolsuper, rolbypassrls, rolcanlogin, rolcreaterole, rolcreatedb from pg_roles "
        "where rolname = 'rollbook_app'",
    )
    assert [tuple(row) for row in rights] == [(False,) * 5]


async def test_without_the_role_a_server_serves_and_doctor_is_red(
    embedded: Embedded, without: str, fenced: str, tmp_path: Path, repository: Path
) -> None:
    """An owner is behind the fence even so; what doctor asks for is on the operator's page."""
    code, said = _doctor(without, tmp_path)
    assert code == 1
    assert "fence not well" in said
    assert "rollbook_app" in said
    with serving(without, tmp_path) as server:
        await asyncio.to_thread(_whole_work, server, tmp_path)
        assert "without the role rollbook_app" in server.log.read_text()
    assert await _ask(without, "select from users") == []
    page = (repository / "deploy/README.md").read_text("utf-8")
    (statements,) = re.findall(r"```sql\n(create role rollbook_app.*?)```", page, re.DOTALL)
    statements = statements.replace("create role rollbook_app nologin;", "")  # `fenced` made it
    await _say(embedded.dsn("without"), statements.replace("LOGIN", _MAY_NOT))
    assert _doctor(without, tmp_path)[0] == 0
    assert await _grants(without) == await _grants(fenced)
    with serving(without, tmp_path) as server:
        assert "without the role" not in server.log.read_text()


async def _grants(url: str) -> set[tuple[str, str]]:
    """What the role may do with which table."""
    rows = await _ask(
        url,
        "select c.relname, a.privilege_type from pg_class as c, aclexplode(c.relacl) as a "
        "where a.grantee = 'rollbook_app'::regrole and c.relname <> 'seen'",
    )
    return {(row[0], row[1]) for row in rows}


async def test_doctor_names_what_makes_the_role_unfit(
    embedded: Embedded, fenced: str, tmp_path: Path
) -> None:
    """It sees through the fence; or the login may not take it."""
    for harm, mended, named in (
        (
            "alter role rollbook_app bypassrls",
            "alter role rollbook_app nobypassrls",
            "sees through",
        ),
        (
            f"revoke rollbook_app from {_MAY_MAKE} cascade",
            f"grant rollbook_app to {_MAY_MAKE}",
            "may not take the role",
        ),
    ):
        await _say(embedded.dsn(), harm)
        code, said = _doctor(fenced, tmp_path)
        await _say(embedded.dsn(), mended)
        assert code == 1
        assert named in said


async def test_two_databases_of_a_cluster_make_the_role_at_once(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """One makes it, the other finds it there; both are fenced."""
    with Embedded(tmp_path_factory.mktemp("two"), durable=False) as cluster:
        names = [f"at_once_{number}" for number in range(4)]
        for name in names:
            await _say(cluster.dsn(), f"create database {name}")
        opened = [
            await Database.open(Settings(database_url=cluster.dsn(name), pool_size=2))
            for name in names
        ]
        try:
            await asyncio.gather(*map(migrate, opened))
            assert all(database.fenced for database in opened)
            for database in opened:
                assert await tenancy.gaps(database) == []
        finally:
            for database in opened:
                await database.close()
