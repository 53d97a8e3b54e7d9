-- Roles of directory $1 by key, each with its aliases and their keys: at most $3 of those after the
-- key $2.
with page as (
    select r.directory_id, r.id, r.name_key, r.name, r.privileged
    from roles as r
    where r.directory_id = $1 and r.name_key > $2
    order by r.name_key
    limit $3
)

select
    p.name_key, p.name,
    array_remove(array_agg(n.name_key order by n.name_key), null) as alias_keys,
    array_remove(array_agg(n.name order by n.name_key), null) as aliases,
    p.privileged
from page as p
left join lateral (
    select name_key, name
    from role_names
    where directory_id = (select $1::bigint) and role_id = p.id and name_key <> p.name_key
    offset 0
) as n on true
group by p.id, p.name_key, p.name, p.privileged
order by p.name_key
