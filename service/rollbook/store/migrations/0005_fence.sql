-- The second fence: row-level security. Whoever forgets `where directory_id` sees one directory, and
-- whoever names none sees nothing. Policies are for everybody, and forced on the owner, so that the
-- fence holds for every login that is no superuser; the application role, which owns nothing, makes
-- it hold for those as well. The setting is read in a subquery, that is once a statement.
-- Without a fence: `directories`, which are the fence's posts and hold no user, and `import_leases`,
-- which a server must see across directories, to find what others left behind.
-- Later migrations are run by the owner, on whom the fence is forced: one that changes rows of a
-- fenced table says `no force row level security` before and `force row level security` after it.
-- Not concurrently: no release has had these tables, so none has users to keep waiting.
-- squawk-ignore-file require-concurrent-index-creation, require-concurrent-index-deletion
-- squawk-ignore-file adding-field-with-default, ban-drop-function, ban-drop-column

-- migrate:up
set local lock_timeout = '5s';

-- Texts that are looked for by their beginning. Under a policy only comparisons that cannot leak
-- what they compare may ask an index: `<` of texts is one, `lower` and `like` are none.
drop index users_by_first_name, users_by_last_name, users_by_name;
alter table users
add column first_name_lower text collate "C" generated always as (lower(first_name)) stored,
add column last_name_lower text collate "C" generated always as (lower(last_name)) stored,
add column name_lower text collate "C" generated always as (lower(name)) stored;
create index users_by_first_name on users (directory_id, first_name_lower)
where first_name_lower <> '';
create index users_by_last_name on users (directory_id, last_name_lower)
where last_name_lower <> '';
create index users_by_name on users (directory_id, name_lower) where name_lower <> '';

-- What is asked across directories: how many imports a principal has started within the hour.
alter table import_leases
add column principal text not null default '',
add column created_at timestamptz not null default now();
update import_leases as l
set principal = i.principal, created_at = i.created_at
from imports as i
where i.directory_id = l.directory_id and i.id = l.import_id;
drop index imports_by_principal;
create index import_leases_by_principal on import_leases (principal, created_at);

-- What is asked of each directory in turn: imports that were left behind after their `end`.
create index imports_unfinished on imports (directory_id, created_at)
where end_received and state in ('RUNNING', 'INTERRUPTED');

-- These two go into directories one by one, as a transaction does, and leave them again.
create function directory_default_role(directory bigint)
returns table (id bigint, name text) language plpgsql as $$
declare
    before text := coalesce(current_setting('rollbook.directory_id', true), '');
begin
    perform set_config('rollbook.directory_id', directory::text, true);
    return query select r.id, r.name from roles as r where r.directory_id = directory and r.is_default;
    perform set_config('rollbook.directory_id', before, true);
end
$$;

create function imports_left_behind(most integer)
returns table (directory_id bigint, directory text, import_id uuid) language plpgsql as $$
declare
    before text := coalesce(current_setting('rollbook.directory_id', true), '');
    one record;
begin
    for one in select d.id, d.name from directories as d order by d.id loop
        perform set_config('rollbook.directory_id', one.id::text, true);
        return query
        select one.id, one.name, i.id
        from imports as i
        left join import_leases as l on l.directory_id = one.id and l.import_id = i.id
        where
            i.directory_id = one.id and i.end_received and i.state in ('RUNNING', 'INTERRUPTED')
            and (l.expires_at is null or l.expires_at <= clock_timestamp())
        order by i.created_at
        limit most;
    end loop;
    perform set_config('rollbook.directory_id', before, true);
end
$$;

alter table roles enable row level security, force row level security;
alter table role_names enable row level security, force row level security;
alter table locations enable row level security, force row level security;
alter table location_names enable row level security, force row level security;
alter table organizational_units enable row level security, force row level security;
alter table users enable row level security, force row level security;
alter table user_history enable row level security, force row level security;
alter table imports enable row level security, force row level security;
alter table import_batches enable row level security, force row level security;
alter table import_issues enable row level security, force row level security;
alter table import_rows enable row level security, force row level security;
alter table import_failures enable row level security, force row level security;

