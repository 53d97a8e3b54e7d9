-- Access tokens, of which only the hash is kept; and how high an import may reach: what of its
-- caller's rights goes with it, whoever finishes it. Columns are dropped only where it is taken down.
-- squawk-ignore-file ban-drop-column

-- migrate:up
set local lock_timeout = '5s';

-- A token is looked up before any directory is known, so that no fence stands around this table.
-- `directory_ids` NULL: every directory. `user_id` is a user's whom the principal is, 0: nobody's.
create table access_tokens (
    id bigint generated always as identity primary key,
    hash bytea not null unique,
    principal text not null,
    description text not null default '',
    scopes text[] not null,
    directory_ids bigint[],
    user_id bigint not null default 0,
    created_by text not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    revoked_at timestamptz
);

do $$
begin
    if exists (select from pg_roles where rolname = 'rollbook_app') then
        grant select, insert, update on access_tokens to rollbook_app;
    end if;
end
$$;

alter table imports
add column reaches_privileged boolean not null default false,
add column reaches_passwords boolean not null default false,
add column caller_users bigint [] not null default '{}';

-- migrate:down
set local lock_timeout = '5s';
alter table imports
drop column reaches_privileged, drop column reaches_passwords, drop column caller_users;
drop table access_tokens;
