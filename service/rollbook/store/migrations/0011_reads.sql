-- Pages by the key that is searched. The names end in the id, so that a page may begin among users of
-- one name. Not concurrently: no release has had these tables.
-- squawk-ignore-file require-concurrent-index-creation, require-concurrent-index-deletion

-- migrate:up
set local lock_timeout = '5s';
drop index users_by_first_name, users_by_last_name, users_by_name;
create index users_by_first_name on users (directory_id, first_name_lower, id)
where first_name_lower <> '';
create index users_by_last_name on users (directory_id, last_name_lower, id)
where last_name_lower <> '';
create index users_by_name on users (directory_id, name_lower, id) where name_lower <> '';
create index role_names_by_role on role_names (directory_id, role_id);
-- Rare states are found among many others. A change of state moves a notice from one index to another
-- in any case, and an import changes its state a few times.
drop index notices_by_import;
create index notices_by_import on notices (directory_id, import_id, state, line, id)
where import_id is not null;
create index imports_by_state on imports (directory_id, state, created_at, id);

-- Imports that were left behind are looked for in all directories at once, along one small index, and
-- not in one directory after another: that took a second where there were 5,000.
create policy left_behind on imports for select
using ((select current_setting('rollbook.left_behind', true)) = 'on');
create or replace function imports_left_behind(most integer)
returns table (directory_id bigint, directory text, import_id uuid) language plpgsql as $$
begin
    perform set_config('rollbook.left_behind', 'on', true);
    return query
    select i.directory_id, d.name, i.id
    from imports as i
    join directories as d on d.id = i.directory_id
    left join import_leases as l on l.directory_id = i.directory_id and l.import_id = i.id
    where
        i.end_received and i.state in ('RUNNING', 'INTERRUPTED') and i.kept = 'all'
        and (l.expires_at is null or l.expires_at <= clock_timestamp())
    order by i.directory_id, i.created_at
    limit most;
    perform set_config('rollbook.left_behind', '', true);
end
$$;

-- migrate:down
set local lock_timeout = '5s';
create or replace function imports_left_behind(most integer)
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
            and i.kept = 'all'
            and (l.expires_at is null or l.expires_at <= clock_timestamp())
        order by i.created_at
        limit most;
    end loop;
    perform set_config('rollbook.directory_id', before, true);
end
$$;
drop policy left_behind on imports;
drop index users_by_first_name, users_by_last_name, users_by_name, role_names_by_role, notices_by_import,
imports_by_state;
create index notices_by_import on notices (directory_id, import_id, line, id)
where import_id is not null;
create index users_by_first_name on users (directory_id, first_name_lower)
where first_name_lower <> '';
create index users_by_last_name on users (directory_id, last_name_lower)
where last_name_lower <> '';
create index users_by_name on users (directory_id, name_lower) where name_lower <> '';
