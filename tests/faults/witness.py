"""Checks a database and a server after a fault: no row lost, doubled or left behind."""

import asyncio
import hashlib
import random
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from rollbook.errors import VERDICTS, Reason
from rollbook.store.directories import make_directory
from rollbook.store.ledger import unpack_answers
from rollbook.v1.imports_pb2 import ImportSummary
from rollbook.v1.results_pb2 import RowResult
from tests.acceptance.wire import Answer
from tests.environment import Cluster, Server, serving
from tests.faults.crowd import Crowd

Connection = asyncpg.Connection
COUNTS = ("created", "updated", "unchanged", "failed", "not_applied")
_TABLES = ("users", "user_history", "imports", "import_batches", "import_issues", "import_rows")
_LOG_SHOWN = 6_000
_MANY = {"new_imports_per_hour": 1_000_000, "imports_per_principal": 1_000, "pool_size": 4}


def tell(what: str) -> None:
    """Print what a failure, or `pytest -s`, shows."""
    print(what)  # noqa: T201


def seeded(seed: int | None = None) -> random.Random:
    """Dice of a seed that a failure shows; pass a seed to repeat one."""
    seed = random.randrange(10**9) if seed is None else seed
    tell(f"seed {seed}")
    return random.Random(seed)


@asynccontextmanager
async def started(url: str, folder: Path, **settings: object) -> AsyncIterator[Server]:
    """`serving` that does not hold the loop, on which our proxies run."""
    opening = serving(url, folder, **{**_MANY, **settings})
    running = await asyncio.to_thread(opening.__enter__)
    try:
        yield running
    except BaseException:
        tell(running.log.read_text()[-_LOG_SHOWN:])
        raise
    finally:
        await asyncio.to_thread(opening.__exit__, None, None, None)


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Connection]:
    """A connection of the test's own."""
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


async def new_database_with(cluster: Cluster, *directories: str) -> str:
    """The address of a new database with these directories."""
    url = await cluster.new_database()
    async with connected(url) as connection:
        for name in directories:
            await make_directory(connection, name, name)
    return url


async def people(connection: Connection, directory: str) -> dict[str, tuple[object, ...]]:
    """What is stored of each user, by number: every field, the version and how many changes.

    Ids, times and imports are left out: they differ from run to run.
    """
    found = await connection.fetch(
        "select u.number_key, u.employee_number, u.email, u.email_key, u.username, u.username_key,"
        " u.first_name, u.last_name, u.name, r.name as role, u.location_id, u.unit_id,"
        " u.job_title, u.department, u.phone, u.attributes, u.status, u.source, u.version,"
        " (select count(*) from user_history h"
        "  where h.directory_id = u.directory_id and h.user_id = u.id) as history,"
        " u.updated_at = coalesce((select h.changed_at from user_history h where"
        "  h.directory_id = u.directory_id and h.user_id = u.id and h.version = u.version - 1"
        " ), u.created_at) as timed"
        " from users u join directories d on d.id = u.directory_id"
        " join roles r on r.directory_id = d.id and r.id = u.role_id where d.name = $1",
        directory,
    )
    users = {row["number_key"]: tuple(row)[:-1] for row in found}
    assert len(users) == len(found), "a number is there twice"
    for row in found:
        assert row["history"] == row["version"] - 1, row
        # A list by time of change is answered from the history.
        assert row["timed"], row
    counted = await connection.fetchval(
        "select active_users from directories where name = $1", directory
    )
    assert counted == sum(row["status"] == "active" for row in found)
    return users


async def versions(connection: Connection, directory: str) -> dict[str, int]:
    """The version of each user, by number."""
    stored = await people(connection, directory)
    return {key: int(str(values[-2])) for key, values in stored.items()}


async def row_versions(connection: Connection, directory: str) -> str:
    """A digest that changes with any write to the directory's users, imports or ledger."""
    told = hashlib.sha256()
    for table in _TABLES:
        found = await connection.fetch(
            f"select t.xmin::text, t.ctid::text from {table} as t"
            " where t.directory_id = (select id from directories where name = $1) order by t.ctid",
            directory,
        )
        told.update(repr([table, *map(tuple, found)]).encode())
    return told.hexdigest()


