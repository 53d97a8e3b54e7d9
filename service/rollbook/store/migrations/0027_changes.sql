-- The history of a user keeps what each change changed, old and new, instead of the whole user as it was:
-- a quarter of the room. What a user was is what it is with the changes since then undone.

-- In one step, which rewrites the history: no release has had this table, so that none has a history to
-- keep waiting. Where one has millions of rows this takes minutes, and changes of users wait for it.
-- Columns are dropped for good only here, and where it is taken down.
-- squawk-ignore-file ban-drop-column, ban-drop-default

-- migrate:up
set local lock_timeout = '5s';

-- {column: [old, new]} of what changed, and {"attributes.NAME": [old, new]}; null: there was none.
alter table user_history add column changes jsonb not null default '{}';

alter table users no force row level security;
alter table user_history no force row level security;
update user_history as h
set changes = d.changes
from (
    select
        v.directory_id, v.user_id, v.version,
        jsonb_object_agg(f.key, jsonb_build_array(f.was, f.became)) as changes
    from (
        select
            k.directory_id, k.user_id, k.version, k.before as was,
            coalesce(
                lead(k.before) over (
                    partition by k.directory_id, k.user_id order by k.version
                ),
                to_jsonb(u)
            ) as became
        from user_history as k
        join users as u on u.directory_id = k.directory_id and u.id = k.user_id
    ) as v
    cross join lateral (
        select c.key, v.was -> c.key as was, v.became -> c.key as became
        from unnest(array[
            'email', 'username', 'first_name', 'last_name', 'name', 'role_id', 'location_id',
            'unit_id', 'job_title', 'department', 'phone', 'must_change_password', 'status',
            'role_locked', 'location_locked', 'protected'
        ]) as c (key)
        where v.was ? c.key
        union all
        select 'sources', s.was, s.became
        from (
            select
                case
                    when jsonb_typeof(v.was -> 'sources') = 'array' then v.was -> 'sources'
                    when v.was ->> 'source' in ('', 'by hand') then '[]'
                    else jsonb_build_array(v.was -> 'source')
                end as was,
                case
                    when jsonb_typeof(v.became -> 'sources') = 'array' then v.became -> 'sources'
                    when v.became ->> 'source' in ('', 'by hand') then '[]'
                    else jsonb_build_array(v.became -> 'source')
                end as became
        ) as s
        union all
        select
            'attributes.' || a.key, v.was -> 'attributes' -> a.key,
            v.became -> 'attributes' -> a.key
        from jsonb_object_keys(
            coalesce(v.was -> 'attributes', '{}') || coalesce(v.became -> 'attributes', '{}')
        ) as a (key)
    ) as f
    where f.was is distinct from f.became
    group by v.directory_id, v.user_id, v.version
) as d
where h.directory_id = d.directory_id and h.user_id = d.user_id and h.version = d.version;
alter table users force row level security;
alter table user_history force row level security;

alter table user_history drop column before, alter column changes drop default;

-- migrate:down
set local lock_timeout = '5s';
alter table user_history add column before jsonb not null default '{}';
alter table users no force row level security;
alter table user_history no force row level security;
-- What no change keeps, such as the time of the change before, is as it is now.
update user_history as h
set before = d.before
from (
    select
        k.directory_id, k.user_id, k.version,
        to_jsonb(u) - '{directory_id,id,first_name_lower,last_name_lower,name_lower}'::text[]
        || coalesce(o.fields, '{}')
        || jsonb_build_object(
            'attributes', jsonb_strip_nulls(u.attributes || coalesce(o.attributes, '{}')),
            'version', k.version
        ) as before
    from user_history as k
    join users as u on u.directory_id = k.directory_id and u.id = k.user_id
    cross join lateral (
        -- Of several old values of a field the last counts, that is the oldest.
        select
            jsonb_object_agg(f.key, f.value -> 0 order by l.version desc)
            filter (where not starts_with(f.key, 'attributes.')) as fields,
            jsonb_object_agg(
                substr(f.key, length('attributes.') + 1), f.value -> 0 order by l.version desc
            ) filter (where starts_with(f.key, 'attributes.')) as attributes
        from user_history as l
        cross join lateral jsonb_each(l.changes) as f
        where
            l.directory_id = k.directory_id and l.user_id = k.user_id
            and l.version >= k.version
    ) as o
) as d
where h.directory_id = d.directory_id and h.user_id = d.user_id and h.version = d.version;
alter table users force row level security;
alter table user_history force row level security;
alter table user_history drop column changes, alter column before drop default;
