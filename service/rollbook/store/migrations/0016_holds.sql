-- Holds of notices: a queue of which many were refused in a row, and none was sent between.

-- migrate:up
set local lock_timeout = '5s';

-- One row a queue that is on hold now, of all directories: `reason` is the last refusal's.
create table notice_holds (
    queue text primary key,
    plugin text not null,
    reason text not null,
    refused integer not null,
    since timestamptz not null default now(),
    probe_at timestamptz not null
);

do $$
begin
    if exists (select from pg_roles where rolname = 'rollbook_app') then
        grant select, insert, update, delete on notice_holds to rollbook_app;
    end if;
end
$$;

-- migrate:down
set local lock_timeout = '5s';
drop table notice_holds;
