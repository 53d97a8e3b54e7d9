"""What has been kept for long enough is deleted, in small steps, and nothing else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from functools import partial

import asyncpg
import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from rollbook.background import Background, beside
from rollbook.context import AppContext
from rollbook.retention import keep_sweeping, sweep
from rollbook.server.app import open_app
from rollbook.settings import Settings
from rollbook.store import Unavailable, imports, retention, staging, tokens
from rollbook.store.retention import Going
from rollbook.store.statements import sql
from tests.environment import Cluster
from tests.imports.retained import HANGING, Retained

_ALL = dict.fromkeys(("imports", *HANGING), 3) | {"imports": 1, "import_leases": 1}
_ANSWERS = {"imports": 1, "import_issues": 3, "import_batches": 3}


@pytest_asyncio.fixture
async def url(cluster: Cluster) -> str:
    """A database of the test's own: a sweep is of all directories."""
    return await cluster.new_database()


@pytest_asyncio.fixture
async def app(url: str) -> AsyncIterator[AppContext]:
    """The inside of a server, by whose role the fence holds."""
    async with open_app(Settings(database_url=url)) as inside:
        assert inside.database.fenced
        yield inside


@pytest_asyncio.fixture
async def kept(url: str) -> AsyncIterator[Retained]:
    """What is in the database, with two directories."""
    connection = await asyncpg.connect(url)
    made = Retained(connection)
    for _ in range(2):
        await made.new_directory()
    yield made
    await connection.close()


@pytest.mark.parametrize(
    ("age", "left"),
    [
        ("29 days 23 hours", _ALL),
        ("30 days 1 hour", _ANSWERS),
        ("399 days 23 hours", _ANSWERS),
        ("400 days 1 hour", {}),
    ],
)
@pytest.mark.parametrize("state", ["COMPLETED", "INTERRUPTED", "RUNNING", "PREVIEWED"])
async def test_an_import_loses_its_rows_and_then_all(
    app: AppContext, kept: Retained, state: str, age: str, left: dict[str, int]
) -> None:
    """In each directory, whatever its state: just before its time nothing of it is gone."""
    made = [await kept.an_import(one, age, state=state) for one in kept.directories]
    others = [await kept.an_import(one, "1 hour") for one in kept.directories]
    assert await sweep(app)
    assert [await kept.left(one) for one in made] == [left, left]
    assert [await kept.left(one) for one in others] == [_ALL, _ALL]


async def test_what_runs_or_went_on_lately_stays(app: AppContext, kept: Retained) -> None:
    """However long ago it began: what counts is the last that happened, and whose it is."""
    running, resumed = [
        await kept.an_import(kept.directories[0], "500 days", state="RUNNING") for _ in range(2)
    ]
    await kept.connection.execute(
        "update import_leases set expires_at = now() + interval '1 minute' where import_id = $1",
        running,
    )
    await kept.connection.execute("update imports set updated_at = now() where id = $1", resumed)
    assert await sweep(app)
    assert [await kept.left(one) for one in (running, resumed)] == [_ALL, _ALL]


async def test_an_import_whose_rows_are_gone_is_not_finished(
    app: AppContext, kept: Retained
) -> None:
    """One that was left behind, and that no server could finish: no server tries any more."""
    made = await kept.an_import(kept.directories[0], "31 days", state="RUNNING")
    await kept.connection.execute("update imports set end_received = true")
    async with app.database.connection() as connection:
        assert [left.import_id for left in await imports.left_behind(connection)] == [made]
        assert await sweep(app)
        assert await imports.left_behind(connection) == []
    state = await kept.connection.fetchval("select state from imports where id = $1", made)
    assert state == "INTERRUPTED"


async def test_an_import_without_a_lease_is_swept(app: AppContext, kept: Retained) -> None:
    """Its server died before it took one."""
    made = [await kept.an_import(kept.directories[0], age) for age in ("31 days", "401 days")]
    await kept.connection.execute("delete from import_leases")
    assert await sweep(app)
    assert [await kept.left(one) for one in made] == [_ANSWERS, {}]


