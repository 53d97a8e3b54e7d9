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

-- One row a committed batch, written in the batch's own transaction: whoever doubts whether a
-- COMMIT happened looks here. `results` are the answers of its lines, packed. `counts` are those
-- of the whole import up to and with this batch.
create table import_batches (
    directory_id bigint not null,
    import_id uuid not null,
    number integer not null,
    first_line bigint not null,
    last_line bigint not null,
    rows integer not null,
    content_offset bigint not null,
    content_digest bytea not null,
    results bytea not null,
    counts jsonb not null,
    primary key (directory_id, import_id, number),
    foreign key (directory_id, import_id) references imports on delete cascade
);

-- Issues one by one, so that they can be listed by code without unpacking the ledger.
create table import_issues (
    directory_id bigint not null,
    import_id uuid not null,
    line bigint not null,
    position smallint not null,
    row bigint not null,
    code text not null,
    field text not null,
    message text not null,
    params jsonb not null default '{}',
    primary key (directory_id, import_id, line, position),
    foreign key (directory_id, import_id) references imports on delete cascade
);

-- Rows that wait for the end of their file, packed, a batch a row.
create table import_rows (
    directory_id bigint not null,
    import_id uuid not null,
    kind text not null,
    number integer not null,
    packed bytea not null,
    primary key (directory_id, import_id, kind, number),
    foreign key (directory_id, import_id) references imports on delete cascade,
    constraint import_rows_kind check (kind in ('parked', 'staged'))
);

create index imports_by_principal on imports (principal, created_at);

-- migrate:down
set local lock_timeout = '5s';
drop table import_rows, import_issues, import_batches, imports;
