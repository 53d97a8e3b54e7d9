-- What the user $2 of directory $1 was when they were created: as they were at version 64, or as they are
-- if they have had fewer changes, with all changes before undone.
select
    u.{column} as id_of_{name}, -- each named field
    {{users/row}}
from (
    select
        c.whole || coalesce(o.fields, '{}')
        || jsonb_build_object(
            'attributes', jsonb_strip_nulls(c.whole -> 'attributes' || coalesce(o.attributes, '{}')),
            'version', 1
        ) as was
    from (
        select coalesce(k.changes -> 'was', to_jsonb(n)) as whole, k.version
        from users as n
        left join lateral (
            select *
            from user_history
            where directory_id = (select $1::bigint) and user_id = $2 and version = 64
            offset 0
        ) as k on k.changes ? 'was'
        where n.directory_id = (select $1::bigint) and n.id = $2
    ) as c
    cross join lateral (
        -- Of several old values of a field the last counts, that is the oldest.
        select
            jsonb_object_agg(f.key, f.value -> 0 order by h.version desc)
            filter (where not starts_with(f.key, 'attributes.')) as fields,
            jsonb_object_agg(
                substr(f.key, length('attributes.') + 1), f.value -> 0 order by h.version desc
            ) filter (where starts_with(f.key, 'attributes.')) as attributes
        from (
            select *
            from user_history
            where
                directory_id = (select $1::bigint) and user_id = $2
                -- Not coalesce, which under a policy no index is asked for.
                and version < case when c.version is null then 9223372036854775807 else 64 end
            order by version
            offset 0
        ) as h
        cross join lateral jsonb_each(h.changes) as f
    ) as o
) as v
cross join lateral jsonb_populate_record(null::users, v.was) as u
left join lateral (
    select name
    from roles
    where directory_id = (select $1::bigint) and id = u.role_id
    offset 0
) as r on true
{{users/places}}
