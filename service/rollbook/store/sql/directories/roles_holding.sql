-- The roles of directory $1 that any of the keys $2 means, by name or alias; each with its aliases
-- and their keys.
with held as (
    select distinct n.role_id
    from unnest($2::text[]) as k (key)
    cross join lateral (
        select role_id
        from role_names
        where directory_id = (select $1::bigint) and name_key = k.key
        offset 0
    ) as n
)

select
    r.name_key, r.name,
    array_remove(array_agg(n.name_key order by n.name_key), null) as alias_keys,
    array_remove(array_agg(n.name order by n.name_key), null) as aliases,
    r.privileged
from held as h
cross join lateral (
    select *
    from roles
    where directory_id = (select $1::bigint) and id = h.role_id
    offset 0
) as r
left join lateral (
    select name_key, name
    from role_names
    where directory_id = (select $1::bigint) and role_id = r.id and name_key <> r.name_key
    offset 0
) as n on true
group by r.id, r.name_key, r.name, r.privileged
