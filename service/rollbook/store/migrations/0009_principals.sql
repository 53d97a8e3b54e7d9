-- Who made a principal's tokens, whose a source is, and the key of this database's page tokens.

-- migrate:up
set local lock_timeout = '5s';

-- A principal and one who made a token for it; kept also when the tokens are gone. `by_operator`: the
-- maker was one of the operator's own principals. Asked before any directory is known, as tokens are.
create table principal_makers (
    principal text not null,
    maker text not null,
    by_operator boolean not null,
    created_at timestamptz not null default now(),
    primary key (principal, maker, by_operator)
);

-- What is known of the tokens that are there: nothing says that their makers were the operator's own.
insert into principal_makers (principal, maker, by_operator)
select distinct t.principal, t.created_by, false
from access_tokens as t
where t.principal <> t.created_by;

-- The principal whose full syncs may speak for a source: the directory says so, or the first full
-- sync has claimed it.
create table source_owners (
    directory_id bigint not null references directories,
    source text not null,
    principal text not null,
    primary key (directory_id, source)
);

alter table source_owners enable row level security, force row level security;
create policy fence on source_owners
using (directory_id = (select nullif(current_setting('rollbook.directory_id', true), '')::bigint));

-- Goes into a directory and leaves it again, as `directory_default_role` does.
create function directory_sources(directory bigint)
returns jsonb language plpgsql as $$
declare
    before text := coalesce(current_setting('rollbook.directory_id', true), '');
    owners jsonb;
begin
    perform set_config('rollbook.directory_id', directory::text, true);
    select coalesce(jsonb_object_agg(s.source, s.principal), '{}') into owners
    from source_owners as s
    where s.directory_id = directory;
    perform set_config('rollbook.directory_id', before, true);
    return owners;
end
$$;

-- One row: the key that page tokens are signed with, the same for every server of this database.
create table page_key (
    key bytea not null
);

insert into page_key (key)
select sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8'));

do $$
begin
    if exists (select from pg_roles where rolname = 'rollbook_app') then
        grant select, insert on principal_makers to rollbook_app;
        grant select, insert, update, delete on source_owners to rollbook_app;
        grant select on page_key to rollbook_app;
    end if;
end
$$;

-- migrate:down
set local lock_timeout = '5s';
drop table page_key;
drop function directory_sources;
drop table source_owners;
drop table principal_makers;
