-- Roles of directory $1 by key, each with its aliases and their keys: at most $3 of those after the
-- key $2. The names are joined once for the whole page, as they have no index by role.
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
left join role_names as n
    on n.directory_id = $1 and n.role_id = p.id and n.name_key <> p.name_key
group by p.id, p.name_key, p.name, p.privileged
order by p.name_key
