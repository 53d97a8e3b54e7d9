-- Imports, and the ledger that says what became of each of their lines.

-- migrate:up
set local lock_timeout = '5s';

create table imports (
    directory_id bigint not null references directories,
    id uuid not null,
    principal text not null,
    profile text not null,
    source text not null,
    options jsonb not null,
    state text not null,
    stopped_by text not null default '',
    stopped_line bigint not null default 0,
    rows bigint not null default 0,
    last_line bigint not null default 0,
    active_at_start bigint not null default 0,
    plan integer not null default 0,
    digest bytea not null default '',
    delimiter text not null default '',
    header jsonb not null default '[]',
    end_received boolean not null default false,
    approved_by text not null default '',
    approved_at timestamptz,
    counts jsonb not null default '{}',
    warnings jsonb not null default '[]',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (directory_id, id),
    constraint imports_state check (state in (
        'RUNNING', 'COMPLETED', 'INTERRUPTED', 'STOPPED', 'PREVIEWED', 'AWAITING_APPROVAL',
        'CANCELLED'
    ))
);

-- Who may write to an import: one server at a time, by the database's clock. A batch reads the
-- fence under the directory's lock, so that the late batch of an owner that was given up is refused.
create table import_leases (
    directory_id bigint not null,
    import_id uuid not null,
    owner text not null,
    fence bigint not null,
    expires_at timestamptz not null,
    primary key (directory_id, import_id),
    foreign key (directory_id, import_id) references imports on delete cascade
);

-- One row a committed batch, written in the batch's own transaction: whoever doubts whether a
-- COMMIT happened looks here. `results` are the answers of its lines, packed. `counts` are those
-- of the whole import up to and with this batch. Plan 0 is what was said while the file came in;
-- a staged import's other answers stand under the number of the plan they came of, and count
-- where it is the import's.
create table import_batches (
    directory_id bigint not null,
    import_id uuid not null,
    plan integer not null default 0,
    number integer not null,
    first_line bigint not null,
    last_line bigint not null,
    rows integer not null,
    content_offset bigint not null,
    content_digest bytea not null,
    results bytea not null,
    counts jsonb not null,
    primary key (directory_id, import_id, plan, number),
    foreign key (directory_id, import_id) references imports on delete cascade
);

-- Issues one by one, so that they can be listed by code without unpacking the ledger.
create table import_issues (
    directory_id bigint not null,
    import_id uuid not null,
    plan integer not null default 0,
    line bigint not null,
    position smallint not null,
    row bigint not null,
    code text not null,
    field text not null,
    message text not null,
    params jsonb not null default '{}',
    primary key (directory_id, import_id, plan, line, position),
    foreign key (directory_id, import_id) references imports on delete cascade
);

-- Rows kept for later, packed, a batch a row: those that wait for the end of their file or for
-- their plan, and the numbers that a full sync has read.
create table import_rows (
    directory_id bigint not null,
    import_id uuid not null,
    kind text not null,
    number integer not null,
    packed bytea not null,
    primary key (directory_id, import_id, kind, number),
    foreign key (directory_id, import_id) references imports on delete cascade,
    constraint import_rows_kind check (kind in ('parked', 'staged', 'named'))
);

-- The cells of failed rows as they were written, packed, a batch a row: what the failure report is
-- made of. By first line, because the report is in the file's order and parked rows fail last.
create table import_failures (
    directory_id bigint not null,
    import_id uuid not null,
    first_line bigint not null,
    plan integer not null,
    number integer not null,
    packed bytea not null,
    primary key (directory_id, import_id, first_line, plan, number),
    foreign key (directory_id, import_id) references imports on delete cascade
);

create index imports_by_principal on imports (principal, created_at);
create index imports_by_time on imports (directory_id, created_at, id);

-- migrate:down
set local lock_timeout = '5s';
drop table import_failures, import_rows, import_issues, import_batches, import_leases, imports;
