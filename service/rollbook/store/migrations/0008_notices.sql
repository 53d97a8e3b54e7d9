-- Notices: what happened to users, written in the transaction that did it, and settled by a
-- worker after its COMMIT. One row is one notice; it stays, as a record of what was sent.
-- Not concurrently: no release has had these tables, so none has notices to keep waiting.
-- squawk-ignore-file require-concurrent-index-creation, ban-drop-column

-- migrate:up
set local lock_timeout = '5s';

-- `notices`: the events that are told in this directory, whoever brings them about.
-- `notices_per_minute` NULL: no limit.
alter table directories
add column notices text [] not null default '{}',
add column notices_per_minute integer;

-- `key` is the notice's name outside, the same at every attempt. `line` 0: no line of a file.
-- `attempts` and `claimed_at` change with each claim; `first_claimed_at` is when patience began.
-- `in_doubt`: an attempt may have gone out, although it failed.
create table notices (
    directory_id bigint not null references directories,
    id bigint generated always as identity,
    key uuid not null default gen_random_uuid(),
    user_id bigint not null,
    import_id uuid,
    line bigint not null default 0,
    event text not null,
    mail text not null,
    state text not null default 'pending',
    reason text not null default '',
    attempts integer not null default 0,
    in_doubt boolean not null default false,
    created_at timestamptz not null default now(),
    due_at timestamptz not null default now(),
    first_claimed_at timestamptz,
    claimed_at timestamptz,
    claimed_until timestamptz,
    claimed_by text not null default '',
    settled_at timestamptz,
    primary key (directory_id, id)
);

-- What is to be told, oldest first; of each directory, so that one with a limit holds up no other.
create index notices_due on notices (directory_id, due_at, id) where state = 'pending';
-- How many were told within a minute.
create index notices_by_claim on notices (directory_id, claimed_at) where claimed_at is not null;
create index notices_by_import on notices (directory_id, import_id, line, id)
where import_id is not null;
create index notices_by_user on notices (directory_id, user_id, id);

alter table notices enable row level security, force row level security;
create policy fence on notices
using (directory_id = (select nullif(current_setting('rollbook.directory_id', true), '')::bigint));
-- The one exception: a claim looks into all directories for what is due, and says so beforehand, for
-- its own transaction alone.
create policy notification_worker on notices
using ((select current_setting('rollbook.notification_worker', true)) = 'on');

do $$
begin
    if exists (select from pg_roles where rolname = 'rollbook_app') then
        grant select, insert, update on notices to rollbook_app;
    end if;
end
$$;

-- migrate:down
set local lock_timeout = '5s';
drop table notices;
alter table directories drop column notices, drop column notices_per_minute;