async def test_notices_go_once_they_were_settled_long_ago(app: AppContext, kept: Retained) -> None:
    """Those that are pending stay, and so do those of the other directory that are younger."""
    one, other = kept.directories
    for directory_id, age, state in (
        (one, "400 days 1 hour", "sent"),
        (one, "399 days 23 hours", "bounced"),
        (one, "500 days", "pending"),
        (other, "400 days 1 hour", "unhandled"),
        (other, "399 days 23 hours", "sent"),
    ):
        await kept.a_notice(directory_id, age, state)
    assert await sweep(app)
    found = await kept.connection.fetch("select directory_id, state from notices order by id")
    assert [tuple(row) for row in found] == [(one, "bounced"), (one, "pending"), (other, "sent")]


async def test_tokens_go_once_they_ended_long_ago(app: AppContext, kept: Retained) -> None:
    """By their end or by a revocation, as sessions do; their names stay taken."""
    for principal, expired, revoked in (
        ("open", "-1 day", None),
        ("just expired", "399 days 23 hours", None),
        ("expired", "400 days 1 hour", None),
        ("just revoked", "-1 day", "399 days 23 hours"),
        ("revoked", "-1 day", "400 days 1 hour"),
        ("revoked, then expired", "1 day", "400 days 1 hour"),
    ):
        await kept.a_token(principal, expired, revoked)
        await kept.a_session(principal, expired, revoked)
    assert await sweep(app)
    assert await kept.tokens() == {"open", "just expired", "just revoked"}
    assert await kept.sessions() == {"open", "just expired", "just revoked"}
    async with app.database.connection() as connection:
        assert not await tokens.is_own(connection, "expired", "another")
        assert await tokens.is_own(connection, "new", "another")


async def test_zero_days_keep_for_ever(url: str, kept: Retained) -> None:
    """Of each kind by itself."""
    one = kept.directories[0]
    made = await kept.an_import(one, "5000 days")
    await kept.a_notice(one, "5000 days", "sent")
    await kept.a_token("expired", "5000 days", None)
    await kept.a_session("expired", "5000 days", None)
    forever = Settings(
        database_url=url,
        retention_imports=0,
        retention_rows=0,
        retention_notices=0,
        retention_tokens=0,
    )
    async with open_app(forever) as app:
        with capture_logs() as lines:
            assert await sweep(app)
    assert await kept.left(made) == _ALL
    assert await kept.connection.fetchval("select count(*) from notices") == 1
    assert await kept.tokens() == await kept.sessions() == {"expired"}
    assert lines == []


