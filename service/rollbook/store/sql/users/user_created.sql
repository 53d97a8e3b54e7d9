-- What the user $2 of directory $1 was when they were created: as they are, and all changes undone.
select
    u.{column} as id_of_{name}, -- each named field
    {{users/row}}
from (
    select
        to_jsonb(c) || coalesce(o.fields, '{}')
        || jsonb_build_object(
            'attributes', jsonb_strip_nulls(c.attributes || coalesce(o.attributes, '{}')),
            'version', 1
        ) as was
    from users as c
    cross join lateral (
        -- Of several old values of a field the last counts, that is the oldest.
        select
            jsonb_object_agg(f.key, f.value -> 0 order by h.version desc)
            filter (where not starts_with(f.key, 'attributes.')) as fields,
            jsonb_object_agg(
                substr(f.key, length('attributes.') + 1), f.value -> 0 order by h.version desc
            ) filter (where starts_with(f.key, 'attributes.')) as attributes
        from user_history as h
        cross join lateral jsonb_each(h.changes) as f
        where h.directory_id = (select $1::bigint) and h.user_id = $2
    ) as o
    where c.directory_id = (select $1::bigint) and c.id = $2
) as v
cross join lateral jsonb_populate_record(null::users, v.was) as u
left join lateral (
    select name
    from roles
    where directory_id = (select $1::bigint) and id = u.role_id
    offset 0
) as r on true
{{users/places}}
