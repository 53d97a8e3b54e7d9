"""A directory in which every table that one import may fill is full, beside small directories."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg

from rollbook.model import Answers, Code, Issue, Outcome
from rollbook.store.ledger import pack_answers
from rollbook.store.packing import pack

IMPORT, OTHER_IMPORT = UUID(int=1), UUID(int=2)
NEW = datetime(2026, 6, 1, tzinfo=UTC)
ROWS_A_BATCH = 100

_DIRECTORIES = (
    "insert into directories (name) select 'd' || n from generate_series(1, $1::integer) as n",
    """
    insert into roles (directory_id, name, name_key, is_default)
    select d.id, r.name, lower(r.name), r.name = 'Standard'
    from directories as d, (values ('Standard'), ('Admin')) as r (name)
    """,
)
# Of the large directory or of the others. A few users are rare in each way, and they are the last.
_USERS = """
insert into users (
    directory_id, employee_number, number_key, email, email_key, username, username_key,
    first_name, last_name, name, role_id, location_id, unit_id, status, created_import,
    source, created_at, updated_at
)
select
    d.id, k.number, k.number, k.email, k.email, k.email, k.email, 'Ada', 'Byron' || k.digits,
    case when n % 100 = 0 then 'Dr ' || k.digits else '' end,
    case when n % 9973 = 0 then admin.id else standard.id end,
    case when n % 100 = 0 then 1 + n % 50 else 0 end,
    case when n % 10 = 0 then 1 + n % 40 else 0 end,
    case when n % 997 = 0 then 'suspended' else 'active' end,
    case when n > $2 - 300 then $4::uuid else $5::uuid end,
    'hr', t.at, t.at
from directories as d
join roles as standard on standard.directory_id = d.id and standard.is_default
join roles as admin on admin.directory_id = d.id and not admin.is_default
cross join generate_series(1, $2::integer) as n
cross join lateral (select $3::timestamptz - ($2 - n) * interval '1 second' as at) as t
cross join lateral (select lpad(n::text, 8, '0') as digits) as s
cross join lateral (
    select
        s.digits, 'n' || s.digits as number,
        case when n > $2 - 50 then 'zz' when n % 4 = 1 then 'ada' else '' end || s.digits
            || '@example.org' as email
) as k
where (d.name = 'd1') = $1::boolean
"""
# What hangs from an import, of directory $1; $2: so many; $3: the import.
_FILLED = (
    """
    insert into imports (directory_id, id, principal, profile, source, options, state, created_at)
    select
        $1, case n when $2 then $3::uuid else gen_random_uuid() end, 'admin', 'default', 'hr', '{}',
        case when n % 4001 = 0 then 'INTERRUPTED' else 'COMPLETED' end,
        now() - n * interval '1 minute'
    from generate_series(1, $2::integer) as n
    """,
    """
    insert into import_leases (directory_id, import_id, owner, fence, expires_at, principal)
    select
        directory_id, id, 'x', 1, '-infinity',
        case id when $3::uuid then 'admin' else 'other' end
    from imports where directory_id = $1 and $2 > 0
    """,
    """
    update users set version = 2, updated_at = created_at + interval '5 minutes'
    where
        directory_id = $1 and id % 3 = 0 and $3::uuid is not null
        and id < (select least(min(id) + $2, max(id)) from users where directory_id = $1)
    """,
    """
    insert into user_history (
        directory_id, user_id, version, import_id, principal, changes, changed_at
    )
    select
        directory_id, id, 1, case when id % 9 = 0 then $3::uuid end, 'x', '{}', updated_at
    from users where directory_id = $1 and version = 2 and $2 > 0
    """,
    # The last user has changed often, by an import that is swept.
    """
    with changed as (
        update users
        set version = $2::integer + 1, updated_at = created_at + $2 * interval '1 millisecond'
        where id = (select max(id) from users where directory_id = $1)
        returning *
    )

    insert into user_history (
        directory_id, user_id, version, import_id, principal, changes, changed_at
    )
    select
        u.directory_id, u.id, n,
        case when $3::uuid is not null then gen_random_uuid() end, 'x',
        jsonb_build_object('role_id', array[u.role_id, u.role_id + 1], 'phone', array['', n::text])
        || case when n = 64 then jsonb_build_object('was', to_jsonb(u)) else '{}' end,
        u.created_at + n * interval '1 millisecond'
    from changed as u
    cross join generate_series(1, $2::integer) as n
    """,
    """
    update users set version = $2 + 1
    where directory_id = $1 and $3::uuid is not null
        and id = (select max(id) from users where directory_id = $1)
    """,
    """
    insert into import_issues (
        directory_id, import_id, plan, line, position, row, code, field, message
    )
    select $1, $3::uuid, 0, n + 1, 0, n, 'invalid_email', 'email', 'No.'
    from generate_series(1, $2::integer) as n
    """,
    """
    insert into import_rows (
        directory_id, import_id, kind, number, packed, first_line, last_line
    )
    select $1, $3::uuid, kind, n, 'x', n, n
    from generate_series(1, $2::integer) as n, (values ('parked'), ('staged')) as k (kind)
    """,
    """
    insert into notices (directory_id, import_id, line, user_id, event, mail, state)
    select
        $1, $3::uuid, row_number() over (order by id), id, 'created', 'welcome',
        case when id % 997 = 0 then 'undeliverable' else 'pending' end
    from users where directory_id = $1 order by id limit $2
    """,
    """
    with made as (
        insert into locations (directory_id, name, name_key)
        select $1, 'l' || n, 'l' || n from generate_series(1, $2::integer) as n
        where $3::uuid is not null
        returning directory_id, id, name
    )
    insert into location_names (directory_id, name_key, location_id, name, is_alias)
    select directory_id, name || a, id, name || a, a <> ''
    from made, (values (''), (' alias')) as n (a)
    """,
    """
    insert into organizational_units (directory_id, name, name_key)
    select $1, 'o' || n, 'o' || n from generate_series(1, $2::integer) as n
    where $3::uuid is not null
    """,
)
_BATCH = """
insert into import_batches (
    directory_id, import_id, plan, number, first_line, last_line, rows, content_offset,
    content_digest, results, counts
)
select $1, $2, 0, n, n, n, $4::integer, n, '', $5, '{}'
from generate_series(0, $3::integer - 1) as n
"""
_FAILURE = """
insert into import_failures (directory_id, import_id, plan, number, first_line, packed)
values ($1, $2, 0, $3, $4, $5)
"""
_WITHOUT_SLOW_INDEXES = """
select indexname, indexdef from pg_indexes
where tablename = 'users' and indexname like 'users\\_by\\_%'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """The large directory, its roles, how many users it has, and of everything else."""

    directory: int
    role: int
    rare_role: int
    users: int
    others: int
    last_user: int

    @property
    def late(self) -> datetime:
        """Half an hour before the last of the users was made."""
        return NEW - timedelta(minutes=30)