@pytest.mark.parametrize(
    ("table", "most", "rows"),
    [
        ("import_issues", 1_000, 3_500),
        ("import_batches", 25, 60),
        ("import_rows", 25, 60),
        ("import_failures", 25, 60),
    ],
)
@pytest.mark.few(2)
async def test_a_large_import_goes_in_small_steps(
    app: AppContext, kept: Retained, table: str, most: int, rows: int
) -> None:
    """No statement deletes more than a step, so that nothing is locked for long."""
    await kept.an_import(kept.directories[0], "401 days", hanging=rows)
    await kept.count_deletions(table)
    assert await sweep(app)
    assert await kept.deletions() == {most: rows // most, rows % most: 1}


async def test_many_imports_and_notices_go_in_small_steps(app: AppContext, kept: Retained) -> None:
    """As many as there are, a thousand a statement."""
    one = kept.directories[0]
    await kept.connection.execute(
        "insert into imports (directory_id, id, principal, profile, source, options, state,"
        " created_at, updated_at) select $1, gen_random_uuid(), 'p', 'default', '', '{}',"
        " 'COMPLETED', now() - interval '401 days', now() - interval '401 days'"
        " from generate_series(1, 2500)",
        one,
    )
    await kept.connection.execute(
        "insert into notices (directory_id, user_id, event, mail, state, claimed_at, settled_at)"
        " select $1, 1, 'created', 'none', 'sent', now() - interval '401 days' - n * interval"
        " '1 second', now() - interval '401 days' from generate_series(1, 2500) as n",
        one,
    )
    await kept.count_deletions("notices")
    with capture_logs() as lines:
        assert await sweep(app)
    assert await kept.connection.fetchval("select count(*) from imports") == 0
    assert await kept.deletions() == {1_000: 2, 500: 1}
    assert lines == [
        {"event": "swept", "log_level": "info", "imports": 2_500, "notices": 2_500},
    ]


async def test_a_sweep_says_what_it_swept(app: AppContext, kept: Retained) -> None:
    """One line a sweep, by kind; none where there was nothing."""
    for one in kept.directories:
        await kept.an_import(one, "31 days")
        await kept.an_import(one, "401 days")
    with capture_logs() as lines:
        assert await sweep(app)
        await kept.due()
        assert await sweep(app)
    assert lines == [
        {
            "event": "swept",
            "log_level": "info",
            "imports": 2,
            "imports_without_rows": 2,
            "kept_batches": 12,
            "failed_batches": 12,
            "issues": 6,
            "ledger_batches": 6,
        }
    ]


async def test_no_sweep_waits_for_a_directory_s_turn(app: AppContext, kept: Retained) -> None:
    """A batch that holds the lock for as long as it likes holds up nothing."""
    one = kept.directories[0]
    made = await kept.an_import(one, "401 days")
    async with app.database.within(one).turn() as connection, asyncio.timeout(10):
        await staging.take_turn(connection, one)
        assert await sweep(app)
    assert await kept.left(made) == {}


async def test_of_two_servers_one_sweeps(url: str, app: AppContext, kept: Retained) -> None:
    """The other leaves it, now and until the next sweep is due."""
    made = await kept.an_import(kept.directories[0], "401 days", hanging=200)
    async with open_app(Settings(database_url=url)) as other:
        assert sorted(await asyncio.gather(sweep(app), sweep(other))) == [False, True]
        assert [await sweep(app), await sweep(other)] == [False, False]
        assert await kept.left(made) == {}
        await kept.due()
        assert await sweep(other)


async def test_the_next_sweep_goes_on_where_one_was_cut_short(
    app: AppContext, kept: Retained
) -> None:
    """What is marked is deleted; meanwhile an import that is on its way out is not seen."""
    one = kept.directories[0]
    partly, wholly = await kept.an_import(one, "31 days"), await kept.an_import(one, "401 days")
    async with app.database.within(one).connection() as connection:
        assert await retention.mark_imports(connection, one, 400, 10) == 1
        assert await retention.mark_rows(connection, one, 30, 10) == 1
        assert await retention.delete_issues(connection, one, wholly, 1) == 1
        assert await retention.delete_rows(connection, one, partly, 1) == 1
        assert await retention.going(connection, one, Going.ALL, 10) == [wholly]
        assert await retention.going(connection, one, Going.ROWS, 10) == [partly]
    assert await sweep(app)
    assert [await kept.left(import_id) for import_id in (partly, wholly)] == [_ANSWERS, {}]


async def test_a_sweeper_that_is_killed_starts_again(url: str, kept: Retained) -> None:
    """Its task is ended from outside; what is too old goes nevertheless."""
    settings = Settings(database_url=url, lease=1, sweep_every=0.1)
    async with open_app(settings) as app, asyncio.timeout(30):
        with capture_logs() as lines:
            async with beside(Background.RETENTION, partial(keep_sweeping, app)):
                await asyncio.sleep(0)
                [task] = [one for one in asyncio.all_tasks() if one.get_name() == "retention"]
                task.cancel()
                await asyncio.wait((task,))
                made = await kept.an_import(kept.directories[0], "401 days")
                while await kept.left(made):  # noqa: ASYNC110  # there is no event
                    await asyncio.sleep(0.05)
    assert ("a background task died and starts again", "retention") in [
        (line["event"], line.get("task")) for line in lines
    ]


async def test_an_outage_is_logged_once(url: str) -> None:
    """However many sweeps the outage cuts short; the next outage is logged again."""
    settings = Settings(database_url=url, lease=1, sweep_every=0.05)
    connection = await asyncpg.connect(url)
    name = await connection.fetchval("select current_database()")
    await connection.close()
    elsewhere = await asyncpg.connect(url, database="postgres")
    async with open_app(settings) as app, asyncio.timeout(60):
        with capture_logs() as lines:
            async with beside(Background.RETENTION, partial(keep_sweeping, app)):
                for outage in (1, 2):
                    await elsewhere.execute(f'alter database "{name}" allow_connections false')
                    for _ in range(20):
                        await elsewhere.execute(
                            "select pg_terminate_backend(pid) from pg_stat_activity"
                            " where datname = $1",
                            name,
                        )
                        await asyncio.sleep(0.1)
                    assert [line["event"] for line in lines].count(
                        "a sweep was cut short"
                    ) == outage
                    await elsewhere.execute(f'alter database "{name}" allow_connections true')
                    while True:
                        with suppress(Unavailable):
                            await sweep(app)
                            break
                        await asyncio.sleep(0.05)
                    await asyncio.sleep(1.5)  # a sweep of the task's own, too
    await elsewhere.close()


async def test_one_directory_that_cannot_be_swept_holds_up_no_other(
    app: AppContext, kept: Retained
) -> None:
    """It is logged, with its number."""
    one, other = kept.directories
    for directory_id in (one, other):
        await kept.a_notice(directory_id, "401 days", "sent")
    await kept.connection.execute(
        "create function refuse() returns trigger language plpgsql as"
        " $$begin raise exception 'no'; end$$;"
        "create trigger refused before delete on notices for each row"
        f" when (old.directory_id = {one}) execute function refuse()"
    )
    with capture_logs() as lines:
        assert await sweep(app)
    left = await kept.connection.fetch("select directory_id from notices")
    assert [row["directory_id"] for row in left] == [one]
    assert [line.get("directory_id") for line in lines if line["log_level"] == "error"] == [one]


_LARGE = 20_000


async def test_each_step_asks_an_index(app: AppContext, kept: Retained) -> None:
    """Of tables that have grown, and that PostgreSQL has not looked at."""
    one = kept.directories[0]
    await kept.connection.execute("alter table import_issues set (autovacuum_enabled = false)")
    made = await kept.an_import(one, "401 days", hanging=_LARGE)
    await kept.connection.execute(
        "insert into imports (directory_id, id, principal, profile, source, options, state, kept,"
        " created_at) select $1, gen_random_uuid(), 'p', 'default', '', '{}', 'COMPLETED',"
        " 'answers', now() - n * interval '20 minutes' from generate_series(1, $2::integer) as n",
        one,
        _LARGE,
    )
    await kept.connection.execute(
        "insert into notices (directory_id, user_id, event, mail, state, claimed_at, settled_at)"
        " select $1, 1, 'created', 'none', 'sent', now() - n * interval '1 hour', now() - n *"
        " interval '1 hour' from generate_series(1, $2::integer) as n",
        one,
        _LARGE,
    )
    await kept.connection.execute(
        "insert into access_tokens (hash, principal, scopes, created_by, expires_at)"
        " select convert_to(n::text, 'UTF8'), 'p', '{}', 'p', now() - n * interval '1 hour'"
        " from generate_series(1, $1::integer) as n",
        _LARGE,
    )
    await kept.connection.execute(
        "insert into sessions (hash, token_hash, principal, expires_at)"
        " select convert_to(n::text, 'UTF8'), '', 'p', now() - n * interval '1 hour'"
        " from generate_series(1, $1::integer) as n",
        _LARGE,
    )
    asked = [
        (sql("retention/sessions_delete"), (400, 10)),
        (sql("retention/tokens_delete"), (400, 10)),
        (sql("retention/rows_mark"), (one, 30, 10)),
        (sql("retention/imports_mark"), (one, 400, 10)),
        (sql("retention/imports_going"), (one, "nothing", 10)),
        (sql("retention/notices_delete"), (one, 400, 10)),
        *[
            (sql(name), (one, made, 10))
            for name in (
                "retention/rows_delete",
                "retention/failures_delete",
                "retention/batches_delete",
                "retention/issues_delete",
            )
        ],
    ]
    for statement, arguments in asked:
        async with app.database.within(one).connection() as connection:
            plan = await connection.fetch(f"explain {statement}", *arguments)
        text = "\n".join(row[0] for row in plan)
        assert "Seq Scan" not in text, text
