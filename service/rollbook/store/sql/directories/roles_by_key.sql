-- The roles that the keys $2 mean in directory $1.
select n.name_key, n.role_id as id
from unnest($2::text[]) as k (key)
cross join lateral (
    select name_key, role_id
    from role_names
    where directory_id = (select $1::bigint) and name_key = k.key
    offset 0
) as n
