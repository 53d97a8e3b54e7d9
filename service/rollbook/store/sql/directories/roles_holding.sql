-- The roles of directory $1 that any of the keys $2 means, by name or alias; each with its aliases
-- and their keys.
with held as (
    select distinct n.role_id
    from role_names as n
    where n.directory_id = $1 and n.name_key = any($2::text[])
)

select
    r.name_key, r.name,
    array_remove(array_agg(n.name_key order by n.name_key), null) as alias_keys,
    array_remove(array_agg(n.name order by n.name_key), null) as aliases,
    r.privileged
from held as h
join roles as r on r.directory_id = $1 and r.id = h.role_id
left join role_names as n
    on n.directory_id = $1 and n.role_id = r.id and n.name_key <> r.name_key
group by r.id, r.name_key, r.name, r.privileged
