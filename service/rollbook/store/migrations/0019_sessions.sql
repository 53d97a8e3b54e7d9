-- Sessions of people who are signed in, and the grants that users sign in by.
-- No release has had these; and columns are dropped only where it is taken down.
-- squawk-ignore-file ban-drop-column, require-concurrent-index-creation

-- migrate:up
set local lock_timeout = '5s';

-- A session has the rights of the access token with the hash `token_hash`, whether that is stored here
-- or the operator's own. `user_id`: who signed in with a password, as the account was then; 0: nobody.
-- It is looked up before any directory is known, so that no fence stands around this table.
create table sessions (
    hash bytea primary key,
    token_hash bytea not null,
    principal text not null,
    directory_id bigint not null default 0,
    user_id bigint not null default 0,
    password_version integer not null default 0,
    account_version integer not null default 0,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    ended_at timestamptz
);
create index sessions_by_end on sessions ((least(expires_at, ended_at)));

-- `for_login`: nobody has its clear text; the user it is linked to signs in with a password.
alter table access_tokens add column for_login boolean not null default false;
create index access_tokens_for_login on access_tokens (user_id) where for_login;

do $$
begin
    if exists (select from pg_roles where rolname = 'rollbook_app') then
        grant select, insert, update, delete on sessions to rollbook_app;
    end if;
end
$$;

-- migrate:down
set local lock_timeout = '5s';
alter table access_tokens drop column for_login;
drop table sessions;