create policy fence on roles
using (directory_id = (select nullif(current_setting('rollbook.directory_id', true), '')::bigint));
create policy fence on role_names
using (directory_id = (select nullif(current_setting('rollbook.directory_id', true), '')::bigint));
create policy fence on locations
using (directory_id = (select nullif(current_setting('rollbook.directory_id', true), '')::bigint));
create policy fence on location_names
using (directory_id = (select nullif(current_setting('rollbook.directory_id', true), '')::bigint));
create policy fence on organizational_units
using (directory_id = (select nullif(current_setting('rollbook.directory_id', true), '')::bigint));
create policy fence on users
using (directory_id = (select nullif(current_setting('rollbook.directory_id', true), '')::bigint));
create policy fence on user_history
using (directory_id = (select nullif(current_setting('rollbook.directory_id', true), '')::bigint));
create policy fence on imports
using (directory_id = (select nullif(current_setting('rollbook.directory_id', true), '')::bigint));
create policy fence on import_batches
using (directory_id = (select nullif(current_setting('rollbook.directory_id', true), '')::bigint));
create policy fence on import_issues
using (directory_id = (select nullif(current_setting('rollbook.directory_id', true), '')::bigint));
create policy fence on import_rows
using (directory_id = (select nullif(current_setting('rollbook.directory_id', true), '')::bigint));
create policy fence on import_failures
using (directory_id = (select nullif(current_setting('rollbook.directory_id', true), '')::bigint));

-- The role is the whole cluster's: another database may have made it, or be making it just now. Who
-- may not make it, or not pass it on, goes without: `rollbook doctor` says so, and what to do.
do $$
begin
    if not exists (select from pg_roles where rolname = 'rollbook_app') then
        create role rollbook_app nologin;
    end if;
exception
    when insufficient_privilege or duplicate_object or unique_violation then null;
end
$$;
do $$
begin
    if exists (select from pg_roles where rolname = 'rollbook_app') then
        grant rollbook_app to current_user;
    end if;
exception
    when insufficient_privilege then null;
end
$$;
-- A later migration that makes a table grants what the service needs of it in the same way.
do $$
begin
    if exists (select from pg_roles where rolname = 'rollbook_app') then
        if not has_schema_privilege('rollbook_app', current_schema(), 'usage') then
            execute format('grant usage on schema %I to rollbook_app', current_schema());
        end if;
        grant select, insert, update on users to rollbook_app;
        grant select, insert, update, delete on
            directories, roles, role_names, locations, location_names, organizational_units,
            import_leases, imports
        to rollbook_app;
        grant select, insert, delete on user_history to rollbook_app;
        grant select, insert, delete on
            import_batches, import_issues, import_rows, import_failures
        to rollbook_app;
    end if;
end
$$;

-- migrate:down
set local lock_timeout = '5s';
-- The role stays: other databases of the cluster may use it.
do $$
begin
    if exists (select from pg_roles where rolname = 'rollbook_app') then
        revoke all on
            directories, import_leases, imports, users, roles, role_names, locations,
            location_names, organizational_units, user_history, import_batches, import_issues,
            import_rows, import_failures
        from rollbook_app;
    end if;
end
$$;
drop policy fence on roles;
drop policy fence on role_names;
drop policy fence on locations;
drop policy fence on location_names;
drop policy fence on organizational_units;
drop policy fence on users;
drop policy fence on user_history;
drop policy fence on imports;
drop policy fence on import_batches;
drop policy fence on import_issues;
drop policy fence on import_rows;
drop policy fence on import_failures;
alter table roles disable row level security, no force row level security;
alter table role_names disable row level security, no force row level security;
alter table locations disable row level security, no force row level security;
alter table location_names disable row level security, no force row level security;
alter table organizational_units disable row level security, no force row level security;
alter table users disable row level security, no force row level security;
alter table user_history disable row level security, no force row level security;
alter table imports disable row level security, no force row level security;
alter table import_batches disable row level security, no force row level security;
alter table import_issues disable row level security, no force row level security;
alter table import_rows disable row level security, no force row level security;
alter table import_failures disable row level security, no force row level security;
drop function imports_left_behind, directory_default_role;
drop index imports_unfinished, import_leases_by_principal;
create index imports_by_principal on imports (principal, created_at);
alter table import_leases drop column principal, drop column created_at;
drop index users_by_first_name, users_by_last_name, users_by_name;
alter table users drop column first_name_lower, drop column last_name_lower, drop column name_lower;
create index users_by_first_name
on users (directory_id, lower(first_name) text_pattern_ops) where first_name <> '';
create index users_by_last_name
on users (directory_id, lower(last_name) text_pattern_ops) where last_name <> '';
create index users_by_name on users (directory_id, lower(name) text_pattern_ops) where name <> '';