async def fill(
    connection: "asyncpg.Connection[asyncpg.Record]",
    *,
    users: int,
    others: int,
    small: int,
    analyse_small: bool = False,
) -> Crowd:
    """Fill an empty, migrated database, `small` directories first: only these are analysed."""
    await connection.execute(_DIRECTORIES[0], small + 1)
    await connection.execute(_DIRECTORIES[1])
    for row in await connection.fetch(
        "select tablename from pg_tables where schemaname = 'public'"
    ):
        await connection.execute(f"alter table {row[0]} set (autovacuum_enabled = false)")
    directory = await connection.fetchval("select id from directories where name = 'd1'")
    await _make_users(connection, 20, large=False)
    if analyse_small:
        for other in await connection.fetch("select id from directories where id <> $1", directory):
            for statement in _FILLED:
                await connection.execute(statement, other[0], 20, UUID(int=other[0]))
        await connection.execute("analyze")
    indexes = await connection.fetch(_WITHOUT_SLOW_INDEXES)
    for name, _ in indexes:
        await connection.execute(f"drop index {name}")
    await _make_users(connection, users, large=True)
    for _, made in indexes:
        await connection.execute(made, timeout=600)
    for statement in _FILLED:
        await connection.execute(statement, directory, others, IMPORT)
    await _keep_answers(connection, directory, others)
    role, rare = [
        await connection.fetchval(
            "select id from roles where directory_id = $1 and is_default = $2", directory, default
        )
        for default in (True, False)
    ]
    last = await connection.fetchval("select max(id) from users where directory_id = $1", directory)
    return Crowd(
        directory=directory, role=role, rare_role=rare, users=users, others=others, last_user=last
    )


async def _make_users(
    connection: "asyncpg.Connection[asyncpg.Record]", count: int, *, large: bool
) -> None:
    await connection.execute(_USERS, large, count, NEW, IMPORT, OTHER_IMPORT, timeout=1200)


async def _keep_answers(
    connection: "asyncpg.Connection[asyncpg.Record]", directory: int, count: int
) -> None:
    """The ledger and the cells of failed rows, a hundred rows a batch, packed as they are."""
    batches = count // ROWS_A_BATCH
    issue = Issue(Code.INVALID_EMAIL, "email", "No.", {})
    numbers = range(2, 2 + ROWS_A_BATCH)
    answers = Answers(
        lines=numbers,
        rows=numbers,
        outcomes=[Outcome.FAILED] * ROWS_A_BATCH,
        employee_numbers=[""] * ROWS_A_BATCH,
        user_ids=[0] * ROWS_A_BATCH,
        issues={row: [issue] for row in range(ROWS_A_BATCH)},
    )
    await connection.execute(
        _BATCH, directory, IMPORT, batches, ROWS_A_BATCH, pack_answers(answers)
    )
    for number in range(batches):
        first = 2 + number * ROWS_A_BATCH
        rows = [(line, ["n", "e"]) for line in range(first, first + ROWS_A_BATCH)]
        await connection.execute(_FAILURE, directory, IMPORT, number, first, pack(rows))
