-- Retention: what is still kept of an import, and when the next sweep may begin.

-- No release has had these tables, so that none has imports or tokens to keep waiting; and columns are
-- dropped only where it is taken down.
-- squawk-ignore-file require-concurrent-index-creation, require-concurrent-index-deletion
-- squawk-ignore-file adding-not-nullable-field, ban-drop-column, constraint-missing-not-valid

-- migrate:up
set local lock_timeout = '5s';

-- `all`, until the import has rested for long. `rows_going`, then `answers`: the cells of failed rows
-- and the rows that were kept for later are being deleted, then gone. `nothing`: nobody sees the import
-- any more, and what hangs from it is being deleted before it is.
alter table imports
add column kept text not null default 'all',
add constraint imports_kept check (kept in ('all', 'rows_going', 'answers', 'nothing'));
create index imports_to_sweep on imports (directory_id, kept, created_at) where kept <> 'answers';

-- A token ends when it expires or is revoked, whichever is first.
create index access_tokens_by_end on access_tokens (least(expires_at, revoked_at));

-- One row: the server that sweeps, or was the last to, and until when no other begins.
create table sweep_turn (
    owner text not null default '',
    until timestamptz not null default '-infinity'
);
insert into sweep_turn default values;

-- As before, without imports whose kept rows are gone.
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

do $$
begin
    if exists (select from pg_roles where rolname = 'rollbook_app') then
        grant delete on notices, access_tokens to rollbook_app;
        grant select, update on sweep_turn to rollbook_app;
    end if;
end
$$;

-- migrate:down
set local lock_timeout = '5s';
do $$
begin
    if exists (select from pg_roles where rolname = 'rollbook_app') then
        revoke delete on notices, access_tokens from rollbook_app;
    end if;
end
$$;
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
            and (l.expires_at is null or l.expires_at <= clock_timestamp())
        order by i.created_at
        limit most;
    end loop;
    perform set_config('rollbook.directory_id', before, true);
end
$$;
drop table sweep_turn;
drop index access_tokens_by_end;
alter table imports drop column kept;