async def user_versions(connection: Connection, directory: str) -> list[tuple[str, str]]:
    """The place of each user's row, and the transaction that wrote it: any write changes it."""
    found = await connection.fetch(
        "select u.xmin::text, u.ctid::text from users as u"
        " where u.directory_id = (select id from directories where name = $1) order by u.ctid",
        directory,
    )
    return [(row["xmin"], row["ctid"]) for row in found]


async def guard_off(connection: Connection, directory: str) -> None:
    """Switch the safeguards of a directory off."""
    await connection.execute(
        "update directories set max_email_percent = null, max_role_percent = null where name = $1",
        directory,
    )


async def check_ledger(
    connection: Connection, directory: str, import_id: str, lines: Iterable[int]
) -> None:
    """Each line has exactly one result in the ledger, and the counts are those of the results."""
    found = await connection.fetch(
        "select b.results from import_batches b join directories d on d.id = b.directory_id"
        " join imports i on i.directory_id = b.directory_id and i.id = b.import_id"
        " where d.name = $1 and b.import_id = $2::text::uuid and b.plan in (0, i.plan)",
        directory,
        import_id,
    )
    there = sorted(line for row in found for line in unpack_answers(row["results"]).lines)
    assert there == sorted(lines)
    rows = await connection.fetchval(
        "select i.rows from imports i join directories d on d.id = i.directory_id"
        " where d.name = $1 and i.id = $2::text::uuid",
        directory,
        import_id,
    )
    assert rows == len(there)


def check_sums(summary: ImportSummary, results: Iterable[RowResult], crowd: Crowd) -> None:
    """Every line was answered once, and the summary counts what the file was made to hold."""
    lines = sorted(result.line for result in results)
    assert lines == list(range(2, crowd.rows + 2))
    counts = {name: getattr(summary, name) for name in COUNTS if getattr(summary, name)}
    assert counts == {name: count for name, count in crowd.outcomes.items() if count}
    assert sum(counts.values()) == summary.rows == crowd.rows
    assert dict(summary.codes) == dict(crowd.codes)


def check_ending(answer: Answer, *allowed: Reason, broken: bool = False) -> None:
    """The call ended as the rules allow: well, for one of these reasons, or (`broken`) cut by us.

    Whatever the reason, its status is that of the table, and neither is UNKNOWN or INTERNAL.
    """
    status, _, reason = answer.ending.partition("/")
    if broken and not reason:
        assert status in {"OK", "UNAVAILABLE", "CANCELLED"}, (answer.ending, answer.message)
    elif answer.ending != "OK":
        assert Reason(reason.lower()) in allowed, (answer.ending, answer.message)
        assert status == VERDICTS[Reason(reason.lower())].status


async def check_quiet(url: str, *, connections: int | None = None) -> None:
    """Nothing of ours is in a transaction, holds a lock or a lease; soon, if not at once.

    `connections`: so many backends of servers at most.
    """
    held: Mapping[str, object] = {}
    async with connected(url) as connection:
        for _ in range(200):
            found = await connection.fetchrow(
                "select"
                " (select count(*) from pg_stat_activity where datname = current_database()"
                "   and pid <> pg_backend_pid() and state like '%in transaction%') as idle,"
                " (select count(*) from pg_locks where locktype = 'advisory' and database ="
                "   (select oid from pg_database where datname = current_database())) as locks,"
                " (select count(*) from import_leases where expires_at > clock_timestamp())"
                "   as leases,"
                " (select count(*) from pg_stat_activity where datname = current_database()"
                "   and application_name = 'rollbook') as backends"
            )
            assert found is not None
            held = {name: count for name, count in found.items() if name != "backends"}
            backends = int(found["backends"])
            if not any(held.values()) and (connections is None or backends <= connections):
                return
            await asyncio.sleep(0.05)
    raise AssertionError(f"still held: {held}, {backends} backends")
