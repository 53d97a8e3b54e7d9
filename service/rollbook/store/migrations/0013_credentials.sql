-- What opens an account: the hash of a password, and what links are derived from. A user without a row
-- has no password, so that a first load without passwords writes none.
-- Columns are dropped only where it is taken down; and no release has had these tables.
-- squawk-ignore-file adding-not-nullable-field, ban-drop-column, constraint-missing-not-valid

-- migrate:up
set local lock_timeout = '5s';

-- The fewest code points of a password. Its default is that of `credentials/policy.py`.
alter table directories
add column password_min_length smallint not null default 15,
add constraint directories_password_min_length check (password_min_length between 8 and 128);

-- `account_version` counts changes of mailbox and status: a link made before one is dead.
-- `must_change_asked` counts how often `must_change_password` was set: a user who has chosen a password
-- since is not asked again by a row that is as before.
alter table users
add column account_version integer not null default 1,
add column must_change_asked integer not null default 0;

-- A trigger, so that no statement that changes a user can forget it; of a row that changes nothing of
-- the kind it costs a comparison. The case of ASCII letters in the domain is no change of mailbox.
create function users_count_changes() returns trigger language plpgsql as $$
begin
    if
        old.status <> new.status
        or split_part(old.email, '@', 1) <> split_part(new.email, '@', 1)
        or lower(split_part(old.email, '@', 2) collate "C")
            <> lower(split_part(new.email, '@', 2) collate "C")
    then
        new.account_version := old.account_version + 1;
    end if;
    if new.must_change_password and not old.must_change_password then
        new.must_change_asked := old.must_change_asked + 1;
    end if;
    return new;
end
$$;
create trigger users_count_changes before update on users for each row
when (
    old.status <> new.status or old.email <> new.email
    or (new.must_change_password and not old.must_change_password)
)
execute function users_count_changes();

-- `hash` NULL: no password, for a user who had one. `version` counts changes of the password, from 1.
-- `must_change`: the next login is to choose another. `must_change_answered` is `must_change_asked` as
-- it was when the user last chose a password; -1: not yet.
create table credentials (
    directory_id bigint not null,
    user_id bigint not null,
    hash text,
    version integer not null default 1,
    must_change boolean not null default false,
    must_change_answered integer not null default -1,
    changed_at timestamptz not null default now(),
    primary key (directory_id, user_id),
    constraint credentials_hash check (hash like '$argon2id$%')
);

alter table credentials enable row level security, force row level security;
create policy fence on credentials
using (directory_id = (select nullif(current_setting('rollbook.directory_id', true), '')::bigint));

do $$
begin
    if exists (select from pg_roles where rolname = 'rollbook_app') then
        grant select, insert, update on credentials to rollbook_app;
    end if;
end
$$;

-- migrate:down
set local lock_timeout = '5s';
drop table credentials;
drop trigger users_count_changes on users;
drop function users_count_changes;
alter table users drop column account_version, drop column must_change_asked;
alter table directories drop column password_min_length;
