-- Each field that the staged rows at the positions $5 would change: position, field, old, new.
-- $1 directory · $2 whether a username that is the e-mail follows it
-- $3 the role of a row that names none · $4 source
select s.pos, f.field, coalesce(f.old, '') as old, coalesce(f.new, '') as new
from staged_{schema} as s
left join lateral (
    select *
    from users
    where directory_id = (select $1::bigint) and number_key = s.number_key
    offset 0
) as u on true
cross join lateral (
    {{staging/new_values}}
) as n
left join {names} as old_{column} on old_{column}.directory_id = $1 and old_{column}.id = u.{column} -- each named field
left join {names} as new_{column} on new_{column}.directory_id = $1 and new_{column}.id = n.{column} -- each named field
cross join lateral (
    values
    ({place}, '{name}', u.{column}, n.{column}), -- each text field
    ({place}, '{name}', u.{column}::integer::text, n.{column}::integer::text), -- each boolean field
    ({place}, '{name}', old_{column}.name, new_{column}.name), -- each named field
    (0, '', '', '')
    union all
    select 1000, 'attributes.' || a.key, u.attributes ->> a.key, n.attributes ->> a.key
    from jsonb_object_keys(coalesce(u.attributes, '{}') || n.attributes) as a (key)
) as f (place, field, old, new)
where s.pos = any($5::integer[]) and coalesce(f.old, '') <> coalesce(f.new, '')
order by s.pos, f.place, f.field
