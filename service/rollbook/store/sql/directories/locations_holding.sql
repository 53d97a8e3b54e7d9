-- The locations of directory $1 that any of the keys $2 means by name or code, not by an alias; each
-- with its aliases and their keys.
with held as (
    select distinct n.location_id
    from unnest($2::text[]) as k (key)
    cross join lateral (
        select location_id
        from location_names
        where directory_id = (select $1::bigint) and name_key = k.key and not is_alias
        offset 0
    ) as n
)

select
    l.name_key, l.name, l.code_key, l.code,
    array_remove(array_agg(n.name_key order by n.name_key), null) as alias_keys,
    array_remove(array_agg(n.name order by n.name_key), null) as aliases
from held as h
cross join lateral (
    select *
    from locations
    where directory_id = (select $1::bigint) and id = h.location_id
    offset 0
) as l
left join lateral (
    select name_key, name
    from location_names
    where directory_id = (select $1::bigint) and location_id = l.id and is_alias
    offset 0
) as n on true
group by l.id, l.name_key, l.name, l.code_key, l.code
